import { type Connection, scheduledAtMs } from './connection.ts';

/**
 * What is written instead of the row that was read. A process that has read the earlier row, maybe from an index, must not replace it:
 * the condition of each write names the generation and the time when the row is due. If both were the same, it is due a millisecond
 * earlier.
 */
export function replacementOf(seen: Connection, next: Connection): Connection {
  const dueAtMs = scheduledAtMs(next);
  if (next.generation !== seen.generation || dueAtMs !== scheduledAtMs(seen)) return next;
  return next.nextAttemptAtMs === dueAtMs
    ? { ...next, nextAttemptAtMs: dueAtMs - 1 }
    : { ...next, notifyAtMs: dueAtMs - 1 };
}
