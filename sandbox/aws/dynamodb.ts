import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
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
      execute: ({ body, headers }) => forward(inner, body, headers),
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
  // Else a connection that is closed for idleness would now and then cost a request.
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
