import { parseAccessToken, storedGeneration } from '../secrets/access-token.ts';
import { type Connection, type ConnectionSource, registerConnection } from './connection.ts';

/** A published token as far as it can be known without decrypting it. */
export interface KnownToken {
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly apiDomain?: string | undefined;
  readonly dataCenter?: string | undefined;
  readonly scope?: string | undefined;
  readonly hasOwnMetrics?: boolean | undefined;
}

/** What the token's store says about a connection whose row is missing. */
export interface LastPublished {
  /** Version that has AWSCURRENT; undefined while the secret is empty. */
  readonly versionId: string | undefined;
  /** Its generation; 0 if it is unknown. */
  readonly generation: number;
  /** Undefined if no valid token of this connection is published. */
  readonly token: KnownToken | undefined;
  /** Undefined for Secrets Manager. */
  readonly store?: Connection['store'];
}

/** An empty token secret: the stack or `zoho-tokens connect` created it, and nothing was published. */
export const NOTHING_PUBLISHED: LastPublished = { versionId: undefined, generation: 0, token: undefined };

/** Parses the current version of a token secret. A text that no refresher wrote counts as generation 0. */
export function parseLastPublished(name: string, versionId: string | undefined, text: string): LastPublished {
  const parsed = parseAccessToken(text);
  const isOurs = parsed.ok && parsed.token.connection === name;
  return { versionId, generation: storedGeneration(text) ?? 0, token: isOurs ? parsed.token : undefined };
}

/** A longer life was not issued by Zoho, whose tokens are valid for an hour. */
const LONGEST_LIFE_MS = 24 * 3600_000;

/**
 * The row of a connection whose row is missing, due at once. It continues with the published generation, so that the next
 * token is above it, and answers consumers by the published token. Times edited by hand are limited, because the next
 * token is never issued before the previous one.
 */
export function registerAgain(
  name: string,
  source: ConnectionSource,
  { versionId, generation, token, store }: LastPublished,
  nowMs: number,
): Connection {
  const row = { ...registerConnection(name, source, nowMs), generation, ...(store && { store }) };
  if (token === undefined || versionId === undefined) return row;
  const issuedAtMs = Math.min(token.issuedAtMs, nowMs);
  return {
    ...row,
    status: 'active',
    publishedGeneration: generation,
    token: { versionId, issuedAtMs, expiresAtMs: Math.min(token.expiresAtMs, issuedAtMs + LONGEST_LIFE_MS) },
    apiDomain: token.apiDomain,
    dataCenter: token.dataCenter,
    scope: token.scope,
    mintsMs: [issuedAtMs],
    publishesMs: [issuedAtMs],
  };
}
