import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { htmlAnswer } from './answers.ts';
import { type Delivery, deliver } from './delivery.ts';
import type { Clock } from './limits.ts';
import type { Parameters } from './token-service.ts';

/** A request, read to its end. */
export interface ReceivedRequest {
  readonly method: string;
  /** The public host that the request was meant for, if it came through a proxy that says so. */
  readonly host: string | undefined;
  readonly path: string;
  /** From the query string only. */
  readonly query: Parameters;
  /** From the query string and from an urlencoded or multipart body, which goes first. */
  readonly parameters: Parameters;
  readonly authorization: string | undefined;
}

/** A running HTTP server on the loopback interface. */
export interface Listener {
  /** e.g. `http://127.0.0.1:41234` */
  readonly origin: string;
  /** Stops listening and cuts every open connection. */
  close(): Promise<void>;
}

/** Names the public host of Zoho that a request to this machine was meant for. */
export const HOST_HEADER = 'x-zoho-sandbox-host';

const MAX_REQUEST_BYTES = 1_000_000;

/** Room for a token of 16 KB: Node.js accepts 16 KB of headers by default. */
export const MAX_HEADER_BYTES = 32 * 1024;

/** Listens on a free port of 127.0.0.1 and delivers what `respond` returns, with the date of the clock. */
export async function listenOnLoopback(
  respond: (request: ReceivedRequest) => Promise<Delivery> | Delivery,
  clock: Clock,
): Promise<Listener> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (incoming, outgoing) => {
    outgoing.sendDate = false;
    readRequest(incoming)
      .then(respond)
      .catch((error: unknown) => deliver(htmlAnswer(500, `Simulator error: ${String(error)}`)))
      .then((delivery) => send(delivery, outgoing, clock));
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function send(delivery: Delivery, outgoing: ServerResponse, clock: Clock): void {
  if (outgoing.destroyed) return;
  switch (delivery.kind) {
    case 'silence':
      return;
    case 'reset':
      outgoing.socket?.resetAndDestroy();
      return;
    case 'late-answer': {
      const timer = setTimeout(() => send(deliver(delivery.answer), outgoing, clock), delivery.afterMs);
      outgoing.once('close', () => clearTimeout(timer));
      return;
    }
    case 'answer':
    case 'half-an-answer': {
      const { status, contentType, headers, body } = delivery.answer;
      const bytes = Buffer.from(body);
      outgoing.writeHead(status, {
        date: new Date(clock.now()).toUTCString(),
        'content-type': contentType,
        'content-length': bytes.length,
        ...headers,
      });
      if (delivery.kind === 'answer') outgoing.end(bytes);
      else outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
    }
  }
}

async function readRequest(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_REQUEST_BYTES) throw new Error(`the request is longer than ${MAX_REQUEST_BYTES} bytes`);
    chunks.push(chunk);
  }

  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const query = firstOfEach(url.searchParams);
  const host = incoming.headers[HOST_HEADER];
  const form = await readForm(Buffer.concat(chunks), incoming.headers['content-type'] ?? '');
  return {
    method: incoming.method ?? 'GET',
    host: Array.isArray(host) ? host[0] : host,
    path: url.pathname,
    query,
    parameters: new Map([...query, ...form]),
    authorization: incoming.headers.authorization,
  };
}

/** A body that cannot be read as a form has no parameters. */
async function readForm(body: Buffer, contentType: string): Promise<Parameters> {
  try {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': contentType },
    }).formData();
    const texts: [string, string][] = [];
    form.forEach((value, name) => {
      if (typeof value === 'string') texts.push([name, value]);
    });
    return firstOfEach(texts);
  } catch {
    return new Map();
  }
}

function firstOfEach(pairs: Iterable<readonly [string, string]>): Parameters {
  const first = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (!first.has(name)) first.set(name, value);
  }
  return first;
}
