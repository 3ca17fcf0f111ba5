import { judgeComplaint } from '../connection/complaints.ts';
import {
  type Connection,
  type FollowingConnection,
  hasValidToken,
  isFollowing,
} from '../connection/connection.ts';
import { isLeased } from '../connection/lease.ts';
import { checkBudget, lastMintAtMs } from '../connection/mint-budget.ts';
import { isParked, NEVER_MS } from '../connection/parking.ts';
import { policyOf } from '../failures.ts';
import { type Decline, decline } from './declines.ts';
import { askedAgainAtMs, isSecretRefused, recentRefusals, refusalOf } from './refused-credentials.ts';
import { RENEWAL_SPACING_MS } from './renewal-pace.ts';
import {
  PARKED_POLL_INTERVAL_MS,
  PARKED_PROBE_INTERVAL_MS,
  POLL_INTERVAL_MS,
  PROBE_INTERVAL_MS,
  THROTTLE_WINDOW_MS,
  TICK_MS,
  URGENT_POLL_INTERVAL_MS,
} from './renewal-times.ts';

/** Who asks for a refresh. */
export type RefreshRequest = { readonly kind: 'scheduled' } | RefreshOnDemand;

export interface RefreshOnDemand {
  readonly kind: 'consumer' | 'operator';
  /** Generation of the token that the caller wants to replace. */
  readonly rejectedGeneration: number | undefined;
  /**
   * Why a consumer asks: Zoho's API rejected the token, or it has expired by the consumer's clock.
   *
   * @default 'rejected'
   */
  readonly claim?: 'rejected' | 'expired' | undefined;
}

/** What to do for a request, and why. */
export type Decision = Mint | CheckCredentials | Follow | Decline;

export interface Mint {
  readonly action: 'mint';
  readonly reason: MintReason;
}

/**
 * - `due`: the token is due for renewal or has expired, whoever asks
 * - `token-rejected`: a consumer complains about a token that is not due
 * - `requested`: an operator wants a new one
 * - `credentials-found`: a pending connection has credentials
 * - `new-credentials`: a blocked connection has other credentials than those that were refused
 * - `probe`: Zoho is asked again about credentials that it refused, in case it was wrong
 */
export type MintReason =
  | 'due'
  | 'token-rejected'
  | 'requested'
  | 'credentials-found'
  | 'new-credentials'
  | 'probe';

/** Whether to mint depends on what the credentials secret holds now. */
export interface CheckCredentials {
  readonly action: 'check-credentials';
  readonly reason: 'pending' | 'blocked' | 'recent-refusal';
}

/** The connection follows another deployment: whether to republish depends on the token that is published there. */
export interface Follow {
  readonly action: 'follow';
  readonly reason: 'follow';
  readonly connection: FollowingConnection;
}

/** A consumer that does not say which generation was rejected gets no new token this soon after the last one. */
const FRESH_FOR_MS = 60_000;

/** Decides from the row as it was read. The conditional write confirms it. */
export function decide(connection: Connection, request: RefreshRequest, nowMs: number): Decision {
  if (connection.status === 'disabled') return decline('disabled');
  const pointless = request.kind === 'scheduled' ? undefined : whyPointless(connection, request, nowMs);
  if (pointless !== undefined) return decline(pointless);
  if (isLeased(connection, nowMs)) return decline('leased', connection.lease?.untilMs ?? nowMs);
  if (connection.nextAttemptAtMs > nowMs) {
    const wait = whyWait(connection, request, nowMs);
    if (wait !== undefined) return decline(wait, connection.nextAttemptAtMs);
  }
  if (isFollowing(connection)) return { action: 'follow', reason: 'follow', connection };
  if (connection.status === 'pending' || connection.status === 'blocked') {
    return { action: 'check-credentials', reason: connection.status };
  }
  if (recentRefusals(connection.refusedCredentials, nowMs).length > 0) {
    return { action: 'check-credentials', reason: 'recent-refusal' };
  }
  return mintWithinBudget(connection, request, whyAsked(connection, request, nowMs), nowMs);
}

/** Decides once the version of the credentials is known. */
export function decideWithCredentials(
  connection: Connection,
  request: RefreshRequest,
  credentialsVersionId: string,
  nowMs: number,
  parkAfterMs: number = NEVER_MS,
): Mint | Decline {
  const mayAskAtMs =
    request.kind === 'operator'
      ? operatorMayAskFromMs(connection, credentialsVersionId)
      : mayAskFromMs(connection, credentialsVersionId, isParked(connection, parkAfterMs, nowMs));
  if (nowMs < mayAskAtMs) {
    const isServed = connection.status !== 'blocked' && hasValidToken(connection, nowMs);
    const lookAtMs = nextLookAtMs(connection, nowMs, parkAfterMs);
    return decline(isServed ? 'refused-once' : 'refused-credentials', lookAtMs);
  }
  const reason = whyTried(connection, credentialsVersionId) ?? whyAsked(connection, request, nowMs);
  return mintWithinBudget(connection, request, reason, nowMs);
}

/**
 * When the credentials are looked at next: every five minutes, or every hour if the connection is parked, and when Zoho may be
 * asked about them again. While a token is valid that the new secret of a client would renew, it is looked for with every tick.
 */
export function nextLookAtMs(connection: Connection, nowMs: number, parkAfterMs: number = NEVER_MS): number {
  const { status, credentialsVersionId, refusedCredentials } = connection;
  const judged = status === 'blocked' && credentialsVersionId !== undefined ? [credentialsVersionId] : [];
  const versions = new Set([...judged, ...refusedCredentials.map(({ versionId }) => versionId)]);
  const isParkedNow = isParked(connection, parkAfterMs, nowMs);
  const asksAtMs = [...versions].map((versionId) => mayAskFromMs(connection, versionId, isParkedNow));
  const pollAtMs = nowMs + pollMsOf(connection, isParkedNow, nowMs);
  return Math.min(pollAtMs, ...asksAtMs.filter((atMs) => atMs > nowMs));
}

function pollMsOf(connection: Connection, isParkedNow: boolean, nowMs: number): number {
  if (isParkedNow) return PARKED_POLL_INTERVAL_MS;
  const isUrgent =
    connection.client !== undefined && isSecretRefused(connection) && hasValidToken(connection, nowMs);
  return isUrgent ? URGENT_POLL_INTERVAL_MS : POLL_INTERVAL_MS;
}

/** From when the schedule and consumers may cause Zoho to be asked about these credentials. */
function mayAskFromMs(connection: Connection, versionId: string, isParkedNow: boolean): number {
  const refusal = refusalOf(connection.refusedCredentials, versionId);
  if (refusal !== undefined) {
    const againAtMs = isParkedNow ? refusal.atMs + PARKED_PROBE_INTERVAL_MS : askedAgainAtMs(refusal);
    return Math.max(againAtMs, operatorMayAskFromMs(connection, versionId));
  }
  const isClientBack = connection.lastFailure?.code === 'unknown_client';
  if (isClientBack || !isBlockedWith(connection, versionId)) return Number.NEGATIVE_INFINITY;
  const refusedAtMs = connection.lastFailure?.atMs ?? Number.NEGATIVE_INFINITY;
  const intervalMs = isParkedNow ? PARKED_PROBE_INTERVAL_MS : PROBE_INTERVAL_MS;
  return Math.max(askedAtMs(connection), refusedAtMs) + intervalMs;
}

/** Operators may ask at once, except after an answer that settled nothing: it may have been a throttle. */
function operatorMayAskFromMs(connection: Connection, versionId: string): number {
  const refusal = refusalOf(connection.refusedCredentials, versionId);
  const wasInconclusive =
    refusal !== undefined && isBlockedWith(connection, versionId) && askedAtMs(connection) > refusal.atMs;
  return wasInconclusive ? askedAtMs(connection) + THROTTLE_WINDOW_MS : Number.NEGATIVE_INFINITY;
}

function isBlockedWith({ status, credentialsVersionId }: Connection, versionId: string): boolean {
  return status === 'blocked' && credentialsVersionId === versionId;
}

function askedAtMs(connection: Connection): number {
  return lastMintAtMs(connection) ?? Number.NEGATIVE_INFINITY;
}

function whyPointless(
  { generation, publishedGeneration, token }: Connection,
  { kind, rejectedGeneration, claim }: RefreshOnDemand,
  nowMs: number,
): 'unknown-generation' | 'newer-token' | 'not-expired' | 'new-token' | undefined {
  if (rejectedGeneration !== undefined && rejectedGeneration > generation) return 'unknown-generation';
  if (token === undefined || token.expiresAtMs <= nowMs) return undefined;
  if (rejectedGeneration !== undefined && rejectedGeneration < publishedGeneration) return 'newer-token';
  if (claim === 'expired') return 'not-expired';
  if (rejectedGeneration !== undefined) return undefined;
  const isNew = nowMs < token.issuedAtMs + FRESH_FOR_MS;
  return kind === 'consumer' && isNew ? 'new-token' : undefined;
}

/**
 * Before the next attempt is due, the schedule waits, and all callers wait while Zoho throttles us. Consumers also wait for
 * the back-off after a failure: they would spend the budget on an outage. Nor do they cause a renewal before it is planned
 * because tokens live so briefly that the versions of a day have to last. An operator may try at once.
 */
function whyWait(
  connection: Connection,
  request: RefreshRequest,
  nowMs: number,
): 'not-due' | 'cooling-down' | 'backing-off' | 'paced' | undefined {
  if (request.kind === 'scheduled') return 'not-due';
  if (connection.status === 'cooling-down') return 'cooling-down';
  if (request.kind !== 'consumer') return undefined;
  if (isBackingOff(connection)) return 'backing-off';
  return isPaced(connection, nowMs) ? 'paced' : undefined;
}

/** True if the token has expired and its renewal, which comes next, was planned for later. */
function isPaced({ status, token, nextAttemptAtMs }: Connection, nowMs: number): boolean {
  if (status !== 'active' || token === undefined || hasValidToken({ token }, nowMs)) return false;
  return nextAttemptAtMs <= token.issuedAtMs + RENEWAL_SPACING_MS;
}

/** True if the last attempt failed for a reason that passes. Missing or refused credentials are looked at on demand. */
function isBackingOff({ status, failures, lastFailure }: Connection): boolean {
  if (status === 'active') return failures > 0;
  return lastFailure !== undefined && policyOf(lastFailure.code).effect === 'unchanged';
}

function whyAsked(
  { nextAttemptAtMs, token }: Connection,
  request: RefreshRequest,
  nowMs: number,
): MintReason {
  if (request.kind === 'operator') return 'requested';
  const isDue = nextAttemptAtMs <= nowMs || token === undefined || token.expiresAtMs <= nowMs;
  return isDue ? 'due' : 'token-rejected';
}

/** Why credentials are tried that Zoho has not accepted yet, or has refused since. */
function whyTried(
  { status, credentialsVersionId, refusedCredentials }: Connection,
  versionId: string,
): MintReason | undefined {
  if (status === 'pending') return 'credentials-found';
  if (status === 'blocked') return credentialsVersionId === versionId ? 'probe' : 'new-credentials';
  return refusalOf(refusedCredentials, versionId) === undefined ? undefined : 'probe';
}

function mintWithinBudget(
  connection: Connection,
  request: RefreshRequest,
  reason: MintReason,
  nowMs: number,
): Mint | Decline {
  if (reason === 'token-rejected') {
    const verdict = judgeComplaint(connection, nowMs);
    if (!verdict.honored) {
      const why = verdict.isReported ? 'tokens-rejected' : 'too-soon';
      return decline(why, Math.min(verdict.retryAtMs, nextRenewalAtMs(connection, nowMs)));
    }
  }
  const budget = checkBudget(connection, request.kind, nowMs);
  if (budget.allowed) return { action: 'mint', reason };
  return decline('budget-exhausted', Math.min(budget.retryAtMs, nextRenewalAtMs(connection, nowMs)));
}

/** When the schedule mints next, if nothing changes: no one on demand has to wait for longer. */
function nextRenewalAtMs(connection: Connection, nowMs: number): number {
  const budget = checkBudget(connection, 'scheduled', nowMs);
  const freeAtMs = budget.allowed ? nowMs : budget.retryAtMs;
  const atMs = Math.max(connection.nextAttemptAtMs, freeAtMs);
  return atMs > nowMs ? atMs : nowMs + TICK_MS;
}
