import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { accessTokenSecret } from '../../support/builders.ts';

/** A Secrets Manager that has a token of every connection. It counts sockets. */
export async function serveTokens() {
  let sockets = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { SecretId } = JSON.parse(body) as { SecretId: string };
      const issuedAtMs = Date.now();
      const SecretString = accessTokenSecret({
        connection: SecretId.split('/')[1] ?? '',
        issuedAtMs,
        expiresAtMs: issuedAtMs + 3_600_000,
        refreshAfterMs: issuedAtMs + 3_000_000,
      });
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ Name: SecretId, SecretString }));
    });
  });
  server.on('connection', () => {
    sockets += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, sockets: () => sockets, close };
}
