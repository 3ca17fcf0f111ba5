import type { FailureCode } from '../failures.ts';

/**
 * - `pending`: registered, never authorized: its credentials secret is empty
 * - `active`: refreshed on schedule
 * - `cooling-down`: Zoho throttled us and is left alone for a while; the published token is still served
 * - `blocked`: a human must act: re-authorize, or mend the credentials
 * - `disabled`: paused, disconnected or no longer declared: never attempted
 */
export const CONNECTION_STATUSES = ['pending', 'active', 'cooling-down', 'blocked', 'disabled'] as const;
export type ConnectionStatus = (typeof CONNECTION_STATUSES)[number];

/** `declared` in the stack's configuration, or `connected` at run time by the CLI. */
export const CONNECTION_SOURCES = ['declared', 'connected'] as const;
export type ConnectionSource = (typeof CONNECTION_SOURCES)[number];

/** One row of the connections table. All times are milliseconds since the epoch. */
export interface Connection {
  readonly name: string;
  readonly status: ConnectionStatus;
  readonly source: ConnectionSource;
  /** Fencing number: grows with every lease acquired, never goes back, is never reset. */
  readonly generation: number;
  /** Generation of the token that consumers read; 0 before the first. */
  readonly publishedGeneration: number;
  readonly lease: Lease | undefined;
  readonly nextAttemptAtMs: number;
  readonly token: PublishedToken | undefined;
  readonly apiDomain: string | undefined;
  /** Data center of the credentials that were used last. */
  readonly dataCenter: string | undefined;
  /** Granted scopes, comma-separated. */
  readonly scope: string | undefined;
  /** Calls of the token endpoint, oldest first: those of the last minutes, and always the latest. */
  readonly mintsMs: readonly number[];
  /** Versions written to the token secret in the last day, oldest first. */
  readonly publishesMs: readonly number[];
  /** Consecutive failures with the same effect as `lastFailure`. */
  readonly failures: number;
  readonly lastFailure: LastFailure | undefined;
  /** Version of the credentials secret that was judged last by Zoho or by our own parser. */
  readonly credentialsVersionId: string | undefined;
  /** Versions of the credentials secret that were refused in the last hour, oldest first. */
  readonly refusedCredentials: readonly RefusedCredentials[];
}

/** The right to mint for a connection until `untilMs`. */
export interface Lease {
  /** Unique per attempt, so that a holder recognizes its own lease. */
  readonly owner: string;
  readonly untilMs: number;
}

/** What the row knows of the published token; the token itself is only in Secrets Manager. */
export interface PublishedToken {
  /** Secrets Manager version that held AWSCURRENT after the publish: where the next one moves it from. */
  readonly versionId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** A version of the credentials secret that Zoho, or our own parser, refused. */
export interface RefusedCredentials {
  readonly versionId: string;
  readonly atMs: number;
}

export interface LastFailure {
  readonly code: FailureCode;
  readonly message: string;
  readonly atMs: number;
}

/** A connection that was never attempted, due at once. */
export function registerConnection(name: string, source: ConnectionSource, nowMs: number): Connection {
  return {
    name,
    status: 'pending',
    source,
    generation: 0,
    publishedGeneration: 0,
    lease: undefined,
    nextAttemptAtMs: nowMs,
    token: undefined,
    apiDomain: undefined,
    dataCenter: undefined,
    scope: undefined,
    mintsMs: [],
    publishesMs: [],
    failures: 0,
    lastFailure: undefined,
    credentialsVersionId: undefined,
    refusedCredentials: [],
  };
}

/** Whether it was switched off because it is no longer declared, as against by an operator. Declared again, it goes on. */
export function isRetired({ status, lastFailure }: Connection): boolean {
  return status === 'disabled' && lastFailure?.code === 'undeclared';
}

/**
 * True while consumers may expect a valid token: what the `expiry` index watches. Also for a pending connection whose
 * credentials were emptied: nothing else would tell of the end of its token. Not for a blocked one: that has its own alarm.
 */
export function shouldHaveValidToken(connection: Connection): boolean {
  const isGivenUp = connection.status === 'blocked' || connection.status === 'disabled';
  return !isGivenUp && connection.token !== undefined;
}
