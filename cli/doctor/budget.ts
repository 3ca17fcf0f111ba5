import type { Connection } from '../../lambdas/core/connection/connection.ts';
import {
  checkBudget,
  countWithin,
  MINT_BUDGET,
  PUBLISH_BUDGET,
  publishesToCount,
} from '../../lambdas/core/connection/mint-budget.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type Finding, fail, pass } from './finding.ts';

/** How often Zoho was called recently, and whether another call is allowed. */
export function judgeBudget(
  row: Pick<Connection, 'name' | 'status' | 'nextAttemptAtMs' | 'mintsMs' | 'publishesMs' | 'lease'>,
  nowMs: number,
): Finding {
  const mints = countWithin(MINT_BUDGET, row.mintsMs, nowMs);
  const publishes = countWithin(PUBLISH_BUDGET, publishesToCount(row, nowMs), nowMs);
  const counts =
    `${mints} of ${MINT_BUDGET.limits.scheduled} calls to Zoho in 10 minutes (operators: ${MINT_BUDGET.limits.operator}), ` +
    `${publishes} of ${PUBLISH_BUDGET.limits.scheduled} tokens in a day (operators: ${PUBLISH_BUDGET.limits.operator})`;
  const next = formatDuration(row.nextAttemptAtMs - nowMs);
  if (row.status === 'cooling-down') {
    return fail(
      `Zoho throttles the connection, the next attempt is in ${next}; ${counts}`,
      'Wait until then. If it happens again, find what else mints tokens with this refresh token or this client.',
    );
  }
  const scheduled = checkBudget(row, 'scheduled', nowMs);
  if (!scheduled.allowed) {
    return fail(
      `used up for another ${formatDuration(scheduled.retryAtMs - nowMs)}; ${counts}`,
      `Find the caller: the refresher's log has each refresh of ${row.name} with its trigger.`,
    );
  }
  const onDemand = checkBudget(row, 'operator', nowMs);
  const wait = onDemand.allowed
    ? ''
    : `; for operators again in ${formatDuration(onDemand.retryAtMs - nowMs)}`;
  return pass(`${counts}${wait}`);
}
