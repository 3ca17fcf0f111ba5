import type { Connection } from '../core/connection/connection.ts';
import { dropDeadLease } from '../core/connection/lease.ts';
import type { Failure } from '../core/failures.ts';
import { outcomeOf } from '../core/refresh/refresh-outcome.ts';
import { withFailure } from '../core/refresh/refresh-transitions.ts';
import { type AttemptContext, momentOf } from './refresh-context.ts';
import type { RefreshResult } from './refresh-result.ts';

/**
 * Writes a row without taking the lease, and returns it as it is in the table. Best effort: if another attempt wrote first, its schedule
 * counts.
 */
export async function reschedule(
  { clock, connections, deadlines }: AttemptContext,
  seen: Connection,
  next: Connection,
): Promise<Connection> {
  const nowMs = clock.now();
  const result = await connections.replaceIfFree(seen, dropDeadLease(next, nowMs), nowMs, deadlines.report);
  return result.written ? result.row : next;
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
  const connection = await reschedule(context, seen, next);
  return {
    kind: 'failed',
    outcome: outcomeOf(failure, next),
    connection,
    retryAtMs: next.nextAttemptAtMs,
    failure,
    cause,
  };
}
