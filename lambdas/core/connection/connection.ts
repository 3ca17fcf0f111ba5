import type { FailureCode } from '../failures.ts';
import type { Intent, SecretStoreName } from './secret-store.ts';

/**
 * - `pending`: registered, never authorized: its credentials secret is empty or does not exist
 * - `active`: refreshed on schedule
 * - `cooling-down`: Zoho throttled us and is not called for a while; consumers still get the published token
 * - `blocked`: an operator must authorize it again or fix its credentials
 * - `disabled`: paused, disconnected or no longer declared: never refreshed
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
  /** Undefined for Secrets Manager. Declared connections are always there. */
  readonly store?: Exclude<SecretStoreName, 'secrets-manager'> | undefined;
  /** The store that it is being moved from. Its readers may not know of the move yet, and something may be left there. */
  readonly movedFrom?: SecretStoreName | undefined;
  /** Its partition of the indexes in a fleet. Undefined: the one of declared connections. */
  readonly partition?: number | undefined;
  /** For the second store only. */
  readonly intent?: Intent | undefined;
  /** Fencing number: grows with every lease, and is never reset. */
  readonly generation: number;
  /** Generation of the token that consumers read; 0 before the first. */
  readonly publishedGeneration: number;
  readonly lease: Lease | undefined;
  readonly nextAttemptAtMs: number;
  readonly token: PublishedToken | undefined;
  readonly apiDomain: string | undefined;
  /** Host of the `api_domain` that Zoho sent last, if it is ignored: it is unknown, or belongs to another data center. */
  readonly ignoredApiDomain: string | undefined;
  /** Data center of the credentials that were used last. */
  readonly dataCenter: string | undefined;
  /** Granted scopes, comma-separated. */
  readonly scope: string | undefined;
  /** Times of calls to Zoho's token endpoint, oldest first: those of the last minutes, and always the latest one. */
  readonly mintsMs: readonly number[];
  /** When versions were written to the token secret in the last day, oldest first. */
  readonly publishesMs: readonly number[];
  /** What consumers reported about its tokens. */
  readonly complaints: Complaints;
  /** Consecutive failures with the same effect as `lastFailure`. */
  readonly failures: number;
  readonly lastFailure: LastFailure | undefined;
  /** Since when it is blocked. Undefined if it is not, or if an earlier version blocked it. */
  readonly blockedAtMs: number | undefined;
  /** Version of the credentials secret that Zoho or our parser judged last. */
  readonly credentialsVersionId: string | undefined;
  /** The shared client that the credentials referred to when they were read last. Undefined if they have their own. */
  readonly client?: string | undefined;
  /** The OAuth client with which Zoho was asked last, see `clientKeyOf`. Undefined in rows of earlier versions. */
  readonly clientKey?: string | undefined;
  /** Versions of the credentials secret that were refused lately, oldest first. */
  readonly refusedCredentials: readonly RefusedCredentials[];
  /**
   * Version of the credentials secret whose authorization has ended: an operator revoked it, or Zoho refused it before the connection
   * was disconnected. Zoho is not asked about it: the connection waits for another version.
   */
  readonly endedCredentials: string | undefined;
  /** During a move: the deployment that mints for this connection. This one republishes its tokens and never mints. */
  readonly follows: Following | undefined;
  /** What on-call is notified about, one for each problem. */
  readonly incidents: readonly Incident[];
  /** While notifications are pending: when they are published again, unless the row is attempted earlier. */
  readonly notifyAtMs: number | undefined;
  /** Who is notified about a connection that was added at run time. Undefined for the default. */
  readonly severity: Severity | undefined;
  /** How often it was disconnected and connected anew: invites belong to one incarnation. Undefined for 0. */
  readonly incarnation?: number | undefined;
}

/**
 * What can be wrong with one connection, as on-call is notified about it.
 * - `blocked`: Zoho refuses the credentials and has repeated it, or they cannot be parsed
 * - `client-refused`: the same because of the client that it shares with others. On-call is notified about the client once
 * - `scope-drift`: a declared scope is not granted
 * - `tokens-rejected`: consumers reject tokens that Zoho has just issued
 * - `never-authorized`: declared a day ago or longer, and still without credentials
 * - `no-token`: in service, and without a valid token for a while, although few other connections fail
 * - `row-lost`: its row had disappeared from the table, and was created again
 */
export const PROBLEMS = [
  'blocked',
  'client-refused',
  'scope-drift',
  'tokens-rejected',
  'never-authorized',
  'no-token',
  'row-lost',
] as const;
export type Problem = (typeof PROBLEMS)[number];

/**
 * - `waiting`: it has not lasted long enough to notify anyone
 * - `begun`: the notification about it is pending
 * - `notified`: it lasts, and the notification about it was published
 * - `ended`: the notification about its end is pending
 */
export const INCIDENT_STATES = ['waiting', 'begun', 'notified', 'ended'] as const;

/** A problem from its beginning until the notification about its end is published. */
export interface Incident {
  readonly problem: Problem;
  readonly sinceMs: number;
  readonly state: (typeof INCIDENT_STATES)[number];
  /** For `client-refused` only: the client, and when the incident began or ended. */
  readonly client?: IncidentOfClient | undefined;
}

export interface IncidentOfClient {
  readonly name: string;
  /** Since when the notification about its beginning or end is pending. */
  readonly changedAtMs: number;
}

/** Where notifications about a connection go: to the topic of pages, to that of tickets, or nowhere. */
export const SEVERITIES = ['page', 'ticket', 'none'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What consumers reported about the tokens of a connection: that Zoho's API rejected the published one. */
export interface Complaints {
  /** When tokens were minted because of a complaint in the last day, oldest first. */
  readonly mintsMs: readonly number[];
  /** Generation of the published token that a consumer last complained about. */
  readonly challengedGeneration: number | undefined;
  /** How many complaints led to a mint since a token was last renewed on schedule without a complaint about it. */
  readonly inARow: number;
}

export const NO_COMPLAINTS: Complaints = { mintsMs: [], challengedGeneration: undefined, inARow: 0 };

/** What a connection follows during a move to another prefix. */
export interface Following {
  /** Prefix of the other deployment's secrets. */
  readonly secretPrefix: string;
  /** Generation, in the other deployment, of the token that was republished last; 0 before the first. */
  readonly generation: number;
}

/** A connection that follows another deployment. */
export type FollowingConnection = Connection & { readonly follows: Following };

export function isFollowing(connection: Connection): connection is FollowingConnection {
  return connection.follows !== undefined;
}

/** The right to mint for a connection until `untilMs`. */
export interface Lease {
  /** Unique per attempt, so that a holder recognizes its own lease. */
  readonly owner: string;
  readonly untilMs: number;
}

/** What the row records about the published token. The token itself is only in Secrets Manager. */
export interface PublishedToken {
  /** Secrets Manager version that had AWSCURRENT after the publish. The next publish moves the label from it. */
  readonly versionId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** A version of the credentials secret that Zoho, or our own parser, refused. */
export interface RefusedCredentials {
  readonly versionId: string;
  /** When it was refused first, since it was last accepted. */
  readonly firstAtMs: number;
  /** When it was refused last. */
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
    ignoredApiDomain: undefined,
    dataCenter: undefined,
    scope: undefined,
    mintsMs: [],
    publishesMs: [],
    complaints: NO_COMPLAINTS,
    failures: 0,
    lastFailure: undefined,
    blockedAtMs: undefined,
    credentialsVersionId: undefined,
    refusedCredentials: [],
    endedCredentials: undefined,
    follows: undefined,
    incidents: [],
    notifyAtMs: undefined,
    severity: undefined,
  };
}

/**
 * True if Zoho or our parser has judged credentials of this connection, or a token was published with them. Until then, a
 * credentials secret that cannot be found means that no one has authorized the connection yet.
 */
export function hadCredentials({ credentialsVersionId, token }: Connection): boolean {
  return credentialsVersionId !== undefined || token !== undefined;
}

/**
 * True if it was disabled because it is no longer declared, not by an operator. It is enabled again once it is
 * declared.
 */
export function isRetired({ status, lastFailure }: Connection): boolean {
  return status === 'disabled' && lastFailure?.code === 'undeclared';
}

/** When the schedule looks at the connection next: for an attempt, or only to publish notifications. */
export function scheduledAtMs({
  nextAttemptAtMs,
  notifyAtMs,
}: Pick<Connection, 'nextAttemptAtMs' | 'notifyAtMs'>): number {
  return Math.min(nextAttemptAtMs, notifyAtMs ?? Number.POSITIVE_INFINITY);
}

/** True for a connection that is refreshed on schedule. */
export function isInService(status: string | undefined): boolean {
  return status === 'active' || status === 'cooling-down';
}

/** True if a token is published that has not expired. */
export function hasValidToken({ token }: Pick<Connection, 'token'>, nowMs: number): boolean {
  return token !== undefined && token.expiresAtMs > nowMs;
}

/**
 * True while consumers may expect a valid token: the `expiry` index contains these connections. Includes a pending
 * connection whose credentials were emptied, because nothing else reports that its token expires. Excludes blocked
 * connections, which have an alarm of their own, and those that wait because their authorization has ended.
 */
export function shouldHaveValidToken({ status, token, endedCredentials }: Connection): boolean {
  const isWaiting = status === 'pending' && endedCredentials !== undefined;
  const isGivenUp = status === 'blocked' || status === 'disabled' || isWaiting;
  return !isGivenUp && token !== undefined;
}
