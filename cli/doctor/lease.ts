import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type Finding, fail, pass } from './finding.ts';

/** Longer than the lease with the longest possible function timeout. */
const LONGEST_LEASE_MS = 6 * 60_000;

/** Whether a refresh is in progress, and whether its lease is plausible. */
export function judgeLease({ lease }: Pick<Connection, 'lease'>, nowMs: number): Finding {
  if (lease === undefined) return pass('free');
  const leftMs = lease.untilMs - nowMs;
  if (leftMs > LONGEST_LEASE_MS) {
    return fail(
      `held for another ${formatDuration(leftMs)}, longer than any lease lasts: a clock was wrong, or the row was edited`,
      `Check this machine's clock. If it is right, remove leaseUntil and leaseOwner from the row.`,
    );
  }
  return leftMs > 0
    ? pass(`a refresh is in progress, for at most ${formatDuration(leftMs)}`)
    : pass(
        `free: the last lease expired ${formatDuration(-leftMs)} ago without being released; the next attempt takes over`,
      );
}
