import type { Connection } from './connection/connection.ts';
import type { StateChange } from './connection/state-change.ts';
import type { InfrastructureError } from './failures.ts';
import type { MetricName } from './metrics.ts';
import type { Redacted } from './redacted.ts';
import type { AccessToken } from './secrets/access-token.ts';
import type { Credentials } from './secrets/credentials.ts';
import type { TokenResponse } from './zoho/token-response.ts';

/**
 * What the core needs of the world. Methods that reach another machine take the signal that ends them in time, and
 * throw `InfrastructureError` when that machine does not do its part; expected outcomes are values.
 */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A signal that aborts when so many milliseconds have passed. */
  abortAfter(ms: number): AbortSignal;
}

export type WriteResult =
  | { readonly written: true }
  /** The condition did not hold. `current` is the row that won, where the store could tell. */
  | { readonly written: false; readonly current: Connection | undefined };

/** The connections table. */
export interface ConnectionStore {
  /** The row as it is now (strongly consistent), or undefined when there is none. */
  read(name: string, signal: AbortSignal): Promise<Connection | undefined>;
  /** Rows whose time has come, longest overdue first. From an index: only the conditional write decides. */
  due(nowMs: number, signal: AbortSignal): AsyncIterable<Connection | MalformedRow>;
  /** Expiry of the token nearest to it, over all connections that should have one. */
  soonestExpiryMs(signal: AbortSignal): Promise<number | undefined>;
  /** Adds a row unless there is one. */
  create(connection: Connection, signal: AbortSignal): Promise<{ created: boolean }>;
  /** Writes `next` if the row is still as `seen` and nobody holds a lease at `nowMs`. */
  replaceIfFree(seen: Connection, next: Connection, nowMs: number, signal: AbortSignal): Promise<WriteResult>;
  /** Writes `next` if the lease of `held` is still the row's. */
  replaceIfHeld(held: Connection, next: Connection, signal: AbortSignal): Promise<WriteResult>;
}

/** A row that is not a connection: written by hand, or by another version. */
export interface MalformedRow {
  readonly malformed: true;
  readonly name: string;
  readonly problem: string;
}

export type StoredCredentials =
  | { readonly kind: 'found'; readonly versionId: string; readonly text: Redacted }
  /** The secret exists and never had a value. */
  | { readonly kind: 'empty' };

/** The credentials secrets, read only. */
export interface CredentialsStore {
  read(connection: string, signal: AbortSignal): Promise<StoredCredentials>;
}

/** Zoho's token endpoint. Never throws for an answer or for the lack of one: both are judged. */
export interface TokenEndpoint {
  refresh(credentials: Credentials, signal: AbortSignal): Promise<TokenResponse>;
}

export type PublishResult =
  | { readonly kind: 'published'; readonly versionId: string }
  /** A token of the same or a higher generation stands there: ours was dropped. */
  | { readonly kind: 'superseded'; readonly generationFound: number }
  /** Nothing was written, for certain: it does not count against the versions of a day. */
  | { readonly kind: 'not-stored'; readonly error: InfrastructureError };

/** The token secrets: written by the fenced publish only. */
export interface TokenStore {
  /** `fromVersionId`: the version that the row says is AWSCURRENT. */
  publish(token: AccessToken, fromVersionId: string | undefined, signal: AbortSignal): Promise<PublishResult>;
}

/** Metrics of one moment. With a connection, they count for it as well as for the fleet. */
export interface MetricsRecorder {
  record(values: Partial<Record<MetricName, number>>, connection?: string): void;
}

/** Tells whoever automates on it what happened to connections. Best effort: nothing here depends on it. */
export interface StateChangeAnnouncer {
  announce(changes: readonly StateChange[], signal: AbortSignal): Promise<void>;
}

/** Structured log. Fields never hold secret material. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
