import type { Connection } from '../../lambdas/core/connection/connection.ts';
import {
  type Budget,
  type BudgetKind,
  checkBudget,
  countWithin,
  MINT_BUDGET,
  PUBLISH_BUDGET,
  publishesToCount,
} from '../../lambdas/core/connection/mint-budget.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type Finding, fail, pass } from './finding.ts';

/** Every call counts against the limits of all callers. */
const limitsOf = ({ limits }: Budget) =>
  `(operators stop at ${limits.operator}, consumers at ${limits.consumer})`;

/** How often Zoho was called recently, and whether another call is allowed. */
export function judgeBudget(
  row: Pick<Connection, 'name' | 'status' | 'nextAttemptAtMs' | 'mintsMs' | 'publishesMs' | 'lease'>,
  nowMs: number,
): Finding {
  const mints = countWithin(MINT_BUDGET, row.mintsMs, nowMs);
  const publishes = countWithin(PUBLISH_BUDGET, publishesToCount(row, nowMs), nowMs);
  const counts =
    `${mints} of ${MINT_BUDGET.limits.scheduled} calls to Zoho in 10 minutes ${limitsOf(MINT_BUDGET)}, ` +
    `${publishes} of ${PUBLISH_BUDGET.limits.scheduled} tokens in a day ${limitsOf(PUBLISH_BUDGET)}`;
  const next = formatDuration(row.nextAttemptAtMs - nowMs);
  if (row.status === 'cooling-down') {
    return fail(
      `Zoho throttles the connection, the next attempt is in ${next}; ${counts}`,
      'Wait until then. If it happens again, find what else mints tokens with this refresh token or this client: see docs/runbooks/ZohoThrottling.md.',
    );
  }
  const scheduled = checkBudget(row, 'scheduled', nowMs);
  if (!scheduled.allowed) {
    return fail(
      `used up for another ${formatDuration(scheduled.retryAtMs - nowMs)}; ${counts}`,
      `Find the caller: the refresher's log has each refresh of ${row.name} with its trigger.`,
    );
  }
  const waits = (['operator', 'consumer'] as const).map((kind) => describeWait(row, kind, nowMs));
  return pass(`${counts}${waits.join('')}`);
}

function describeWait(row: Parameters<typeof checkBudget>[0], kind: BudgetKind, nowMs: number): string {
  const check = checkBudget(row, kind, nowMs);
  return check.allowed ? '' : `; for ${kind}s again in ${formatDuration(check.retryAtMs - nowMs)}`;
}
