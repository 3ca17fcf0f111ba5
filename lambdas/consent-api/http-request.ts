import type { ConsentErrorCode } from '../core/invites/consent-answers.ts';
import { isJsonObject, parseJsonObject } from '../core/json.ts';
import { RefusedRequest } from './refuse-caller.ts';

/** A request of API Gateway (payload format 2.0), as the request of a caller. */
export interface HttpRequest {
  readonly request: Record<string, unknown>;
  /** The IAM principal, as API Gateway verified it. */
  readonly principal: string;
}

/** What API Gateway turns into the response. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Reads an event of API Gateway: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export function readHttpRequest(event: unknown): HttpRequest {
  const given = isJsonObject(event) ? event : {};
  const principal = principalOf(given);
  if (principal === undefined)
    throw new RefusedRequest(
      'not_allowed',
      'The request has no IAM principal.',
      'Sign it with SigV4 for the service execute-api.',
    );
  const { method, path } = httpOf(given);
  const body = bodyOf(given);
  const [, id, verb] = /^\/v1\/invites(?:\/([^/]{1,100})(?:\/(complete|reject))?)?$/.exec(path) ?? [path];
  const isKnown = path === '/v1/invites' || id !== undefined;
  const route = isKnown
    ? `${method} ${id === undefined ? '' : 'ID'}${verb === undefined ? '' : `/${verb}`}`
    : '';
  const key = headerOf(given, 'idempotency-key');
  switch (route) {
    case 'POST ': {
      const { principal: _stated, ...parameters } = body;
      const idempotency = key === undefined ? {} : { idempotency_key: key };
      return { request: { ...idempotency, ...parameters, action: 'create-invite' }, principal };
    }
    case 'GET ': {
      const { connection, next } = isJsonObject(given.queryStringParameters)
        ? given.queryStringParameters
        : {};
      const page = {
        ...(connection === undefined ? {} : { connection }),
        ...(next === undefined ? {} : { next }),
      };
      return { request: { action: 'list-invites', ...page }, principal };
    }
    case 'GET ID':
      return { request: { action: 'get-invite', id }, principal };
    case 'POST ID/complete':
      return { request: { ...body, action: 'complete-invite', id }, principal };
    case 'POST ID/reject':
      return { request: { action: 'reject-invite', id }, principal };
    case 'DELETE ID':
      return { request: { action: 'cancel-invite', id }, principal };
    default:
      throw new RefusedRequest(
        'invalid_request',
        'There is no such route.',
        'Routes: POST and GET /v1/invites, GET and DELETE /v1/invites/{id}, POST /v1/invites/{id}/complete and /reject.',
      );
  }
}

export function httpAnswer(status: number, body: object): HttpAnswer {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}

export const HTTP_STATUS: Readonly<Record<ConsentErrorCode, number>> = {
  invalid_request: 400,
  unknown_invite: 404,
  unknown_client: 404,
  unknown_connection: 404,
  connection_exists: 409,
  not_connected: 409,
  not_open: 409,
  not_awaiting: 409,
  idempotency_conflict: 409,
  too_many_grants: 409,
  return_url_not_allowed: 403,
  wrong_subject: 403,
  wrong_session: 403,
  not_allowed: 403,
  session_expired: 410,
  unavailable: 503,
};

function principalOf({ requestContext }: Record<string, unknown>): string | undefined {
  const authorizer = isJsonObject(requestContext) ? requestContext.authorizer : undefined;
  const iam = isJsonObject(authorizer) ? authorizer.iam : undefined;
  const userArn = isJsonObject(iam) ? iam.userArn : undefined;
  return typeof userArn === 'string' && /^arn:[\w-]+:(iam|sts)::\d{12}:\S{1,200}$/.test(userArn)
    ? userArn
    : undefined;
}

function httpOf({ requestContext, rawPath }: Record<string, unknown>) {
  const http = isJsonObject(requestContext) ? requestContext.http : undefined;
  const method = isJsonObject(http) ? http.method : undefined;
  return {
    method: typeof method === 'string' ? method : '',
    path: typeof rawPath === 'string' ? rawPath : '',
  };
}

function headerOf({ headers }: Record<string, unknown>, name: string): unknown {
  // API Gateway sends the names of headers in lower case.
  return isJsonObject(headers) ? headers[name] : undefined;
}

function bodyOf({ body, isBase64Encoded }: Record<string, unknown>): Record<string, unknown> {
  if (typeof body !== 'string' || body === '') return {};
  const text = isBase64Encoded === true ? Buffer.from(body, 'base64').toString('utf8') : body;
  const json = parseJsonObject(text);
  if (json !== undefined) return json;
  throw new RefusedRequest(
    'invalid_request',
    'The body is not a JSON object.',
    'Send JSON with the content type application/json.',
  );
}
