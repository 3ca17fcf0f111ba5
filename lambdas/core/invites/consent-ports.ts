import type { SecretStoreName } from '../connection/secret-store.ts';
import type { AuthorizedBy } from '../consent/authorized-by.ts';
import type { OAuthClient } from '../consent/oauth-client.ts';
import type { Failure } from '../failures.ts';
import type { ClientStore, Clock, ConnectionStore, Log } from '../ports.ts';
import type { Redacted } from '../redacted.ts';
import type { CodeResponse } from '../zoho/code-response.ts';
import type { DataCenterLocation } from '../zoho/data-centers.ts';
import type { ConsentEvent } from './consent-event.ts';
import type { ConsentMetricName } from './consent-metrics.ts';
import type { Attempt, ConsentRecord, Invite, Sealed } from './invite.ts';

/**
 * What ConsentApi needs from outside. Methods that call another machine take a signal that aborts them, and throw `InfrastructureError` when
 * that machine fails. Expected outcomes are values.
 */
export interface ConsentPorts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly invites: InviteStore;
  readonly connections: Pick<ConnectionStore, 'read' | 'create' | 'replaceIfFree'>;
  readonly secrets: ConnectionSecretStore;
  readonly clients: ClientStore;
  readonly sealer: Sealer;
  readonly zoho: ZohoConsent;
  readonly refresher: RefresherCaller;
  readonly events: ConsentAnnouncer;
  readonly metrics: ConsentMetrics;
  readonly log: Log;
}

/** Randomness and hashes. */
export interface Entropy {
  /** 16 random bytes as base64url. */
  id(): string;
  /** 32 random bytes as base64url. */
  secret(): string;
  /** SHA-256 as base64url. */
  hash(text: string): string;
  /** Compares two hashes in constant time. */
  isSame(one: string, other: string): boolean;
}

/** The table of consents. */
export interface InviteStore {
  /** Strongly consistent. */
  read(id: string, signal: AbortSignal): Promise<Invite | undefined>;
  /** False if there is an invite with this id. */
  create(invite: Invite, signal: AbortSignal): Promise<boolean>;
  /** Writes the next version, and returns it. Undefined if another write came first. */
  replace(next: Invite, written: string, signal: AbortSignal): Promise<Invite | undefined>;
  /** From an index, so it may be a moment old. */
  dueForSweep(nowMs: number, signal: AbortSignal): Promise<readonly string[]>;
  list(
    page: { readonly connection?: string | undefined; readonly next?: string | undefined },
    signal: AbortSignal,
  ): Promise<{
    readonly invites: readonly Invite[];
    /** Why rows cannot be read. */
    readonly malformed: readonly string[];
    readonly next: string | undefined;
  }>;
  readAttempt(hash: string, signal: AbortSignal): Promise<Attempt | undefined>;
  createAttempt(attempt: Attempt, signal: AbortSignal): Promise<void>;
  /** False if it was claimed before. */
  claimAttempt(
    hash: string,
    claim: { readonly by: string; readonly nowMs: number },
    signal: AbortSignal,
  ): Promise<boolean>;
  /** When the last codes of a client came, oldest first. */
  codesOf(client: string, signal: AbortSignal): Promise<readonly number[]>;
  recordCodes(client: string, codesMs: readonly number[], signal: AbortSignal): Promise<void>;
  recordConsent(record: ConsentRecord, signal: AbortSignal): Promise<void>;
  /** What this user authorized with this client, oldest first. From an index, so it may be a moment old. */
  authorizedBy(
    grantor: string,
    signal: AbortSignal,
  ): Promise<readonly Pick<ConsentRecord, 'connection' | 'inviteId'>[]>;
  /** The grantor that a person turned out to be, by the hash of a {@link ConsentRecord}. */
  grantorOf(person: string, signal: AbortSignal): Promise<string | undefined>;
}

/** The credentials of a connection as they are stored. */
export type CurrentCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly versionId: string; readonly text: Redacted };

/** What is known about a connection that was connected at run time. */
export interface ConnectionSpec {
  readonly dataCenter: DataCenterLocation | undefined;
  readonly scopes: readonly string[];
}

/** The secrets of connections. */
export interface ConnectionSecretStore {
  /** `none` also for a secret that does not exist, is empty, or is being deleted. */
  readCredentials(connection: string, signal: AbortSignal): Promise<CurrentCredentials>;
  /** As the tags of the token secret say. */
  readSpec(connection: string, signal: AbortSignal): Promise<ConnectionSpec>;
  /** Stores credentials if the version that was seen is still current. Creates the secret if it does not exist. */
  storeCredentials(
    connection: string,
    write: { readonly text: Redacted; readonly fromVersionId: string | undefined },
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'stored'; readonly versionId: string } | { readonly kind: 'conflict' }>;
  /** Creates or restores the token secret of a connection, with its tags. Repeatable. */
  prepareToken(connection: string, spec: ConnectionSpec, signal: AbortSignal): Promise<void>;
}

/** Encrypts with the deployment's key, for one invite and one kind of content. */
export interface Sealer {
  seal(kind: SealKind, invite: string, text: Redacted, signal: AbortSignal): Promise<Sealed>;
  open(kind: SealKind, invite: string, sealed: Sealed, signal: AbortSignal): Promise<Redacted>;
}
export type SealKind = 'grant' | 'code';

/** Zoho's accounts servers. Never throws: a missing answer is a value. */
export interface ZohoConsent {
  exchange(
    exchange: {
      readonly dataCenter: DataCenterLocation;
      readonly client: OAuthClient;
      readonly code: Redacted;
      readonly redirectUri: string;
    },
    signal: AbortSignal,
  ): Promise<CodeResponse>;
  identify(
    token: {
      readonly dataCenter: DataCenterLocation;
      readonly accessToken: Redacted;
      readonly scope: string | undefined;
    },
    signal: AbortSignal,
  ): Promise<AuthorizedBy>;
  revoke(
    token: { readonly dataCenter: DataCenterLocation; readonly refreshToken: Redacted },
    signal: AbortSignal,
  ): Promise<'revoked' | 'already-invalid' | { readonly failure: Failure }>;
}

/** Asks the refresher for a token with the new credentials. */
export interface RefresherCaller {
  /** Never throws, and waits for a few seconds at most: the row says what became of it. */
  refresh(connection: string, signal: AbortSignal): Promise<void>;
}

/** Metrics of the deployment. */
export interface ConsentMetrics {
  count(name: ConsentMetricName): void;
}

/** Best effort. Never throws. */
export interface ConsentAnnouncer {
  announce(event: ConsentEvent, signal: AbortSignal): Promise<void>;
}

/** What a deployment is configured with. */
export interface ConsentSettings {
  readonly secretPrefix: string;
  /** `https://host`, without a slash at the end. */
  readonly baseUrl: string;
  readonly displayName: string;
  readonly returnUrls: readonly string[];
  readonly inviteHours: number;
  readonly confirm: 'never' | 'mismatch' | 'always';
  readonly announcesEmail: boolean;
  /** In a fleet: where new connections have their secrets. Undefined if the deployment has no fleet. */
  readonly connectedStore?: SecretStoreName | undefined;
}

/** All of it, for one invocation. */
export interface ConsentContext extends ConsentPorts {
  readonly settings: ConsentSettings;
  /** Aborts when the invocation must have ended. */
  readonly deadline: AbortSignal;
}
