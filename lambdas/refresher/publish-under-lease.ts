import type { Connection } from '../core/connection/connection.ts';
import { driftOf } from '../core/connection/declaration-drift.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import type { LeasedConnection } from '../core/connection/lease.ts';
import type { AnnouncedAuthorization } from '../core/consent/announced-authorization.ts';
import { InfrastructureError } from '../core/failures.ts';
import { decline } from '../core/refresh/declines.ts';
import { decide, type RefreshRequest } from '../core/refresh/refresh-decision.ts';
import { outcomeOf } from '../core/refresh/refresh-outcome.ts';
import { afterFailure, type FailedAttempt } from '../core/refresh/refresh-transitions.ts';
import { type AttemptContext, momentOf } from './refresh-context.ts';
import { declined, type RefreshResult } from './refresh-result.ts';

/** The row before the lease was taken, and with it. */
interface Rows {
  readonly seen: Connection;
  readonly leased: LeasedConnection;
}

/** The work that only the holder of the lease does. */
export interface LeasedWork<Leased extends LeasedConnection> {
  /** The row with the lease. */
  readonly leased: Leased;
  /** Publishes a token. Never throws for a failure of Zoho or AWS. */
  readonly publish: (leased: Leased) => Promise<WorkResult>;
}

/** `next` is the row to commit. */
export type WorkResult = {
  /** Of the credentials, if the work has parsed them. */
  readonly authorization?: AnnouncedAuthorization | undefined;
} & (
  | { readonly kind: 'published'; readonly next: Connection }
  | ({ readonly kind: 'failed'; readonly cause?: unknown } & FailedAttempt)
);

/** Takes the lease, does the work, and writes the result to the row. */
export async function publishUnderLease<Leased extends LeasedConnection>(
  context: AttemptContext,
  seen: Connection,
  request: RefreshRequest,
  { leased, publish }: LeasedWork<Leased>,
): Promise<RefreshResult> {
  const nowMs = context.clock.now();
  const acquired = await context.connections.replaceIfFree(seen, leased, nowMs, context.deadlines.work);
  if (!acquired.written) {
    const current =
      acquired.current ?? (await context.connections.read(seen.name, context.deadlines.work)) ?? seen;
    const isOurs = current.lease?.owner === leased.lease.owner;
    if (!isOurs) return lostRace(context, current, request);
  }

  const result = await publish(leased);
  return result.kind === 'published'
    ? commitSuccess(context, { seen, leased }, result)
    : commitFailure(context, { seen, leased }, result);
}

async function commitSuccess(
  context: AttemptContext,
  { seen, leased }: Rows,
  { next, authorization }: WorkResult & { kind: 'published' },
): Promise<RefreshResult> {
  if (!(await commit(context, leased, next))) return leaseLost(leased);
  const drift = driftOf(next, declarationOf(context.settings.declaredConnections, next.name));
  return { kind: 'published', outcome: 'refreshed', connection: next, replaced: seen, drift, authorization };
}

async function commitFailure(
  context: AttemptContext,
  { seen, leased }: Rows,
  { failure, cause, authorization, ...attempt }: WorkResult & { kind: 'failed' },
): Promise<RefreshResult> {
  const next = afterFailure({ seen, leased }, { failure, ...attempt }, momentOf(context));
  try {
    if (!(await commit(context, leased, next))) {
      return { ...leaseLost(leased), kind: 'failed', failure, cause, leaseLost: true };
    }
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    return {
      kind: 'failed',
      outcome: 'failed',
      connection: leased,
      retryAtMs: leased.nextAttemptAtMs,
      failure,
      cause,
      unwritten: error.failure,
    };
  }
  return {
    kind: 'failed',
    outcome: outcomeOf(failure, next),
    connection: next,
    replaced: seen,
    retryAtMs: next.nextAttemptAtMs,
    failure,
    cause,
    isMassRefusal: attempt.isMassRefusal,
    authorization,
  };
}

/**
 * Writes the row and releases the lease. False if another attempt has taken it over. If the answer to the first request
 * was lost, the SDK's retry is refused although the row is written: the row is ours if the time of its next attempt
 * matches to the millisecond. The generation alone proves nothing, because a restored backup may have issued it twice.
 */
async function commit(context: AttemptContext, leased: LeasedConnection, next: Connection): Promise<boolean> {
  const { report } = context.deadlines;
  const committed = await context.connections.replaceIfHeld(leased, next, report);
  if (committed.written) return true;
  const current = committed.current ?? (await context.connections.read(leased.name, report));
  return (
    current?.generation === next.generation &&
    current.lease === undefined &&
    current.nextAttemptAtMs === next.nextAttemptAtMs
  );
}

/** Another attempt wrote first: the caller learns what came of that one, and must not mint as well. */
function lostRace(context: AttemptContext, current: Connection, request: RefreshRequest): RefreshResult {
  const decision = decide(current, request, context.clock.now());
  return declined(current, decision.action === 'none' ? decision : decline('lost-race'));
}

/** This attempt was paused for longer than its lease: the row of the next holder counts. */
function leaseLost(leased: LeasedConnection): RefreshResult {
  return { kind: 'lease-lost', outcome: 'in-progress', connection: leased };
}
