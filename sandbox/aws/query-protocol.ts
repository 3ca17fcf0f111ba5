import { randomUUID } from 'node:crypto';
import { jsonErrorAnswer, type WireAnswer } from './aws-endpoint.ts';
import type { AwsError } from './aws-error.ts';

/** A value that can be written as XML: an array becomes `member`s, undefined fields are omitted. */
export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | readonly XmlValue[]
  | { readonly [name: string]: XmlValue };

/** The content type of requests of the AWS Query protocol, which STS and IAM speak. */
export const QUERY_CONTENT_TYPE = 'application/x-www-form-urlencoded';

/** The content type of its answers. */
export const XML_CONTENT_TYPE = 'text/xml';

/** The parameters of a request of the AWS Query protocol, `Action` among them. */
export function readQuery(body: string): ReadonlyMap<string, string> {
  return new Map(new URLSearchParams(body));
}

/** The answer to an action. */
export function queryAnswer(action: string, result: XmlValue): WireAnswer {
  const content = toXml({
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: randomUUID() },
  });
  return { status: 200, body: `<${action}Response>${content}</${action}Response>` };
}

/** An error as Query services write it. */
export function queryErrorAnswer(error: AwsError): WireAnswer {
  const { code, message, status } = error;
  const content = toXml({
    Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
    RequestId: randomUUID(),
  });
  return { status, body: `<ErrorResponse>${content}</ErrorResponse>` };
}

/**
 * An error of a service that used the Query protocol before JSON: a header has its former code, for older clients
 * ("awsQueryCompatible").
 *
 * @param formerCodes where they differ, by the code of today
 */
export function queryCompatibleErrors(
  formerCodes: Readonly<Record<string, string>>,
): (error: AwsError) => WireAnswer {
  return (error) => {
    const side = error.status < 500 ? 'Sender' : 'Receiver';
    const formerCode = formerCodes[error.code] ?? error.code;
    return { ...jsonErrorAnswer(error), headers: { 'x-amzn-query-error': `${formerCode};${side}` } };
  };
}

function toXml(value: XmlValue): string {
  if (value === undefined) return '';
  if (typeof value !== 'object') return escapeXml(String(value));
  const fields: (readonly [string, XmlValue])[] = isList(value)
    ? value.map((item) => ['member', item] as const)
    : Object.entries(value);
  return fields
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => `<${name}>${toXml(field)}</${name}>`)
    .join('');
}

function isList(value: object): value is readonly XmlValue[] {
  return Array.isArray(value);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
