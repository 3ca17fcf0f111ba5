import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { translateAwsError } from '../../adapters/aws-errors.ts';
import { keyOf } from '../../adapters/connection-row.ts';
import { type Pauses, persist } from '../../adapters/persist.ts';
import type { Sealer } from '../../adapters/sealed/sealer.ts';
import { lastPublishedOf, readTokenItem, type TokenItem } from '../../adapters/sealed/token-items.ts';
import { versionIdOf } from '../../adapters/token-secrets.ts';
import { untilAborted } from '../../adapters/until-aborted.ts';
import { InfrastructureError } from '../../core/failures.ts';
import type { PublishResult, TokenStore } from '../../core/ports.ts';
import { Redacted } from '../../core/redacted.ts';
import { type AccessToken, MAX_GENERATION, serializeAccessToken } from '../../core/secrets/access-token.ts';

const nothingIsPublished = 'attribute_not_exists(generation)';
const publishedIsOlder = 'generation < :mine';

/** No refresher wrote these: what was written by hand cannot fence out every later token. */
const publishedIsTooHigh = 'generation > :most';
const publishedIsNoCount = 'NOT generation >= :zero';

/** The fence: an older token never replaces a newer one, however late it is. */
const NEWER_ONLY = [nothingIsPublished, publishedIsOlder, publishedIsTooHigh, publishedIsNoCount].join(
  ' OR ',
);

interface SealedTokensOptions {
  readonly tableName: string;
  readonly sealer: Sealer;
  /** Without pauses, each call is tried once. */
  readonly pauses?: Pauses | undefined;
}

/**
 * The access tokens of the second store. An item is `{"connection","generation","expiresAt","sealed"}`; `sealed` is the JSON that a
 * token secret has, encrypted for its connection. One conditional write is both the publish and its fence.
 */
export function createSealedTokens(
  client: DynamoDBClient,
  { tableName, sealer, pauses }: SealedTokensOptions,
): TokenStore {
  const read = (connection: string, signal: AbortSignal) =>
    readTokenItem(client, tableName, { connection, signal });

  /** Whether the item was written. False: a token of the same or a higher generation is published. */
  const put = async (token: AccessToken, sealed: Uint8Array, signal: AbortSignal): Promise<boolean> => {
    const command = new PutItemCommand({
      TableName: tableName,
      Item: {
        ...keyOf(token.connection),
        generation: { N: String(token.generation) },
        expiresAt: { N: String(token.expiresAtMs) },
        sealed: { B: sealed },
      },
      ConditionExpression: NEWER_ONLY,
      ExpressionAttributeValues: {
        ':mine': { N: String(token.generation) },
        ':most': { N: String(MAX_GENERATION) },
        ':zero': { N: '0' },
      },
    });
    try {
      await untilAborted(signal, client.send(command, { abortSignal: signal }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw translateAwsError(error, { action: 'dynamodb:PutItem', resource: tableName });
    }
  };

  return {
    lastPublished: async (connection, signal) => {
      const stored = await read(connection, signal);
      return stored && lastPublishedOf(connection, stored);
    },

    publish: async (token, _fromVersionId, signal) => {
      const { connection } = token;
      let mayBeStored = false;
      try {
        const text = new Redacted(serializeAccessToken(token));
        const sealed = await persist(pauses, signal, () =>
          sealer.seal({ kind: 'access-token', connection }, text, signal),
        );
        return await persist(pauses, signal, async () => {
          const isWritten = await put(token, sealed, signal).catch((error: unknown) => {
            // A refusal wrote nothing. After a timeout or a 5xx error, it may be stored.
            mayBeStored ||= !(error instanceof InfrastructureError) || error.code === 'aws_unavailable';
            throw error;
          });
          if (isWritten) return published(token);
          // The answer to an earlier attempt of the SDK may have been lost.
          mayBeStored = true;
          return refused(token, sealed, await read(connection, signal));
        });
      } catch (error) {
        if (mayBeStored || !(error instanceof InfrastructureError)) throw error;
        return { kind: 'not-stored', error };
      }
    },
  };

  /** If the answer to an earlier try was lost, what is stored is ours: no two encryptions give the same bytes. */
  function refused(token: AccessToken, sealed: Uint8Array, stored: TokenItem | undefined): PublishResult {
    const isOurs = stored !== undefined && Buffer.compare(stored.sealed, sealed) === 0;
    if (isOurs) return published(token);
    return { kind: 'superseded', generationFound: stored?.generation ?? token.generation };
  }
}

function published({ connection, generation }: AccessToken): PublishResult {
  return { kind: 'published', versionId: versionIdOf(connection, generation) };
}
