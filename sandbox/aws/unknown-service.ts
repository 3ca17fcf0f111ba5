import type { IncomingHttpHeaders } from 'node:http';
import { jsonErrorAnswer, type WireAnswer } from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import { QUERY_CONTENT_TYPE, queryErrorAnswer, XML_CONTENT_TYPE } from './query-protocol.ts';
import { REST_CONTENT_TYPE, restErrorAnswer } from './rest-protocol.ts';

/** Refuses a request to a service without a stand-in, in the protocol of the request. */
export function refuseUnknownService(
  service: string,
  headers: IncomingHttpHeaders,
): WireAnswer & { readonly contentType: string } {
  const message = `The sandbox has no stand-in for the AWS service "${service}".`;
  const contentType = headers['content-type'] ?? '';
  if (contentType.startsWith(QUERY_CONTENT_TYPE))
    return { ...queryErrorAnswer(new AwsError('NotImplemented', message)), contentType: XML_CONTENT_TYPE };

  const error = new AwsError('UnknownOperationException', message);
  return headers['x-amz-target'] === undefined
    ? { ...restErrorAnswer(error), contentType: REST_CONTENT_TYPE }
    : { ...jsonErrorAnswer(error), contentType };
}
