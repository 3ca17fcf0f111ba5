import type { Connection } from '../connection/connection.ts';
import { isLeased } from '../connection/lease.ts';
import { checkBudget, lastMintAtMs } from '../connection/mint-budget.ts';
import { recentRefusals } from '../connection/refused-credentials.ts';
import type { RefreshOutcome } from './refresh-outcome.ts';
import { POLL_INTERVAL_MS, PROBE_INTERVAL_MS } from './schedule.ts';

/** Who asks for a refresh, and why. */
export type RefreshRequest =
  | { readonly kind: 'scheduled' }
  | {
      readonly kind: 'forced';
      readonly reason: 'unauthorized' | 'operator';
      /** Generation of the token that Zoho's API rejected. */
      readonly rejectedGeneration: number | undefined;
    };

export type Decision =
  | { readonly action: 'mint' }
  /** Whether to mint depends on what the credentials secret holds now. */
  | { readonly action: 'check-credentials' }
  | { readonly action: 'none'; readonly outcome: RefreshOutcome | 'not-due'; readonly retryAtMs?: number };

/** A caller that cannot name the generation it was rejected with gets no new token this soon after the last. */
const FRESH_FOR_MS = 60_000;

/** What to do for a request, from the row as it was read. Only the conditional write makes it so. */
export function decide(connection: Connection, request: RefreshRequest, nowMs: number): Decision {
  if (connection.status === 'disabled') return { action: 'none', outcome: 'blocked' };
  if (request.kind === 'forced' && isAlreadyFresh(connection, request, nowMs)) {
    return { action: 'none', outcome: 'already-fresh' };
  }
  if (isLeased(connection, nowMs)) {
    return { action: 'none', outcome: 'in-progress', retryAtMs: connection.lease?.untilMs ?? nowMs };
  }
  if (connection.nextAttemptAtMs > nowMs) {
    const wait = mustWait(connection, request);
    if (wait !== undefined) return { action: 'none', outcome: wait, retryAtMs: connection.nextAttemptAtMs };
  }
  const isUnauthorized = connection.status === 'pending' || connection.status === 'blocked';
  if (isUnauthorized || recentRefusals(connection.refusedCredentials, nowMs).length > 0)
    return { action: 'check-credentials' };
  return mintWithinBudget(connection, request, nowMs);
}

/** What to do once the version of the credentials is known. */
export function decideWithCredentials(
  connection: Connection,
  request: RefreshRequest,
  credentialsVersionId: string,
  nowMs: number,
): Decision {
  const areUnchanged = connection.credentialsVersionId === credentialsVersionId;
  const mayNotProbeYet = connection.status === 'blocked' && areUnchanged && nowMs < nextProbeAtMs(connection);
  const wereRefused = recentRefusals(connection.refusedCredentials, nowMs).some(
    ({ versionId }) => versionId === credentialsVersionId,
  );
  if (mayNotProbeYet || wereRefused) {
    return { action: 'none', outcome: 'blocked', retryAtMs: nextLookAtMs(connection, nowMs) };
  }
  return mintWithinBudget(connection, request, nowMs);
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

/** An hour after Zoho was asked last, or after the credentials were last found wanting without asking. */
function nextProbeAtMs(connection: Connection): number {
  const askedAtMs = lastMintAtMs(connection) ?? Number.NEGATIVE_INFINITY;
  const refusedAtMs = connection.lastFailure?.atMs ?? Number.NEGATIVE_INFINITY;
  return Math.max(askedAtMs, refusedAtMs) + PROBE_INTERVAL_MS;
}

function isAlreadyFresh(
  { publishedGeneration, token }: Connection,
  { reason, rejectedGeneration }: RefreshRequest & { kind: 'forced' },
  nowMs: number,
): boolean {
  if (token === undefined || token.expiresAtMs <= nowMs) return false;
  if (rejectedGeneration !== undefined) return rejectedGeneration < publishedGeneration;
  return reason === 'unauthorized' && nowMs < token.issuedAtMs + FRESH_FOR_MS;
}

/**
 * Not due yet. The schedule waits; so does everybody while Zoho throttles us. During a back-off after a failure a
 * rejected token does not help: consumers would spend the budget on an outage. An operator may try at once.
 */
function mustWait(connection: Connection, request: RefreshRequest): RefreshOutcome | 'not-due' | undefined {
  if (request.kind === 'scheduled') return 'not-due';
  if (connection.status === 'cooling-down') return 'throttled';
  const isBackingOff = connection.status === 'active' && connection.failures > 0;
  return isBackingOff && request.reason === 'unauthorized' ? 'failed' : undefined;
}

function mintWithinBudget(connection: Connection, request: RefreshRequest, nowMs: number): Decision {
  const budget = checkBudget(connection, request.kind, nowMs);
  return budget.allowed
    ? { action: 'mint' }
    : { action: 'none', outcome: 'budget-exhausted', retryAtMs: budget.retryAtMs };
}
