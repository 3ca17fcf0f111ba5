import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The caller of a signed request, as API Gateway passes it on. */
export interface IamCaller {
  readonly accessKey: string;
  readonly accountId: string;
  readonly userArn: string;
}

export interface RoutedRequest {
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  /** Such as `GET /i/{token}`. */
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly caller: IamCaller | undefined;
  readonly nowMs: number;
}

/** The types of bodies that are passed on as text. */
const TEXT = /^(?:text\/|application\/(?:json|javascript|xml))/;

/**
 * The event of a request, payload format 2.0: names of headers in lower case, cookies apart, parameters of a query joined with
 * commas. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toHttpEvent({ incoming, body, routeKey, pathParameters, caller, nowMs }: RoutedRequest) {
  const { method = 'GET', url = '/' } = incoming;
  const mark = url.indexOf('?');
  const [rawPath, rawQueryString] = mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
  const { cookie, ...others } = incoming.headers;
  const headers = Object.fromEntries(
    Object.entries(others).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
  const queryStringParameters = joinValues(new URLSearchParams(rawQueryString));
  const isText = TEXT.test(headers['content-type'] ?? 'text/plain');
  return {
    version: '2.0',
    ...{ routeKey, rawPath, rawQueryString, headers },
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    ...(rawQueryString === '' ? {} : { queryStringParameters }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'sandbox',
      domainName: headers.host,
      domainPrefix: 'sandbox',
      http: {
        ...{ method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      ...{ routeKey, stage: '$default' },
      time: new Date(nowMs).toUTCString(),
      timeEpoch: nowMs,
      ...(caller === undefined ? {} : { authorizer: { iam: { ...caller, userId: caller.accessKey } } }),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

function joinValues(query: URLSearchParams): Record<string, string> {
  const names = [...new Set(query.keys())];
  return Object.fromEntries(names.map((name) => [name, query.getAll(name).join(',')]));
}
