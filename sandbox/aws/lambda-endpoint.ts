import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a function does with an event. Its result is the answer's payload; what it throws is a function error. */
export type ServedFunction = (event: unknown) => unknown;

/** One request to invoke a function, whatever became of it. */
export interface Invocation {
  /** The name alone, also where the caller gave an ARN or a qualifier. */
  readonly functionName: string;
  readonly invocationType: 'RequestResponse' | 'Event';
  readonly event: unknown;
}

/** A running endpoint. */
export interface LambdaEndpoint {
  /** e.g. `http://127.0.0.1:40123`: for a client's `endpoint`, or `AWS_ENDPOINT_URL_LAMBDA`. */
  readonly endpoint: string;
  /** Every invocation of a known function, oldest first; it grows as they come in. */
  readonly invocations: readonly Invocation[];
  /** Stops at once; open connections are cut, those of functions that never answer too. */
  close(): Promise<void>;
}

/** Thrown by a served function to be answered as a refusal of Lambda itself: the function was never run. */
export class LambdaServiceError extends Error {
  override readonly name = 'LambdaServiceError';
  readonly status: number;
  /** The name of the SDK's exception, e.g. `AccessDeniedException` (403) or `TooManyRequestsException` (429). */
  readonly code: string;

  constructor(status: number, code: string, message = code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Serves functions on loopback by Lambda's Invoke API: `POST /2015-03-31/functions/{name}/invocations`. */
export async function startLambdaEndpoint(options: {
  readonly functions: Readonly<Record<string, ServedFunction>>;
}): Promise<LambdaEndpoint> {
  const invocations: Invocation[] = [];
  const server = createServer((incoming, response) => {
    serve(options.functions, invocations, incoming)
      .then((answer) => send(response, answer))
      .catch(() => response.destroy());
  });
  // An SDK keeps its connections: one closed for idleness would now and then cost it a request.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${port}`,
    invocations,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

async function serve(
  functions: Readonly<Record<string, ServedFunction>>,
  invocations: Invocation[],
  incoming: IncomingMessage,
): Promise<Answer> {
  const payload = await readText(incoming);
  const { pathname } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const target = INVOKE_PATH.exec(pathname)?.[1];
  if (incoming.method !== 'POST' || target === undefined)
    return refusal(404, 'UnknownOperationException', `${incoming.method} ${pathname}`);

  const functionName = nameOf(decodeURIComponent(target));
  const run = Object.hasOwn(functions, functionName) ? functions[functionName] : undefined;
  if (run === undefined)
    return refusal(404, 'ResourceNotFoundException', `Function not found: ${arnOf(functionName)}`);

  let event: unknown;
  try {
    event = payload === '' ? {} : JSON.parse(payload);
  } catch {
    return refusal(
      400,
      'InvalidRequestContentException',
      'Could not parse request body into json: Could not parse payload into json',
    );
  }

  const invocationType = incoming.headers['x-amz-invocation-type'] === 'Event' ? 'Event' : 'RequestResponse';
  invocations.push({ functionName, invocationType, event });
  if (invocationType === 'Event') {
    invoke(run, event).catch(() => undefined);
    return { status: 202, body: '' };
  }
  return await invoke(run, event);
}

async function invoke(run: ServedFunction, event: unknown): Promise<Answer> {
  const executed = { 'x-amz-executed-version': '$LATEST' };
  try {
    return { status: 200, headers: executed, body: JSON.stringify(await run(event)) ?? 'null' };
  } catch (error) {
    if (error instanceof LambdaServiceError) return refusal(error.status, error.code, error.message);
    const [errorType, errorMessage] =
      error instanceof Error ? [error.name, error.message] : ['Error', `${error}`];
    return {
      status: 200,
      headers: { ...executed, 'x-amz-function-error': 'Unhandled' },
      body: JSON.stringify({ errorType, errorMessage, trace: [] }),
    };
  }
}

/** Errors of Lambda's REST API carry their name in a header. */
function refusal(status: number, code: string, message: string): Answer {
  return {
    status,
    headers: { 'x-amzn-errortype': code },
    body: JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message }),
  };
}

/** A function may be named by its name, its ARN, or a part of it (`123456789012:function:name`), with a qualifier or not. */
function nameOf(target: string): string {
  const parts = target.split(':');
  const markerAt = parts.indexOf('function');
  return parts[markerAt + 1] ?? target;
}

function arnOf(functionName: string): string {
  return `arn:aws:lambda:eu-west-1:000000000000:function:${functionName}`;
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    ...headers,
  });
  response.end(body);
}
