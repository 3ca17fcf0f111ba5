import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { type AwsEndpoint, type Clock, startAwsEndpoint, type WireAnswer } from './aws-endpoint.ts';
import { clientConfigFor } from './client-config.ts';
import { createConnectionsTable } from './connections-table.ts';

/** The operations that a fault can affect: those of dynalite on items. */
type DynamoDbOperation =
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'DeleteItem'
  | 'DescribeTable'
  | 'GetItem'
  | 'PutItem'
  | 'Query'
  | 'Scan'
  | 'UpdateItem';

/** A running stand-in of DynamoDB with an empty connections table in it. */
export interface DynamoDbStandIn extends AwsEndpoint<DynamoDbOperation, 'connection'> {
  readonly tableName: string;
}

/**
 * Starts dynalite on loopback, with the connections table, behind a layer that logs calls and makes faults.
 * dynalite ignores ReturnValuesOnConditionCheckFailure, and its indexes are up to date at once.
 */
export async function startDynamoDb({
  clock,
  tableName = 'zoho-connections',
}: {
  readonly clock: Clock;
  readonly tableName?: string | undefined;
}): Promise<DynamoDbStandIn> {
  const inner = await startDynalite();
  await createTable(inner.endpoint, tableName);
  const endpoint = await startAwsEndpoint<DynamoDbOperation, 'connection'>({
    name: 'dynamodb',
    clock,
    contentType: 'application/x-amz-json-1.0',
    describeCall: ({ operation, body }) => ({ operation, connection: connectionIn(body) }),
    execute: ({ body, headers }) => forward(inner, body, headers),
  });

  return {
    ...endpoint,
    tableName,
    close: async () => {
      await endpoint.close();
      await inner.close();
    },
  };
}

interface InnerServer {
  readonly endpoint: string;
  /** Keeps its connections. */
  readonly agent: Agent;
  close(): Promise<void>;
}

async function startDynalite(): Promise<InnerServer> {
  const server: Server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  server.keepAliveTimeout = 0;
  const agent = new Agent({ keepAlive: true });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    agent,
    close: () =>
      new Promise((resolve, reject) => {
        agent.destroy();
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

/** By node:http, with connections that stay open: fetch would cost a fifth of the time of a simulated day. */
async function forward(inner: InnerServer, body: string, headers: IncomingHttpHeaders): Promise<WireAnswer> {
  const forwarded = ['content-type', 'x-amz-target', 'authorization', 'x-amz-date'];
  const sending = request(inner.endpoint, {
    method: 'POST',
    agent: inner.agent,
    headers: copyHeaders(forwarded, (name) => headers[name]),
  });
  sending.end(body);
  const [answer] = (await once(sending, 'response')) as [IncomingMessage];
  return {
    status: answer.statusCode ?? 500,
    headers: copyHeaders(['content-type', 'x-amz-crc32'], (name) => answer.headers[name]),
    body: await text(answer),
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
