import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { PutMetricDataInput } from '@aws-sdk/client-cloudwatch';

export interface CloudWatchServer {
  readonly url: string;
  /** The accepted requests, decoded. */
  readonly taken: PutMetricDataInput[];
  /** Size of every request's body, as sent and decompressed. */
  readonly sizes: { readonly sentBytes: number; readonly bytes: number }[];
  /** Resolves when the first request has arrived. */
  readonly firstRequest: Promise<void>;
  /** How the next requests are answered: accepted, rejected with an error, or not at all. */
  answer: 'taken' | 'never' | { readonly status: number; readonly error: string };
  close(): Promise<void>;
}

/** CloudWatch's PutMetricData on loopback: AWS's JSON 1.0 protocol with gzip. */
export async function startCloudWatchServer(): Promise<CloudWatchServer> {
  const http = createServer((request, response) => void handle(request, response));
  let firstRequestArrived = () => {};
  const server: CloudWatchServer = {
    url: '',
    firstRequest: new Promise((resolve) => {
      firstRequestArrived = resolve;
    }),
    taken: [],
    sizes: [],
    answer: 'taken',
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const input = await readInput(request, server);
    firstRequestArrived();
    if (server.answer === 'never') return;
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    if (server.answer === 'taken') {
      server.taken.push(input);
      response.end('{}');
    } else {
      const { status, error } = server.answer;
      response.writeHead(status, { 'x-amzn-query-error': `${error};Sender` });
      response.end(JSON.stringify({ __type: `com.amazonaws.cloudwatch#${error}`, message: 'canary' }));
    }
  };

  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  return Object.assign(server, { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
}

async function readInput(request: IncomingMessage, { sizes }: CloudWatchServer): Promise<PutMetricDataInput> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const sent = Buffer.concat(chunks);
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
  sizes.push({ sentBytes: sent.length, bytes: body.length });
  const target = String(request.headers['x-amz-target']);
  if (!target.endsWith('.PutMetricData')) throw new Error(`${target} is not PutMetricData.`);
  const { Namespace, MetricData } = JSON.parse(body.toString());
  return {
    Namespace,
    MetricData: MetricData.map((datum: { Timestamp: number }) => ({
      ...datum,
      Timestamp: new Date(datum.Timestamp * 1000),
    })),
  };
}
