import { setMaxListeners } from 'node:events';
import {
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  paginateScan,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Connection, isInService } from '../core/connection/connection.ts';
import { DUE_INDEX, EXPIRY_INDEX, indexKeysOf } from '../core/connection/table-indexes.ts';
import type { ConnectionStore, MalformedRow } from '../core/ports.ts';
import { callAws, translateAwsError } from './aws-errors.ts';
import { CLIENT_USER_QUERY, parseClientUser } from './client-user-row.ts';
import { type Item, keyOf, parseItem, parseWellFormed } from './connection-row.ts';
import { mergeSorted } from './merge-sorted.ts';
import { untilAborted } from './until-aborted.ts';

/** The reads of the connections table. Lists are those of the given partitions; undefined is the one of declared connections. */
export function createConnectionQueries(
  client: DynamoDBClient,
  tableName: string,
  partitions: readonly (number | undefined)[] = [undefined],
): Pick<ConnectionStore, 'read' | 'due' | 'dueAfter' | 'planned' | 'soonestExpiries' | 'usersOf'> {
  async function* pagesOfDueIndex(
    query: Partial<QueryCommandInput>,
    signal: AbortSignal,
  ): AsyncIterable<QueryCommandOutput> {
    const input = { TableName: tableName, IndexName: DUE_INDEX, ...query };
    const pages = paginateQuery({ client }, input, { abortSignal: signal });
    try {
      for (;;) {
        const page = await untilAborted(signal, pages.next());
        if (page.done === true) return;
        yield page.value;
      }
    } catch (error) {
      throw translateAwsError(error, queryOf(tableName, DUE_INDEX));
    }
  }

  async function* itemsOfDueIndex(...query: Parameters<typeof pagesOfDueIndex>): AsyncIterable<Item> {
    for await (const { Items = [] } of pagesOfDueIndex(...query)) yield* Items;
  }

  const queues = partitions.map((partition) => indexKeysOf(partition).queue);

  async function* queryDue(
    condition: string,
    timeMs: number,
    signal: AbortSignal,
  ): AsyncIterable<Connection | MalformedRow> {
    const lists = queues.map((queue) => {
      const query = {
        KeyConditionExpression: `queue = :due AND ${condition}`,
        ExpressionAttributeValues: marshall({ ':due': queue, ':time': timeMs }),
      };
      return itemsOfDueIndex(query, signal);
    });
    for await (const item of mergeSorted(lists, ({ nextAttemptAt }) => Number(nextAttemptAt?.N)))
      yield parseItem(item);
  }

  return {
    read: async (name, signal) => {
      const get = new GetItemCommand({ TableName: tableName, Key: keyOf(name), ConsistentRead: true });
      const { Item } = await callAws({ action: 'dynamodb:GetItem', resource: tableName }, () =>
        untilAborted(signal, client.send(get, { abortSignal: signal })),
      );
      return Item && parseWellFormed(Item);
    },

    due: (nowMs, signal) => queryDue('nextAttemptAt <= :time', nowMs, signal),

    dueAfter: (timeMs, signal) => queryDue('nextAttemptAt > :time', timeMs, signal),

    planned: async (signal) => {
      // Every list listens to it, which is no leak: Node warns from 11 listeners on.
      setMaxListeners(0, signal);
      const query = (queue: string) => ({
        KeyConditionExpression: 'queue = :due',
        ProjectionExpression: '#connection, #status, nextAttemptAt',
        ExpressionAttributeNames: { '#connection': 'connection', '#status': 'status' },
        ExpressionAttributeValues: marshall({ ':due': queue }),
      });
      const plans = new Map<string, number>();
      const readPlans = async (queue: string) => {
        for await (const { connection, status, nextAttemptAt } of itemsOfDueIndex(query(queue), signal)) {
          const atMs = Number(nextAttemptAt?.N);
          if (isInService(status?.S) && Number.isFinite(atMs)) plans.set(connection?.S ?? '', atMs);
        }
      };
      await Promise.all(queues.map(readPlans));
      return plans;
    },

    async *usersOf(name, signal) {
      const query = (queue: string) => ({
        ...CLIENT_USER_QUERY,
        ExpressionAttributeValues: marshall({ ':due': queue, ':client': name }),
      });
      let lists = queues.map((queue) => pagesOfDueIndex(query(queue), signal)[Symbol.asyncIterator]());
      while (lists.length > 0) {
        const results = await Promise.all(lists.map((list) => list.next()));
        lists = lists.filter((_, index) => results[index]?.done !== true);
        const pages = results.flatMap((result) => (result.done === true ? [] : [result.value]));
        for (const { Items = [], ScannedCount = 0 } of pages)
          yield { users: Items.flatMap((item) => parseClientUser(item) ?? []), scanned: ScannedCount };
      }
    },

    soonestExpiries: async (limit, signal) => {
      const expiriesIn = async (partition: number | undefined) => {
        const query = new QueryCommand({
          TableName: tableName,
          IndexName: EXPIRY_INDEX,
          KeyConditionExpression: 'live = :live',
          ExpressionAttributeValues: marshall({ ':live': indexKeysOf(partition).live }),
          Limit: limit,
        });
        const { Items = [] } = await callAws(queryOf(tableName, EXPIRY_INDEX), () =>
          untilAborted(signal, client.send(query, { abortSignal: signal })),
        );
        return Items.flatMap(({ connection, tokenExpiresAt }) =>
          connection?.S === undefined || tokenExpiresAt?.N === undefined
            ? []
            : [{ name: connection.S, expiresAtMs: Number(tokenExpiresAt.N) }],
        );
      };
      const expiries = await Promise.all(partitions.map(expiriesIn));
      return expiries
        .flat()
        .sort((one, other) => one.expiresAtMs - other.expiresAtMs)
        .slice(0, limit);
    },
  };
}

/** Every row of the table as it is now, sorted by name. For operators: the refresher never reads the whole table. */
export async function scanConnections(
  client: DynamoDBClient,
  tableName: string,
): Promise<(Connection | MalformedRow)[]> {
  return await callAws({ action: 'dynamodb:Scan', resource: tableName }, async () => {
    const rows: (Connection | MalformedRow)[] = [];
    const pages = paginateScan({ client }, { TableName: tableName, ConsistentRead: true });
    for await (const { Items = [] } of pages) rows.push(...Items.map(parseItem));
    return rows.sort((one, other) => one.name.localeCompare(other.name, 'en'));
  });
}

function queryOf(tableName: string, index: string) {
  return { action: 'dynamodb:Query', resource: `${tableName}/index/${index}` };
}
