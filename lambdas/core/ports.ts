import type { Connection } from './connection/connection.ts';
import type { LastPublished } from './connection/lost-row.ts';
import type { StateChange } from './connection/state-change.ts';
import type { InfrastructureError } from './failures.ts';
import type { Expiry } from './incidents/alarm-weight.ts';
import type { ClientUsers } from './incidents/client-users.ts';
import type { Notification } from './incidents/notification.ts';
import type { MetricName } from './metrics.ts';
import type { Redacted } from './redacted.ts';
import type { AccessToken, ParsedAccessToken } from './secrets/access-token.ts';
import type { Credentials } from './secrets/credentials.ts';
import type { StoredClient } from './secrets/shared-client.ts';
import type { TokenResponse } from './zoho/token-response.ts';

/**
 * What the core needs from outside. Methods that call another machine take a signal that aborts them, and throw
 * `InfrastructureError` when that machine fails. Expected outcomes are values.
 */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A signal that aborts after this many milliseconds, which may be a fraction; at once if they are negative. */
  abortAfter(ms: number): AbortSignal;
}

/** A clock that is compared with those of AWS and Zoho, because the machine's own may be wrong. */
export interface CheckedClock extends Clock {
  /** Milliseconds since some moment, for durations: a correction of the time does not change them. */
  elapsed(): number;
  /** True once a response of AWS has confirmed or corrected the time. */
  isChecked(): boolean;
  /** The largest differences since the last call. */
  takeSkews(): ClockSkews;
}

/** How far clocks are ahead of AWS's, in milliseconds; negative if they are behind. */
export interface ClockSkews {
  /** The machine's. */
  readonly ownMs: number;
  readonly zohoMs: number;
}

export type WriteResult =
  /** `row` is what the table has now. */
  | { readonly written: true; readonly row: Connection }
  /** The condition failed. `current` is the row that won, if the store returned it. */
  | { readonly written: false; readonly current: Connection | undefined };

/** The connections table. Its lists are those of declared connections, unless other partitions are chosen. */
export interface ConnectionStore {
  /** The same table, with the lists of these partitions. Undefined is that of declared connections. */
  inPartitions(partitions: readonly (number | undefined)[]): ConnectionStore;
  /** The row as it is now (strongly consistent), or undefined when there is none. */
  read(name: string, signal: AbortSignal): Promise<Connection | undefined>;
  /** Due rows, longest overdue first. They come from an index: the conditional write decides. */
  due(nowMs: number, signal: AbortSignal): AsyncIterable<Connection | MalformedRow>;
  /** Rows that are due after this, soonest first. They come from an index. */
  dueAfter(timeMs: number, signal: AbortSignal): AsyncIterable<Connection | MalformedRow>;
  /** The tokens that expire first, over all connections that should have one: at most `limit`, by one call, soonest first. */
  soonestExpiries(limit: number, signal: AbortSignal): Promise<readonly Expiry[]>;
  /** When each connection that is refreshed on schedule is attempted next, by name. From an index, so it may be a moment old. */
  planned(signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /** The connections that use a client and are not disabled, some at a time. From an index, so they may be a moment old. */
  usersOf(client: string, signal: AbortSignal): AsyncIterable<ClientUsers>;
  /** Makes a malformed row due later, unless it was rescheduled meanwhile. Nothing else of it is changed. */
  postpone(row: MalformedRow, untilMs: number, signal: AbortSignal): Promise<void>;
  /** Adds a row unless the connection has one. */
  create(connection: Connection, signal: AbortSignal): Promise<{ created: boolean }>;
  /**
   * Writes `next` if the row is still as `seen` and its lease is free at `nowMs`. The row is then due a millisecond earlier, if nothing
   * else would tell it from `seen`.
   */
  replaceIfFree(seen: Connection, next: Connection, nowMs: number, signal: AbortSignal): Promise<WriteResult>;
  /** Writes `next` if the row still has the lease of `held`. */
  replaceIfHeld(held: Connection, next: Connection, signal: AbortSignal): Promise<WriteResult>;
}

/** A row that cannot be parsed: edited by hand, or written by another version. */
export interface MalformedRow {
  readonly malformed: true;
  readonly name: string;
  readonly problem: string;
  /** Its key and its place in the list of what is due, if these can be read. The key may be no valid name. */
  readonly place?: { readonly key: string; readonly nextAttemptAtMs: number } | undefined;
}

export type StoredCredentials =
  | {
      readonly kind: 'found';
      readonly versionId: string;
      readonly text: Redacted;
      /** The client that they refer to, where it was read with them. */
      readonly clientText?: Redacted | undefined;
    }
  /** The secret exists and has no value. */
  | { readonly kind: 'empty' };

/** The credentials secrets, read only. */
export interface CredentialsStore {
  read(connection: string, signal: AbortSignal): Promise<StoredCredentials>;
}

/** The secrets of shared clients. */
export interface ClientStore {
  /** The current version, and the one with a new secret, if there is one. Undefined if there is no client of this name. */
  read(client: string, signal: AbortSignal): Promise<StoredClient | undefined>;
  /** Makes the pending version current. False if another one than `fromVersionId` has become current since. */
  promote(
    client: string,
    versions: { readonly fromVersionId: string; readonly pendingVersionId: string },
    signal: AbortSignal,
  ): Promise<boolean>;
}

/** Credentials with a refresh token that Zoho has issued in place of the one that was used. */
export interface RotatedCredentials {
  readonly connection: string;
  /** Of the lease under which it was issued. */
  readonly generation: number;
  /** JSON of the credentials secret. */
  readonly text: Redacted;
  /** The version with the refresh token that was used. */
  readonly usedVersionId: string;
}

export type RotationResult =
  /** The version is the current one of the credentials secret. */
  | { readonly kind: 'current'; readonly versionId: string }
  /** Other credentials than those that were used are current: an operator has stored them, and they count. */
  | { readonly kind: 'superseded' };

/** The credentials secrets, written when Zoho rotates a refresh token. */
export interface RotatedCredentialsStore {
  /** Stores the credentials and makes them current, unless others than those that were used are. */
  store(rotated: RotatedCredentials, signal: AbortSignal): Promise<RotationResult>;
  /** Makes credentials current that were stored to replace this version, if that was not done yet. */
  recover(
    connection: string,
    refusedVersionId: string,
    signal: AbortSignal,
  ): Promise<RotationResult | { readonly kind: 'none' }>;
}

/** Zoho's token endpoint. Never throws: a missing answer is a refusal with a failure. */
export interface TokenEndpoint {
  refresh(credentials: Credentials, signal: AbortSignal): Promise<TokenResponse>;
}

export type PublishResult =
  | { readonly kind: 'published'; readonly versionId: string }
  /** The secret has a token of the same or a higher generation: ours was dropped. */
  | { readonly kind: 'superseded'; readonly generationFound: number }
  /** It is certain that nothing was written: no version is counted. */
  | { readonly kind: 'not-stored'; readonly error: InfrastructureError };

/** The token secrets: written by the fenced publish only. */
export interface TokenStore {
  /** What is published. Undefined if there is no secret, it is being deleted, or the policies allow no access to it. */
  lastPublished(connection: string, signal: AbortSignal): Promise<LastPublished | undefined>;
  /** `fromVersionId`: the version that the row says is AWSCURRENT. */
  publish(token: AccessToken, fromVersionId: string | undefined, signal: AbortSignal): Promise<PublishResult>;
}

/** What is read and written under the name of one connection, in Secrets Manager or in the second store. */
export interface SecretStores {
  readonly credentials: CredentialsStore;
  readonly rotatedCredentials: RotatedCredentialsStore;
  readonly tokens: TokenStore;
}

/** The content of another deployment's token secret. */
export type FollowedToken = ParsedAccessToken | { readonly ok: false; readonly problems: 'empty' };

/** The token secrets of the deployment that is followed during a move, read only. */
export interface FollowedTokenStore {
  read(secretPrefix: string, connection: string, signal: AbortSignal): Promise<FollowedToken>;
}

/** Records metrics of this moment for the fleet, and for the connection if there is one. */
export interface MetricsRecorder {
  record(values: Partial<Record<MetricName, number>>, connection?: string): void;
  /** Records metrics of a shard only. */
  recordShard(values: Partial<Record<MetricName, number>>, shard: number): void;
}

/** Announces state changes to other programs. Best effort: nothing depends on it. */
export interface StateChangeAnnouncer {
  announce(changes: readonly StateChange[], signal: AbortSignal): Promise<void>;
}

/** Publishes notifications for on-call. */
export interface Notifier {
  publish(notification: Notification, signal: AbortSignal): Promise<void>;
  /** False for a while after a failure, so that a topic that does not answer delays no refreshes. */
  mayPublish(level: Notification['level']): boolean;
}

/** Structured log. Fields never contain secrets. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
