import type { Connection } from '../core/connection/connection.ts';
import { dropDeadLease } from '../core/connection/lease.ts';
import type { Failure } from '../core/failures.ts';
import { outcomeOf } from '../core/refresh/refresh-outcome.ts';
import { withFailure } from '../core/refresh/refresh-transitions.ts';
import { type AttemptContext, momentOf } from './refresh-context.ts';
import type { RefreshResult } from './refresh-result.ts';

/** Writes a row without taking the lease. Best effort: if another attempt wrote first, its schedule counts. */
export async function reschedule(context: AttemptContext, seen: Connection, next: Connection): Promise<void> {
  const nowMs = context.clock.now();
  await context.connections.replaceIfFree(seen, dropDeadLease(next, nowMs), nowMs, context.deadlines.report);
}

/** Writes a failure that came before the lease to the row, with the time of the next attempt. */
export async function rescheduleFailed(
  context: AttemptContext,
  seen: Connection,
  {
    failure,
    cause,
    client,
  }: { readonly failure: Failure; readonly cause?: unknown; readonly client?: string | undefined },
): Promise<RefreshResult> {
  const next = withFailure(
    seen,
    {
      failure,
      credentialsVersionId: undefined,
      isMassRefusal: false,
      client: client === undefined ? undefined : { name: client, isPending: false },
    },
    momentOf(context),
  );
  await reschedule(context, seen, next);
  return {
    kind: 'failed',
    outcome: outcomeOf(failure, next),
    connection: next,
    retryAtMs: next.nextAttemptAtMs,
    failure,
    cause,
  };
}
