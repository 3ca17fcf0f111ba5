import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Item, toItem } from '../../../lambdas/adapters/connection-row.ts';
import { activeConnection } from '../../support/builders.ts';
import { answerQuestions } from '../answer-questions.ts';

/**
 * A connections table of any size, in a process of its own, whose rows nobody changes. It answers the queries of a tick from sorted
 * lists, as DynamoDB does from its indexes: up to 1 MB in an answer.
 */

const MINUTE_MS = 60_000;
/** An idle tick finds nothing due: renewals begin after the benchmark, and are spread over the minutes that follow. */
const FIRST_DUE_MS = 30 * MINUTE_MS;
const MOST_BYTES = 1_000_000;

interface Indexed {
  readonly atMs: number;
  readonly item: Item;
}

interface Query {
  readonly IndexName: 'due' | 'expiry';
  readonly KeyConditionExpression: string;
  readonly ExpressionAttributeValues: Readonly<Record<string, { readonly N?: string; readonly S?: string }>>;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: { readonly at: { readonly N: string } };
}

answerQuestions({
  serve: async (rows: number) => {
    const indexes = indexRows(rows);
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        const operation = String(request.headers['x-amz-target']).split('.')[1];
        const isQuery = operation === 'Query';
        const answer = isQuery
          ? runQuery(indexes, JSON.parse(body) as Query)
          : { __type: 'UnknownOperationException', message: operation };
        response.writeHead(isQuery ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(JSON.stringify(answer));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});

function indexRows(count: number): Readonly<Record<Query['IndexName'], readonly Indexed[]>> {
  const nowMs = Date.now();
  const rows = Array.from({ length: count }, (_, n) => {
    const dueAtMs = nowMs + FIRST_DUE_MS + Math.floor((n * 20 * MINUTE_MS) / count);
    const issuedAtMs = dueAtMs - 54 * MINUTE_MS;
    const token = {
      versionId: `version-of-${n}`.padEnd(36, '0'),
      issuedAtMs,
      expiresAtMs: issuedAtMs + 60 * MINUTE_MS,
    };
    const row = activeConnection({
      name: `tenant-${n}`,
      source: 'connected',
      nextAttemptAtMs: dueAtMs,
      token,
    });
    return { dueAtMs, expiresAtMs: token.expiresAtMs, item: toItem(row) };
  });
  return {
    due: rows.map(({ dueAtMs: atMs, item }) => ({ atMs, item })),
    expiry: rows.map(({ expiresAtMs: atMs, item }) => ({
      atMs,
      item: keysIn(item, 'live', 'tokenExpiresAt'),
    })),
  };
}

/** What an index that has only keys returns. */
function keysIn(item: Item, ...names: readonly string[]): Item {
  return Object.fromEntries(
    ['connection', ...names].flatMap((name) => (item[name] ? [[name, item[name]]] : [])),
  );
}

function runQuery(indexes: ReturnType<typeof indexRows>, query: Query) {
  const { IndexName, KeyConditionExpression, ExpressionAttributeValues, Limit, ExclusiveStartKey } = query;
  // All rows are in one partition of each index, as in a deployment that is not a fleet.
  const partition = (ExpressionAttributeValues[':due'] ?? ExpressionAttributeValues[':live'])?.S;
  const index = partition === 'due' || partition === 'live' ? indexes[IndexName] : [];
  const [, operator = ''] = /AND nextAttemptAt (<=|>) :time/.exec(KeyConditionExpression) ?? [];
  const boundMs = Number(ExpressionAttributeValues[':time']?.N);
  const firstAfter = operator === '' ? 0 : index.findIndex(({ atMs }) => atMs > boundMs);
  const split = firstAfter === -1 ? index.length : firstAfter;
  const from = Math.max(operator === '>' ? split : 0, Number(ExclusiveStartKey?.at.N ?? 0));
  const to = operator === '<=' ? split : index.length;
  return pageOf(index, from, Math.min(to, from + (Limit ?? to)), Limit !== undefined);
}

function pageOf(index: readonly Indexed[], from: number, to: number, isWhole: boolean) {
  const Items: Item[] = [];
  let bytes = 0;
  for (let at = from; at < to; at += 1) {
    const { item } = index[at] as Indexed;
    bytes += JSON.stringify(item).length;
    Items.push(item);
    if (bytes > MOST_BYTES && !isWhole)
      return { Items, ScannedCount: Items.length, LastEvaluatedKey: { at: { N: String(at + 1) } } };
  }
  return { Items, ScannedCount: Items.length };
}
