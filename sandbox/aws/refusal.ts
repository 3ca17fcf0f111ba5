import type { IncomingHttpHeaders } from 'node:http';
import { jsonErrorAnswer, type WireAnswer } from './aws-endpoint.ts';
import { AwsError, awsFault } from './aws-error.ts';
import { QUERY_CONTENT_TYPE, queryErrorAnswer, XML_CONTENT_TYPE } from './query-protocol.ts';
import { REST_CONTENT_TYPE, restErrorAnswer } from './rest-protocol.ts';

/** An answer to a request that reached no stand-in. */
type Refusal = WireAnswer & { readonly contentType: string };

/** Refuses a request to a service without a stand-in, in the protocol of the request. */
export function refuseUnknownService(service: string, headers: IncomingHttpHeaders): Refusal {
  const message = `The sandbox has no stand-in for the AWS service "${service}".`;
  const isQuery = (headers['content-type'] ?? '').startsWith(QUERY_CONTENT_TYPE);
  return refuse(new AwsError(isQuery ? 'NotImplemented' : 'UnknownOperationException', message), headers);
}

/** Refuses a request as IAM does, in the protocol of the request. */
export function refuseAccess(headers: IncomingHttpHeaders): Refusal {
  return refuse(awsFault('AccessDeniedException'), headers);
}

function refuse(error: AwsError, headers: IncomingHttpHeaders): Refusal {
  const contentType = headers['content-type'] ?? '';
  if (contentType.startsWith(QUERY_CONTENT_TYPE))
    return { ...queryErrorAnswer(error), contentType: XML_CONTENT_TYPE };
  return headers['x-amz-target'] === undefined
    ? { ...restErrorAnswer(error), contentType: REST_CONTENT_TYPE }
    : { ...jsonErrorAnswer(error), contentType };
}
