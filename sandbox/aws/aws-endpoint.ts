import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { AwsError } from './aws-error.ts';
import { Faults, type FaultTarget, type ObservedCall } from './faults.ts';

/** The clock of the stand-ins. `now()` is in milliseconds since the epoch. */
export interface Clock {
  now(): number;
}

/** A request, read completely and decompressed. */
export interface WireRequest {
  readonly method: string;
  /** As the client sees it; the host has no meaning. */
  readonly url: URL;
  /** From `X-Amz-Target`, without the service's prefix; empty when the header is missing, as in protocols other than AWS JSON. */
  readonly operation: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** An answer. */
export interface WireAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a service adds to what all stand-ins share. */
interface AwsService<Subject extends string> {
  /** As in the actions of IAM, e.g. `secretsmanager`. */
  readonly name: string;
  readonly clock: Clock;
  /** e.g. `application/x-amz-json-1.1`. */
  readonly contentType: string;
  /** Writes an error. @default AWS JSON: `__type` and `message` */
  encodeError?(error: AwsError): WireAnswer;
  /** What the request is about, for the call log and the faults. */
  describeCall(request: WireRequest): ObservedCall<Subject>;
  /** Executes the request. An `AwsError` thrown here is answered as AWS would. */
  execute(request: WireRequest): WireAnswer | Promise<WireAnswer>;
}

/** A running stand-in of a service. `Subject` is what its requests are about, e.g. `secret`. */
export interface AwsEndpoint<Operation extends string, Subject extends string = never> {
  readonly faults: Faults<FaultTarget<Operation, Subject>>;
  /** e.g. `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  /** Every call since the start or the last reset, failed ones included; never a value. */
  readonly calls: readonly (ObservedCall<Subject> & { readonly atMs: number })[];
  resetCalls(): void;
  /** Stops at once and cuts open connections. */
  close(): Promise<void>;
}

/** Serves a service on loopback: reads the request, logs the call, and applies the faults. */
export async function startAwsEndpoint<Operation extends string, Subject extends string = never>(
  service: AwsService<Subject>,
): Promise<AwsEndpoint<Operation, Subject>> {
  const faults = new Faults<FaultTarget<Operation, Subject>>(service.name);
  const calls: (ObservedCall<Subject> & { readonly atMs: number })[] = [];
  const server = createServer((incoming, response) => {
    answer(service, { faults, calls }, incoming, response).catch(() => response.destroy());
  });
  // SDKs reuse connections. Closing idle ones would make a request fail now and then.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    faults,
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    resetCalls: () => {
      calls.length = 0;
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

/** An error of an AWS JSON service. The text is in `message`; Secrets Manager has it in `Message`. */
export function jsonErrorAnswer(
  error: AwsError,
  messageField: 'Message' | 'message' = 'message',
): WireAnswer {
  return {
    status: error.status,
    body: JSON.stringify({ __type: error.code, [messageField]: error.message }),
  };
}

async function answer<Subject extends string>(
  service: AwsService<Subject>,
  { faults, calls }: Pick<AwsEndpoint<string, Subject>, 'faults'> & { readonly calls: object[] },
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming);
  const call = service.describeCall(request);
  calls.push({ ...call, atMs: service.clock.now() });

  const { encodeError = jsonErrorAnswer } = service;
  const execute = () => executeOrRefuse(service, request, encodeError);
  const send = (answer: WireAnswer) => sendAnswer(service, response, answer);
  const fault = faults.take(call);
  switch (fault?.kind) {
    case undefined:
      return send(await execute());
    case 'error':
      if (fault.afterEffect) {
        await execute();
      }
      return send(encodeError(fault.error));
    case 'drop':
      if (fault.afterEffect) {
        await execute();
      }
      response.destroy();
      return;
    case 'hang': {
      const answer = fault.afterEffect ? await execute() : undefined;
      fault.reached();
      await fault.released;
      return send(answer ?? (await execute()));
    }
  }
}

async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) {
    chunks.push(chunk as Buffer);
  }
  const sent = Buffer.concat(chunks);
  const bytes = incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
  const target = incoming.headers['x-amz-target'];
  return {
    method: incoming.method ?? 'POST',
    url: new URL(incoming.url ?? '/', 'http://127.0.0.1'),
    operation: typeof target === 'string' ? target.slice(target.lastIndexOf('.') + 1) : '',
    body: bytes.toString('utf8'),
    headers: incoming.headers,
  };
}

async function executeOrRefuse<Subject extends string>(
  service: AwsService<Subject>,
  request: WireRequest,
  encodeError: (error: AwsError) => WireAnswer,
): Promise<WireAnswer> {
  try {
    return await service.execute(request);
  } catch (error) {
    const refusal =
      error instanceof AwsError ? error : new AwsError('InternalFailure', `the stand-in failed: ${error}`);
    return encodeError(refusal);
  }
}

function sendAnswer(
  service: { readonly contentType: string; readonly clock: Clock },
  response: ServerResponse,
  answer: WireAnswer,
): void {
  // Readers take the time of AWS from answers. From the date of an error the SDK concludes that the error is due to its own
  // clock, which is not the sandbox's, and sends the request again.
  const date = answer.status < 400 ? { date: new Date(service.clock.now()).toUTCString() } : {};
  response.sendDate = false;
  response.writeHead(answer.status, {
    'content-type': service.contentType,
    'x-amzn-requestid': randomUUID(),
    ...date,
    ...answer.headers,
  });
  response.end(answer.body);
}
