import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import {
  type AwsEndpoint,
  type Clock,
  orCloseFirst,
  startAwsEndpoint,
  type WireAnswer,
} from './aws-endpoint.ts';
import { clientConfigFor } from './client-config.ts';
import { createConnectionsTable } from './connections-table.ts';
import { Faults, type Pattern } from './faults.ts';

/** The operations of DynamoDB that a fault can strike; all that dynalite knows of items. */
export type DynamoDbOperation =
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'DeleteItem'
  | 'DescribeTable'
  | 'GetItem'
  | 'PutItem'
  | 'Query'
  | 'Scan'
  | 'UpdateItem';

/** Which requests a fault strikes; `connection` is the item's key and so matches no Query, Scan or batch. */
export interface DynamoDbTarget {
  readonly operation: DynamoDbOperation | '*';
  readonly connection?: Pattern;
}

/** A call as it is logged: `connection` is the key of the item, where the request names one. */
export type DynamoDbCall = {
  readonly operation: string;
  readonly connection: string | undefined;
};

/** A running stand-in of DynamoDB with an empty connections table in it. */
export interface DynamoDbStandIn extends AwsEndpoint<DynamoDbCall> {
  readonly tableName: string;
  readonly faults: Faults<DynamoDbTarget>;
}

/** How to start the stand-in. */
export interface DynamoDbOptions {
  readonly clock: Clock;
  /** `zoho-connections` by default. */
  readonly tableName?: string | undefined;
  /** Any free port by default. */
  readonly port?: number | undefined;
}

/**
 * Starts dynalite on loopback, with the connections table, behind a layer that logs calls and makes faults.
 * dynalite ignores ReturnValuesOnConditionCheckFailure, and its indexes are up to date at once.
 */
export async function startDynamoDb(options: DynamoDbOptions): Promise<DynamoDbStandIn> {
  const tableName = options.tableName ?? 'zoho-connections';
  const inner = await startDynalite();
  const faults = new Faults<DynamoDbTarget>('dynamodb');
  const starting = createTable(inner.endpoint, tableName).then(() =>
    startAwsEndpoint<DynamoDbCall, DynamoDbTarget>({
      ...options,
      faults,
      contentType: 'application/x-amz-json-1.0',
      describeCall: ({ operation, body }) => ({ operation, connection: connectionIn(body) }),
      execute: ({ body, headers }) => forward(inner.endpoint, body, headers),
    }),
  );
  const endpoint = await orCloseFirst(starting, inner);

  return {
    ...endpoint,
    tableName,
    faults,
    close: async () => {
      await endpoint.close();
      await inner.close();
    },
  };
}

async function startDynalite(): Promise<{ endpoint: string; close(): Promise<void> }> {
  const server: Server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function createTable(endpoint: string, tableName: string): Promise<void> {
  const client = new DynamoDBClient(clientConfigFor(endpoint));
  try {
    await createConnectionsTable(client, tableName);
  } finally {
    client.destroy();
  }
}

async function forward(endpoint: string, body: string, headers: IncomingHttpHeaders): Promise<WireAnswer> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: copyHeaders(
      ['content-type', 'x-amz-target', 'authorization', 'x-amz-date'],
      (name) => headers[name],
    ),
    body,
  });
  return {
    status: answer.status,
    headers: copyHeaders(['content-type', 'x-amz-crc32'], (name) => answer.headers.get(name)),
    body: await answer.text(),
  };
}

function copyHeaders(
  names: readonly string[],
  read: (name: string) => string | readonly string[] | null | undefined,
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = read(name);
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

function connectionIn(body: string): string | undefined {
  try {
    const { Key, Item } = JSON.parse(body);
    const connection = (Key ?? Item)?.connection?.S;
    return typeof connection === 'string' ? connection : undefined;
  } catch {
    return undefined;
  }
}
