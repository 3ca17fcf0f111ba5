import type { Connection } from '../core/connection/connection.ts';
import { dropDeadLease } from '../core/connection/lease.ts';
import type { AttemptContext } from './refresh-context.ts';

/** Writes a row without taking the lease. Best effort: if another attempt wrote first, its schedule counts. */
export async function reschedule(context: AttemptContext, seen: Connection, next: Connection): Promise<void> {
  const nowMs = context.clock.now();
  await context.connections.replaceIfFree(seen, dropDeadLease(next, nowMs), nowMs, context.deadlines.report);
}
