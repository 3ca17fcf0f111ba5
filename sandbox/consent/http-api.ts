import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type IamCaller, toHttpEvent } from './http-event.ts';

/** Handles an event of payload format 2.0. */
export type Integration = (event: object) => Promise<unknown>;

/** A route such as `POST /v1/invites/{id}/complete`. */
export interface HttpRoute {
  readonly routeKey: string;
  readonly integration: Integration;
  /** Only for signed requests. */
  readonly isSigned: boolean;
}

export interface HttpApiOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly routes: readonly HttpRoute[];
  readonly clock: { now(): number };
  /** The caller of an access key; undefined for unknown keys. */
  readonly callerOf: (accessKey: string) => IamCaller | undefined;
  /** Where the browser finds what a redirect names. @default there */
  readonly redirectTo?: (location: string) => string;
  /** @default 30000, as API Gateway has it */
  readonly timeoutMs?: number;
}

export interface HttpApi {
  /** `http://localhost:PORT`: browsers accept secure cookies there without TLS. */
  readonly url: string;
  close(): Promise<void>;
}

/** API Gateway refuses requests with longer headers. */
const MAX_HEADER_BYTES = 10_240;
const TIMEOUT_MS = 30_000;

/** Serves an HTTP API on loopback: routes, IAM authorization of signed ones, Lambda integrations. Signatures are not checked. */
export async function startHttpApi(options: HttpApiOptions): Promise<HttpApi> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (incoming, response) => {
    answer(incoming, response, options).catch(() => sendMessage(response, 500, 'Internal Server Error'));
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, options.port)));
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  { routes, clock, callerOf, redirectTo = (location) => location, timeoutMs = TIMEOUT_MS }: HttpApiOptions,
): Promise<void> {
  const body = await readBody(incoming);
  const found = findRoute(routes, incoming);
  if (found === undefined) return sendMessage(response, 404, 'Not Found');
  const { route, pathParameters } = found;
  const caller = route.isSigned ? callerOf(accessKeyOf(incoming) ?? '') : undefined;
  if (route.isSigned && caller === undefined) return sendMessage(response, 403, 'Forbidden');
  const { routeKey } = route;
  const event = toHttpEvent({ incoming, body, routeKey, pathParameters, caller, nowMs: clock.now() });
  const result = await withinTime(route.integration(event), timeoutMs);
  if (result === TIMED_OUT) return sendMessage(response, 503, 'Service Unavailable');
  sendResult(response, result, redirectTo);
}

function findRoute(routes: readonly HttpRoute[], { method, url = '/' }: IncomingMessage) {
  const [path = '/'] = url.split('?');
  for (const route of routes) {
    const [ownMethod, pattern = ''] = route.routeKey.split(' ');
    const match = expressionOf(pattern).exec(path);
    if (ownMethod === method && match !== null) return { route, pathParameters: { ...match.groups } };
  }
  return undefined;
}

/** `/i/{token}` as a regular expression with a group for the token. */
function expressionOf(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}

/** Of a request that is signed for API Gateway. */
function accessKeyOf({ headers }: IncomingMessage): string | undefined {
  const signature =
    /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/\d{8}\/[^/,]+\/execute-api\/aws4_request, ?SignedHeaders=[^,]*host[^,]*, ?Signature=[0-9a-f]{64}$/;
  return headers['x-amz-date'] === undefined ? undefined : signature.exec(headers.authorization ?? '')?.[1];
}

const TIMED_OUT = Symbol('timed out');

async function withinTime(work: Promise<unknown>, timeoutMs: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = setTimeout(() => resolve(TIMED_OUT), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The result of a function: a response, or anything else as the JSON of one. */
function sendResult(
  response: ServerResponse,
  result: unknown,
  redirectTo: (location: string) => string,
): void {
  const given = (result ?? {}) as {
    readonly statusCode?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly cookies?: readonly string[];
    readonly body?: string;
    readonly isBase64Encoded?: boolean;
  };
  if (given.statusCode === undefined) {
    send(response, 200, JSON.stringify(result) ?? '');
    return;
  }
  const entries = Object.entries(given.headers ?? {}).map(
    ([name, value]) =>
      [name.toLowerCase(), name.toLowerCase() === 'location' ? redirectTo(value) : value] as const,
  );
  const headers: Record<string, string | string[]> = Object.fromEntries(entries);
  if (given.cookies !== undefined) headers['set-cookie'] = [...given.cookies];
  response.writeHead(given.statusCode, { 'content-type': 'text/plain', ...headers });
  response.end(Buffer.from(given.body ?? '', given.isBase64Encoded === true ? 'base64' : 'utf8'));
}

function sendMessage(response: ServerResponse, status: number, message: string): void {
  send(response, status, JSON.stringify({ message }));
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body);
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function explain(error: Error, port: number): Error {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    ? new Error(
        `Port ${port} of 127.0.0.1 is in use. The pages for invites need it: choose another with --port.`,
      )
    : error;
}
