import { judgeComplaint } from '../connection/complaints.ts';
import { type Connection, type FollowingConnection, isFollowing } from '../connection/connection.ts';
import { isLeased } from '../connection/lease.ts';
import { checkBudget, lastMintAtMs } from '../connection/mint-budget.ts';
import { policyOf } from '../failures.ts';
import type { RefreshOutcome } from './refresh-outcome.ts';
import { recentRefusals } from './refused-credentials.ts';
import { POLL_INTERVAL_MS, PROBE_INTERVAL_MS, TICK_MS } from './schedule.ts';

/** Who asks for a refresh. A consumer asks because Zoho's API rejected its token. */
export type RefreshRequest = { readonly kind: 'scheduled' } | RefreshOnDemand;

export interface RefreshOnDemand {
  readonly kind: 'consumer' | 'operator';
  /** Generation of the token that Zoho's API rejected. */
  readonly rejectedGeneration: number | undefined;
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
 * - `probe`: a blocked connection has the same credentials, and Zoho is asked once an hour
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

export interface Decline {
  readonly action: 'none';
  readonly reason: DeclineReason;
  readonly outcome: RefreshOutcome | 'not-due';
  /** The reason in words, for the log. */
  readonly message: string;
  /** When asking again may help. */
  readonly retryAtMs: number | undefined;
}

/** Why nothing is minted, and what the caller is answered. */
const DECLINES = {
  disabled: { outcome: 'blocked', message: 'The connection is disabled.' },
  'newer-token': { outcome: 'already-fresh', message: 'A newer token than the rejected one is published.' },
  'new-token': { outcome: 'already-fresh', message: 'The published token is less than a minute old.' },
  'unknown-generation': {
    outcome: 'invalid-request',
    message:
      'This generation does not exist yet. Report the generation of the token that was rejected, as its secret has it.',
  },
  'too-soon': {
    outcome: 'budget-exhausted',
    message: 'Consumers rejected the token before this one as well, so this one is not replaced yet.',
  },
  'tokens-rejected': {
    outcome: 'budget-exhausted',
    message:
      'Consumers reject tokens that Zoho has just issued, which a new token does not help: a scope is missing, the host or the organization is wrong, a proxy answers 401, or something else mints with the same refresh token. The token is renewed on schedule. See docs/runbooks/TokensRejected.md.',
  },
  leased: { outcome: 'in-progress', message: 'Another attempt holds the lease.' },
  'lost-race': { outcome: 'in-progress', message: 'Another attempt changed the row first.' },
  'not-renewed': {
    outcome: 'in-progress',
    message: 'The deployment that this connection follows has published no newer token yet.',
  },
  'not-due': { outcome: 'not-due', message: 'The connection is not due yet.' },
  'cooling-down': {
    outcome: 'throttled',
    message: 'Zoho throttled this connection. Zoho is not called until the cool-down ends.',
  },
  'backing-off': { outcome: 'failed', message: 'The last attempt failed, and its back-off has not ended.' },
  'refused-credentials': {
    outcome: 'blocked',
    message: 'The credentials are the ones that were refused less than an hour ago.',
  },
  'budget-exhausted': {
    outcome: 'budget-exhausted',
    message:
      "The budget for calls of Zoho's token endpoint or for versions of the token secret is exhausted.",
  },
} as const satisfies Record<string, Pick<Decline, 'outcome' | 'message'>>;

export type DeclineReason = keyof typeof DECLINES;

/** A consumer that does not say which generation was rejected gets no new token this soon after the last one. */
const FRESH_FOR_MS = 60_000;

/** Decides from the row as it was read. The conditional write confirms it. */
export function decide(connection: Connection, request: RefreshRequest, nowMs: number): Decision {
  if (connection.status === 'disabled') return decline('disabled');
  const pointless = request.kind === 'scheduled' ? undefined : whyPointless(connection, request, nowMs);
  if (pointless !== undefined) return decline(pointless);
  if (isLeased(connection, nowMs)) return decline('leased', connection.lease?.untilMs ?? nowMs);
  if (connection.nextAttemptAtMs > nowMs) {
    const wait = whyWait(connection, request);
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
): Mint | Decline {
  const areUnchanged = connection.credentialsVersionId === credentialsVersionId;
  const mayNotProbeYet = connection.status === 'blocked' && areUnchanged && nowMs < nextProbeAtMs(connection);
  const wereRefused = recentRefusals(connection.refusedCredentials, nowMs).some(
    ({ versionId }) => versionId === credentialsVersionId,
  );
  if (mayNotProbeYet || wereRefused) {
    return decline('refused-credentials', nextLookAtMs(connection, nowMs));
  }
  const reason = whyTried(connection, areUnchanged) ?? whyAsked(connection, request, nowMs);
  return mintWithinBudget(connection, request, reason, nowMs);
}

/** The decision to mint nothing. */
export function decline(reason: DeclineReason, retryAtMs?: number): Decline {
  return { action: 'none', reason, ...DECLINES[reason], retryAtMs };
}

/**
 * When the credentials are looked at next: every five minutes, at the hour when a blocked connection may ask again, and
 * when refused credentials may be tried again.
 */
export function nextLookAtMs(connection: Connection, nowMs: number): number {
  const probesAtMs = [
    ...(connection.status === 'blocked' ? [nextProbeAtMs(connection)] : []),
    ...connection.refusedCredentials.map(({ atMs }) => atMs + PROBE_INTERVAL_MS),
  ];
  return Math.min(nowMs + POLL_INTERVAL_MS, ...probesAtMs.filter((atMs) => atMs > nowMs));
}

/** An hour after the last call of Zoho, or after the credentials were last refused without a call. */
function nextProbeAtMs(connection: Connection): number {
  const askedAtMs = lastMintAtMs(connection) ?? Number.NEGATIVE_INFINITY;
  const refusedAtMs = connection.lastFailure?.atMs ?? Number.NEGATIVE_INFINITY;
  return Math.max(askedAtMs, refusedAtMs) + PROBE_INTERVAL_MS;
}

function whyPointless(
  { generation, publishedGeneration, token }: Connection,
  { kind, rejectedGeneration }: RefreshOnDemand,
  nowMs: number,
): 'unknown-generation' | 'newer-token' | 'new-token' | undefined {
  if (rejectedGeneration !== undefined && rejectedGeneration > generation) return 'unknown-generation';
  if (token === undefined || token.expiresAtMs <= nowMs) return undefined;
  if (rejectedGeneration !== undefined) {
    return rejectedGeneration < publishedGeneration ? 'newer-token' : undefined;
  }
  const isNew = nowMs < token.issuedAtMs + FRESH_FOR_MS;
  return kind === 'consumer' && isNew ? 'new-token' : undefined;
}

/**
 * Before the next attempt is due, the schedule waits, and all callers wait while Zoho throttles us. Consumers also wait for
 * the back-off after a failure: they would spend the budget on an outage. An operator may try at once.
 */
function whyWait(
  connection: Connection,
  request: RefreshRequest,
): 'not-due' | 'cooling-down' | 'backing-off' | undefined {
  if (request.kind === 'scheduled') return 'not-due';
  if (connection.status === 'cooling-down') return 'cooling-down';
  return isBackingOff(connection) && request.kind === 'consumer' ? 'backing-off' : undefined;
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

/** Why credentials are tried that Zoho has not accepted yet. */
function whyTried({ status }: Connection, areUnchanged: boolean): MintReason | undefined {
  if (status === 'pending') return 'credentials-found';
  if (status !== 'blocked') return undefined;
  return areUnchanged ? 'probe' : 'new-credentials';
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
