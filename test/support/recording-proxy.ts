import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy that records the calls of AWS. */
export interface RecordingProxy {
  readonly origin: string;
  /** The IAM action of every call, e.g. `dynamodb:GetItem`. */
  readonly actions: readonly string[];
  /** The calls of AWS JSON, with what they ask for. */
  readonly calls: readonly RecordedCall[];
  close(): Promise<void>;
}

/** A call of an AWS JSON service. */
export interface RecordedCall {
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Starts a proxy that forwards every request to `target` as if it had been sent there. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const actions: string[] = [];
  const calls: RecordedCall[] = [];
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    const text = body.toString('utf8');
    const action = actionOf(request, text);
    if (action !== undefined) actions.push(action);
    if (action !== undefined && request.headers['x-amz-target'] !== undefined)
      calls.push({ action, input: JSON.parse(text) });
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
    const answer = await fetch(new URL(request.url ?? '/', target), {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      redirect: 'manual',
      ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
    });
    const { 'content-encoding': _encoding, ...kept } = Object.fromEntries(answer.headers);
    response.writeHead(answer.status, kept);
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    actions,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const REST: readonly (readonly [RegExp, string])[] = [
  [/^POST \/2015-03-31\/functions\/[^/]+\/invocations/, 'InvokeFunction'],
  [/^GET \/2015-03-31\/functions\/[^/]+\/configuration/, 'GetFunctionConfiguration'],
  [/^GET \/2019-09-30\/functions\/[^/]+\/concurrency/, 'GetFunctionConcurrency'],
  [/^GET \/schedules\//, 'GetSchedule'],
];
/** Service names in signatures that differ from the prefix of their IAM actions. */
const IAM_PREFIXES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

function actionOf(request: IncomingMessage, body: string): string | undefined {
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
  if (service === undefined) return undefined;
  const target = request.headers['x-amz-target'];
  const named =
    typeof target === 'string' ? target.split('.').at(-1) : new URLSearchParams(body).get('Action');
  const line = `${request.method} ${request.url}`;
  const operation = named ?? REST.find(([pattern]) => pattern.test(line))?.[1] ?? line;
  return `${IAM_PREFIXES[service] ?? service}:${operation}`;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
