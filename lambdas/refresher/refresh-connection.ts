import type { Connection } from '../core/connection.ts';
import type { DeclaredConnections } from '../core/declared-connection.ts';
import { type Failure, InfrastructureError, policyOf } from '../core/failures.ts';
import { acquireLease, dropDeadLease } from '../core/lease.ts';
import type { StoredCredentials } from '../core/ports.ts';
import {
  type Decision,
  decide,
  decideWithCredentials,
  type RefreshRequest,
} from '../core/refresh-decision.ts';
import type { RefreshOutcome } from '../core/refresh-outcome.ts';
import { afterFailure, afterSuccess, stayBlocked, withFailure } from '../core/refresh-transitions.ts';
import { exchangeToken, type LeasedConnection, noCredentials } from './exchange-token.ts';
import type { RefreshContext } from './refresh-context.ts';
import { reportDeclined, reportFailed, reportRefreshed } from './report-attempt.ts';

export interface RefreshResult {
  readonly outcome: RefreshOutcome | 'not-due';
  /** The row as far as this attempt knows it. */
  readonly connection: Connection;
  /** When asking again may help. */
  readonly retryAtMs?: number | undefined;
  /** Why, when this very attempt failed. */
  readonly failure?: Failure;
}

/**
 * One attempt for one connection, from the row as it was read. Exactly one caller gets to mint; everybody else gets an
 * outcome that says what to do instead. Never throws for a failure of Zoho or AWS.
 */
export async function refreshConnection(
  context: RefreshContext,
  seen: Connection,
  request: RefreshRequest,
): Promise<RefreshResult> {
  try {
    return await attempt(context, seen, request);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    reportFailed(context, seen, { failure: error.failure, cause: error });
    return { outcome: 'failed', connection: seen, retryAtMs: seen.nextAttemptAtMs, failure: error.failure };
  }
}

function attempt(context: RefreshContext, seen: Connection, request: RefreshRequest): Promise<RefreshResult> {
  if (isUndeclared(seen, context.settings.declaredConnections)) return retire(context, seen);
  const decision = decide(seen, request, context.clock.now());
  switch (decision.action) {
    case 'none':
      return decline(context, seen, request, decision);
    case 'check-credentials':
      return checkCredentials(context, seen, request);
    case 'mint':
      return mint(context, seen, request, undefined);
  }
}

/** Nothing to mint. The schedule moves on to when it may help to look again. */
async function decline(
  context: RefreshContext,
  seen: Connection,
  request: RefreshRequest,
  { outcome, retryAtMs }: Decision & { action: 'none' },
): Promise<RefreshResult> {
  reportDeclined(context, seen, outcome);
  if (request.kind === 'scheduled' && outcome === 'budget-exhausted' && retryAtMs !== undefined) {
    await replace(context, seen, { ...seen, nextAttemptAtMs: retryAtMs });
  }
  return { outcome, connection: seen, retryAtMs };
}

/** Pending or blocked: Zoho is only asked when the credentials are new, or when an hour has passed. */
async function checkCredentials(
  context: RefreshContext,
  seen: Connection,
  request: RefreshRequest,
): Promise<RefreshResult> {
  let stored: StoredCredentials;
  try {
    stored = await context.credentials.read(seen.name, context.deadlines.work);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    return lookFailed(context, seen, error.failure, error);
  }
  if (stored.kind === 'empty') return lookFailed(context, seen, noCredentials(context, seen.name));

  const decision = decideWithCredentials(seen, request, stored.versionId, context.clock.now());
  if (decision.action === 'mint') return mint(context, seen, request, stored);
  if (decision.action === 'none' && decision.outcome !== 'blocked')
    return decline(context, seen, request, decision);
  reportDeclined(context, seen, 'blocked');
  const next = stayBlocked(seen, context.clock.now());
  if (request.kind === 'scheduled') await replace(context, seen, next);
  return { outcome: 'blocked', connection: seen, retryAtMs: next.nextAttemptAtMs };
}

async function lookFailed(
  context: RefreshContext,
  seen: Connection,
  failure: Failure,
  cause?: unknown,
): Promise<RefreshResult> {
  const next = withFailure(
    seen,
    { failure, credentialsVersionId: undefined },
    { nowMs: context.clock.now(), random: context.random },
  );
  await replace(context, seen, next);
  reportFailed(context, next, { failure, cause });
  return { outcome: outcomeOf(failure), connection: next, retryAtMs: next.nextAttemptAtMs, failure };
}

async function mint(
  context: RefreshContext,
  seen: Connection,
  request: RefreshRequest,
  stored: StoredCredentials | undefined,
): Promise<RefreshResult> {
  const nowMs = context.clock.now();
  const leased = acquireLease(seen, {
    owner: context.newLeaseOwner(),
    nowMs,
    leaseMs: context.settings.leaseMs,
  });
  const acquired = await context.connections.replaceIfFree(seen, leased, nowMs, context.deadlines.work);
  if (!acquired.written) {
    const current =
      acquired.current ?? (await context.connections.read(seen.name, context.deadlines.work)) ?? seen;
    const isOurs = current.lease?.owner === leased.lease.owner;
    if (!isOurs) return lostRace(context, current, request);
  }

  const exchange = await exchangeToken(context, leased, stored);
  return exchange.kind === 'published'
    ? commitSuccess(context, leased, exchange)
    : commitFailure(context, { seen, leased }, exchange);
}

async function commitSuccess(
  context: RefreshContext,
  leased: LeasedConnection,
  exchange: Parameters<typeof afterSuccess>[1],
): Promise<RefreshResult> {
  const next = afterSuccess(leased, exchange);
  if (!(await commit(context, leased, next))) return leaseLost(context, leased);
  reportRefreshed(context, next);
  return { outcome: 'refreshed', connection: next };
}

async function commitFailure(
  context: RefreshContext,
  rows: { seen: Connection; leased: LeasedConnection },
  exchange: Parameters<typeof afterFailure>[1] & { cause?: unknown },
): Promise<RefreshResult> {
  const next = afterFailure(rows, exchange, { nowMs: context.clock.now(), random: context.random });
  const { failure } = exchange;
  reportFailed(context, next, exchange);
  if (!(await commit(context, rows.leased, next))) return leaseLost(context, rows.leased);
  return { outcome: outcomeOf(failure), connection: next, retryAtMs: next.nextAttemptAtMs, failure };
}

/**
 * Gives the lease back. False when it was taken over. When the first answer was lost on its way, the SDK's second try is
 * refused although the row is written: nobody else gives back a lease of our generation.
 */
async function commit(context: RefreshContext, leased: LeasedConnection, next: Connection): Promise<boolean> {
  const { report } = context.deadlines;
  const committed = await context.connections.replaceIfHeld(leased, next, report);
  if (committed.written) return true;
  const current = committed.current ?? (await context.connections.read(leased.name, report));
  return current?.generation === next.generation && current.lease === undefined;
}

/** Somebody else wrote first: the caller learns what their attempt has come to, never that it should mint as well. */
function lostRace(context: RefreshContext, current: Connection, request: RefreshRequest): RefreshResult {
  const decision = decide(current, request, context.clock.now());
  const outcome = decision.action === 'none' ? decision.outcome : 'in-progress';
  reportDeclined(context, current, outcome);
  return {
    outcome,
    connection: current,
    retryAtMs: decision.action === 'none' ? decision.retryAtMs : undefined,
  };
}

/** We were paused for longer than the lease: the next holder's word counts, ours does not. */
function leaseLost(context: RefreshContext, leased: LeasedConnection): RefreshResult {
  context.log.warn('the lease was taken over before this attempt could report', {
    connection: leased.name,
    generation: leased.generation,
  });
  return { outcome: 'in-progress', connection: leased };
}

/** Declared once, and gone from the configuration: left alone until it is declared again. */
async function retire(context: RefreshContext, seen: Connection): Promise<RefreshResult> {
  const failure: Failure = {
    code: 'undeclared',
    message: 'The connection is no longer in the configuration. Declare it again, and it goes on by itself.',
  };
  const next = withFailure(
    seen,
    { failure, credentialsVersionId: undefined },
    { nowMs: context.clock.now(), random: context.random },
  );
  if (seen.status !== 'disabled') await replace(context, seen, next);
  context.log.warn('connection retired', { connection: seen.name, reason: failure.message });
  return { outcome: 'blocked', connection: next };
}

/** Rescheduling is best effort: when another attempt was faster, its schedule is as good. */
async function replace(context: RefreshContext, seen: Connection, next: Connection): Promise<void> {
  const nowMs = context.clock.now();
  await context.connections.replaceIfFree(seen, dropDeadLease(next, nowMs), nowMs, context.deadlines.report);
}

function isUndeclared({ name, source }: Connection, declared: DeclaredConnections): boolean {
  return source === 'declared' && !Object.hasOwn(declared, name);
}

function outcomeOf(failure: Failure): RefreshOutcome {
  switch (policyOf(failure.code).effect) {
    case 'unchanged':
      return 'failed';
    case 'cooling-down':
      return 'throttled';
    case 'blocked':
    case 'pending':
    case 'disabled':
      return 'blocked';
  }
}
