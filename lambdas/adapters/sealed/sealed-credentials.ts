import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { CredentialsStore, StoredCredentials } from '../../core/ports.ts';
import type { Redacted } from '../../core/redacted.ts';
import { callAws, translateAwsError } from '../aws-errors.ts';
import { keyOf } from '../connection-row.ts';
import type { CredentialsWrite } from '../consent/credentials-writes.ts';
import { untilAborted } from '../until-aborted.ts';
import type { Sealer } from './sealer.ts';

const nothingIsStored = 'attribute_not_exists(#connection)';
const versionIsTheOneSeen = 'version = :seen';

/** Credentials that replace those of a version. */
export interface SealedWrite {
  readonly connection: string;
  /** Unique: what is stored again with the same one is the same. */
  readonly versionId: string;
  readonly text: Redacted;
  /** The version that they replace. Undefined: none may be stored. */
  readonly seenVersionId: string | undefined;
}

/** The credentials of the second store, for those who may replace them. */
export interface SealedCredentials extends CredentialsStore {
  /** A compare-and-swap. */
  write(write: SealedWrite, signal: AbortSignal): Promise<CredentialsWrite>;
  /** The version that is stored, without decrypting it. */
  versionOf(connection: string, signal: AbortSignal): Promise<string | undefined>;
}

/**
 * The credentials in the second store. An item is `{"connection","version","sealed"}`; `sealed` is the JSON that a credentials secret
 * has, encrypted for its connection.
 */
export function createSealedCredentials(
  client: DynamoDBClient,
  { tableName, sealer }: { readonly tableName: string; readonly sealer: Sealer },
): SealedCredentials {
  const callOf = (action: string) => ({ action: `dynamodb:${action}`, resource: tableName });

  const readItem = async (connection: string, signal: AbortSignal) => {
    const get = new GetItemCommand({ TableName: tableName, Key: keyOf(connection), ConsistentRead: true });
    const { Item } = await callAws(callOf('GetItem'), () =>
      untilAborted(signal, client.send(get, { abortSignal: signal })),
    );
    return Item && { versionId: Item.version?.S ?? '', sealed: Item.sealed?.B ?? new Uint8Array() };
  };

  return {
    read: async (connection, signal): Promise<StoredCredentials> => {
      const stored = await readItem(connection, signal);
      if (stored === undefined) return { kind: 'empty' };
      const text = await sealer.open({ kind: 'credentials', connection }, stored.sealed, signal);
      return { kind: 'found', versionId: stored.versionId, text };
    },

    versionOf: async (connection, signal) => (await readItem(connection, signal))?.versionId,

    write: async ({ connection, versionId, text, seenVersionId }, signal) => {
      const sealed = await sealer.seal({ kind: 'credentials', connection }, text, signal);
      const isFirst = seenVersionId === undefined;
      const command = new PutItemCommand({
        TableName: tableName,
        Item: { ...keyOf(connection), version: { S: versionId }, sealed: { B: sealed } },
        ConditionExpression: isFirst ? nothingIsStored : versionIsTheOneSeen,
        ...(isFirst
          ? { ExpressionAttributeNames: { '#connection': 'connection' } }
          : { ExpressionAttributeValues: { ':seen': { S: seenVersionId } } }),
      });
      try {
        await untilAborted(signal, client.send(command, { abortSignal: signal }));
        return { kind: 'stored', versionId };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException))
          throw translateAwsError(error, callOf('PutItem'));
        // If the answer to an earlier try was lost, what is stored is ours.
        const isOurs = (await readItem(connection, signal))?.versionId === versionId;
        return isOurs ? { kind: 'stored', versionId } : { kind: 'conflict' };
      }
    },
  };
}
