import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type Finding, fail, pass } from './finding.ts';

/** Longer than the lease of the longest time-out of the function. */
const LONGEST_LEASE_MS = 6 * 60_000;

/** Who refreshes now, if anybody does. */
export function judgeLease({ lease }: Pick<Connection, 'lease'>, nowMs: number): Finding {
  if (lease === undefined) return pass('free');
  const leftMs = lease.untilMs - nowMs;
  if (leftMs > LONGEST_LEASE_MS) {
    return fail(
      `held for another ${formatDuration(leftMs)}, longer than any lease is: a clock was wrong, or the row was edited`,
      `Check this machine's clock. If it is right: remove leaseUntil and leaseOwner from the row.`,
    );
  }
  return leftMs > 0
    ? pass(`a refresh is under way, for another ${formatDuration(leftMs)} at most`)
    : pass(
        `free: its last holder ended ${formatDuration(-leftMs)} ago without a word; the next attempt takes over`,
      );
}
