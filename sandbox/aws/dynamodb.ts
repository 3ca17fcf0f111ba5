import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import {
  type AwsEndpoint,
  type Clock,
  startAwsEndpoint,
  type WireAnswer,
  type WireRequest,
} from './aws-endpoint.ts';
import { connectionsTable } from './connections-table.ts';
import { consentsTable } from './consents-table.ts';
import { sealedTable } from './sealed-table.ts';

const CONSENTS_TABLE = 'zoho-consents';
const TOKENS_TABLE = 'zoho-tokens';
const CREDENTIALS_TABLE = 'zoho-credentials';

/** What dynalite wants to see of a signed request. It does not check the signature. */
const DYNALITE_HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260105T090000Z',
  authorization: 'AWS4-HMAC-SHA256 Credential=sandbox, SignedHeaders=host, Signature=none',
};

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

/** A running stand-in of DynamoDB with all tables of a deployment, empty. */
export interface DynamoDbStandIn extends AwsEndpoint<DynamoDbOperation, 'connection'> {
  readonly tableName: string;
  readonly consentsTableName: string;
  readonly tokensTableName: string;
  readonly credentialsTableName: string;
}

/**
 * Starts a stand-in of DynamoDB on loopback: dynalite with the tables, behind a layer that logs calls and injects
 * faults. dynalite ignores ReturnValuesOnConditionCheckFailure, and its indexes are up to date at once.
 */
export async function startDynamoDb({
  clock,
  tableName = 'zoho-connections',
}: {
  readonly clock: Clock;
  readonly tableName?: string | undefined;
}): Promise<DynamoDbStandIn> {
  const handle = startDynalite();
  await createTable(handle, connectionsTable(tableName));
  await createTable(handle, consentsTable(CONSENTS_TABLE));
  await createTable(handle, sealedTable(TOKENS_TABLE));
  await createTable(handle, sealedTable(CREDENTIALS_TABLE));
  const endpoint = await startAwsEndpoint<DynamoDbOperation, 'connection'>({
    name: 'dynamodb',
    clock,
    contentType: 'application/x-amz-json-1.0',
    describeCall: ({ operation, body }) => ({ operation, connection: connectionIn(body) }),
    execute: handle,
  });

  return {
    ...endpoint,
    tableName,
    consentsTableName: CONSENTS_TABLE,
    tokensTableName: TOKENS_TABLE,
    credentialsTableName: CREDENTIALS_TABLE,
  };
}

/** Handles a request and returns the answer. */
type Handle = (request: Pick<WireRequest, 'body' | 'headers'>) => Promise<WireAnswer>;

/** dynalite, called without a second hop over HTTP. */
function startDynalite(): Handle {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return ({ body, headers }) =>
    new Promise((resolve) => {
      const request = Object.assign(new EventEmitter(), { method: 'POST', url: '/', headers });
      const answered: Record<string, string> = {};
      const response = {
        statusCode: 200,
        setHeader: (name: string, value: unknown) => {
          answered[name.toLowerCase()] = String(value);
        },
        end: (text: string) => {
          const { 'content-type': type = '', 'x-amz-crc32': checksum = '' } = answered;
          const { statusCode: status } = response;
          resolve({ status, body: text, headers: { 'content-type': type, 'x-amz-crc32': checksum } });
        },
      };
      server.emit('request', request, response);
      request.emit('data', Buffer.from(body));
      request.emit('end');
    });
}

/** Creates a table, and waits until dynalite has activated it. */
async function createTable(handle: Handle, table: CreateTableCommandInput): Promise<void> {
  const run = async (operation: string, input: object) => {
    const headers = { ...DYNALITE_HEADERS, 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const { status, body } = await handle({ headers, body: JSON.stringify(input) });
    if (status !== 200) throw new Error(`dynalite: ${operation} failed: ${body}`);
    return JSON.parse(body) as { Table?: { TableStatus: string } };
  };
  await run('CreateTable', table);
  while ((await run('DescribeTable', { TableName: table.TableName })).Table?.TableStatus !== 'ACTIVE')
    await setImmediate();
}

function connectionIn(body: string): string | undefined {
  try {
    const { Key, Item } = JSON.parse(body);
    const row = Key ?? Item;
    const connection = row?.connection?.S ?? row?.id?.S;
    return typeof connection === 'string' ? connection : undefined;
  } catch {
    return undefined;
  }
}
