import { type IncomingHttpHeaders, request } from 'node:http';
import {
  type AwsEndpoint,
  startAwsEndpoint,
  type WireAnswer,
  type WireRequest,
} from '../../sandbox/aws/aws-endpoint.ts';

/**
 * One service of moto behind the layer that injects faults into the sandbox's services: moto itself has no faults. Requests are
 * forwarded as they are, so that their signatures stay right.
 *
 * @param name - as in the actions of IAM, e.g. `dynamodb`
 */
export function startFaultsBefore(motoEndpoint: string, name: string): Promise<AwsEndpoint<string>> {
  return startAwsEndpoint<string>({
    name,
    clock: { now: () => Date.now() },
    contentType: 'application/x-amz-json-1.1',
    describeCall: ({ operation }) => ({ operation }),
    execute: (received) => forward(motoEndpoint, received),
  });
}

/** With `fetch`, the header `host` would be moto's, and another one than was signed. */
function forward(motoEndpoint: string, { method, url, headers, body }: WireRequest): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const target = new URL(`${url.pathname}${url.search}`, motoEndpoint);
    const sent = request(target, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 500,
          body: Buffer.concat(chunks).toString('utf8'),
          headers: keptOf(response.headers),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Headers of an answer without those of its connection. */
function keptOf(headers: IncomingHttpHeaders): Record<string, string> {
  const { connection: _, 'transfer-encoding': _encoding, 'content-length': _length, ...kept } = headers;
  return Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, String(value)]));
}
