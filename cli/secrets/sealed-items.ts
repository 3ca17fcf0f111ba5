import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  paginateScan,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { DecryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { keyOf } from '../../lambdas/adapters/connection-row.ts';
import { CONNECTION_NAME_PATTERN } from '../../lambdas/core/connection/connection-name.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { encryptionContext, type SealedKind } from '../../lambdas/core/secrets/sealing.ts';
import type { DeployedFleet } from '../deployment/deployment.ts';

/** Credentials as a table of the second store has them. */
export interface SealedItem {
  readonly connection: string;
  readonly versionId: string;
  readonly sealed: Uint8Array;
}

/** What a connection has in the second store. */
export interface ListedItem {
  readonly connection: string;
  readonly kind: SealedKind;
}

/** The names in both tables of the second store. Throws `InfrastructureError`. */
export async function listSealed(
  client: DynamoDBClient,
  { tokensTable, credentialsTable }: DeployedFleet,
): Promise<readonly ListedItem[]> {
  const [tokens, credentials] = await Promise.all([
    listSealedNames(client, tokensTable),
    listSealedNames(client, credentialsTable),
  ]);
  return [
    ...credentials.map((connection) => ({ connection, kind: 'credentials' }) as const),
    ...tokens.map((connection) => ({ connection, kind: 'access-token' }) as const),
  ];
}

/** The names of all connections in a table of the second store. Throws `InfrastructureError`. */
export async function listSealedNames(client: DynamoDBClient, tableName: string): Promise<readonly string[]> {
  const items = await scan(client, tableName, {
    // Operators may scan the table for the names only.
    Select: 'SPECIFIC_ATTRIBUTES',
    ProjectionExpression: '#connection',
    ExpressionAttributeNames: { '#connection': 'connection' },
  });
  return items.flatMap(({ connection }) => (connection?.S === undefined ? [] : [connection.S]));
}

/** All items of a table, and how many others it has, which are no credentials. Throws `InfrastructureError`. */
export async function scanSealedCredentials(
  client: DynamoDBClient,
  tableName: string,
): Promise<{ readonly items: readonly SealedItem[]; readonly others: number }> {
  const scanned = await scan(client, tableName);
  const items = scanned
    .flatMap((item) => parseItem(item) ?? [])
    .filter(({ connection }) => CONNECTION_NAME_PATTERN.test(connection))
    .sort((one, other) => one.connection.localeCompare(other.connection, 'en'));
  return { items, others: scanned.length - items.length };
}

/** The credentials of one connection, as they are stored. Throws `InfrastructureError`. */
export async function readSealedItem(
  client: DynamoDBClient,
  TableName: string,
  connection: string,
): Promise<SealedItem | undefined> {
  const get = new GetItemCommand({ TableName, Key: keyOf(connection), ConsistentRead: true });
  const { Item } = await callAws({ action: 'dynamodb:GetItem', resource: TableName }, () => client.send(get));
  return Item && parseItem(Item);
}

function parseItem({
  connection,
  version,
  sealed,
}: Readonly<Record<string, AttributeValue>>): SealedItem | undefined {
  if (connection?.S === undefined || version?.S === undefined || sealed?.B === undefined) return undefined;
  return { connection: connection.S, versionId: version.S, sealed: sealed.B };
}

async function scan(client: DynamoDBClient, TableName: string, options: Partial<ScanCommandInput> = {}) {
  return await callAws({ action: 'dynamodb:Scan', resource: TableName }, async () => {
    const pages = paginateScan({ client }, { TableName, ConsistentRead: true, ...options });
    const all = [];
    for await (const { Items = [] } of pages) all.push(...Items);
    return all;
  });
}

/** Credentials, and the KMS key that they were sealed with. */
export interface OpenedItem {
  readonly text: Redacted;
  readonly keyArn: string;
}

/**
 * Opens credentials with the key that they were sealed with, whichever it is. KMS accepts them only for their connection and deployment.
 * Throws `InfrastructureError`.
 */
export async function openWithItsKey(
  kms: KMSClient,
  secretPrefix: string,
  { connection, sealed }: Pick<SealedItem, 'connection' | 'sealed'>,
): Promise<OpenedItem> {
  const EncryptionContext = { ...encryptionContext(secretPrefix, { kind: 'credentials', connection }) };
  const command = new DecryptCommand({ CiphertextBlob: sealed, EncryptionContext });
  const call = { action: 'kms:Decrypt', resource: `the credentials of ${connection}` };
  const { KeyId: keyArn = '', Plaintext } = await callAws(call, () => kms.send(command));
  return { text: new Redacted(new TextDecoder().decode(Plaintext)), keyArn };
}
