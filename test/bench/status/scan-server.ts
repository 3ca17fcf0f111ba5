import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toItem } from '../../../lambdas/adapters/connection-row.ts';
import { activeConnection, blockedConnection } from '../../support/builders.ts';
import { answerQuestions } from '../answer-questions.ts';

/** A connections table that answers scans from prepared pages of 1 MB, in a process of its own. */

const MINUTE_MS = 60_000;
const PAGE_BYTES = 1_000_000;
/** One of so many connections is blocked. */
const BLOCKED_EVERY = 500;

answerQuestions({
  serve: async (rows: number) => {
    const pages = pagesOf(rows);
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        const isScan = String(request.headers['x-amz-target']).endsWith('.Scan');
        const { ExclusiveStartKey } = JSON.parse(body) as { ExclusiveStartKey?: { page: { N: string } } };
        response.writeHead(isScan ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(isScan ? pages[Number(ExclusiveStartKey?.page.N ?? 0)] : '{}');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});

function pagesOf(rows: number): string[] {
  const pages: string[][] = [];
  let bytes = PAGE_BYTES;
  for (let n = 0; n < rows; n += 1) {
    const item = JSON.stringify(toItem(rowOf(n)));
    if (bytes + item.length > PAGE_BYTES) {
      pages.push([]);
      bytes = 0;
    }
    bytes += item.length;
    pages.at(-1)?.push(item);
  }
  return pages.map((items, page) => {
    const next = page + 1 < pages.length ? `,"LastEvaluatedKey":{"page":{"N":"${page + 1}"}}` : '';
    return `{"Items":[${items.join(',')}],"Count":${items.length},"ScannedCount":${items.length}${next}}`;
  });
}

function rowOf(n: number) {
  const nowMs = Date.now();
  const issuedAtMs = nowMs - (n % 50) * MINUTE_MS;
  const common = { name: `tenant-${n}`, source: 'connected' } as const;
  if (n % BLOCKED_EVERY === 0) return blockedConnection({ ...common, blockedAtMs: nowMs - 10 * MINUTE_MS });
  return activeConnection({
    ...common,
    nextAttemptAtMs: issuedAtMs + 54 * MINUTE_MS,
    token: {
      versionId: `version-of-${n}`.padEnd(36, '0'),
      issuedAtMs,
      expiresAtMs: issuedAtMs + 60 * MINUTE_MS,
    },
    mintsMs: [issuedAtMs],
    publishesMs: Array.from({ length: 24 }, (_, hour) => issuedAtMs - hour * 54 * MINUTE_MS),
  });
}
