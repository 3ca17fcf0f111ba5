import type { Connection } from '../core/connection/connection.ts';
import { correctTimes } from '../core/connection/impossible-times.ts';
import type { AttemptContext } from './refresh-context.ts';

/**
 * The row, with possible times if it had impossible ones, which are then written to the table and reported. Undefined if another
 * attempt wrote first. The row is believed until AWS has confirmed or corrected this machine's clock.
 */
export async function correctRow(
  { clock, connections, deadlines, metrics, log }: AttemptContext,
  seen: Connection,
): Promise<Connection | undefined> {
  const nowMs = clock.now();
  const corrected = clock.isChecked() ? correctTimes(seen, nowMs) : undefined;
  if (corrected === undefined) return seen;
  metrics.record({ TimesDistrusted: 1 }, seen.name);
  log.warn('times of a connection lie in the future', {
    connection: seen.name,
    attributes: corrected.attributes,
    reason: 'A clock was wrong when they were written. They are corrected, and the token is renewed.',
  });
  // A lease is kept, with an end that is possible, so it need not be free. The generation and the next attempt say whose it is.
  const leaseIsFreeAtMs = Math.max(nowMs, seen.lease?.untilMs ?? nowMs);
  const result = await connections.replaceIfFree(seen, corrected.connection, leaseIsFreeAtMs, deadlines.work);
  return result.written ? result.row : undefined;
}
