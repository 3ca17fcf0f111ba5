import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { LastPublished } from '../../core/connection/lost-row.ts';
import { MAX_GENERATION } from '../../core/secrets/access-token.ts';
import { ACCESS_TOKEN_LIFETIME_MS } from '../../core/zoho/token-response.ts';
import { callAws } from '../aws-errors.ts';
import { keyOf } from '../connection-row.ts';
import { versionIdOf } from '../token-secrets.ts';
import { untilAborted } from '../until-aborted.ts';

/** An access token as the second store has it: `{"connection","generation","expiresAt","sealed"}`. */
export interface TokenItem {
  readonly generation: number;
  readonly expiresAtMs: number;
  /** The JSON that a token secret has, encrypted for its connection. */
  readonly sealed: Uint8Array;
}

/** The item of a connection as it is now, or undefined if nothing is published. Throws `InfrastructureError`. */
export async function readTokenItem(
  client: DynamoDBClient,
  tableName: string,
  { connection, signal }: { readonly connection: string; readonly signal: AbortSignal },
): Promise<TokenItem | undefined> {
  const get = new GetItemCommand({ TableName: tableName, Key: keyOf(connection), ConsistentRead: true });
  const { Item } = await callAws({ action: 'dynamodb:GetItem', resource: tableName }, () =>
    untilAborted(signal, client.send(get, { abortSignal: signal })),
  );
  return (
    Item && {
      generation: generationOf(Item.generation?.N),
      expiresAtMs: numberOf(Item.expiresAt?.N),
      sealed: Item.sealed?.B ?? new Uint8Array(),
    }
  );
}

/** What an item says without being decrypted. */
export function lastPublishedOf(connection: string, { generation, expiresAtMs }: TokenItem): LastPublished {
  const token = { issuedAtMs: expiresAtMs - ACCESS_TOKEN_LIFETIME_MS, expiresAtMs };
  return { store: 'dynamodb', versionId: versionIdOf(connection, generation), generation, token };
}

/** 0 for what no refresher wrote. */
function generationOf(text: string | undefined): number {
  const generation = numberOf(text);
  return generation <= MAX_GENERATION ? generation : 0;
}

function numberOf(text: string | undefined): number {
  const number = Number(text);
  return Number.isFinite(number) ? number : 0;
}
