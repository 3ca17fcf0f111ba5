import type { Connection } from '../core/connection/connection.ts';
import type { DeclarationDrift } from '../core/connection/declaration-drift.ts';
import { type Failure, policyOf } from '../core/failures.ts';
import type { MetricName } from '../core/metrics.ts';
import type { RefreshOutcome } from '../core/refresh/refresh-outcome.ts';
import type { AttemptContext } from './refresh-context.ts';

/** A token was published: one success, and a mark when a declared scope is not among the granted ones. */
export function recordRefreshed(
  context: AttemptContext,
  connection: Connection,
  { missingScopes }: DeclarationDrift,
): void {
  record(context, connection, {
    RefreshSucceeded: 1,
    ...(missingScopes.length > 0 ? { ScopeDrift: 1 } : {}),
  });
}

/** An attempt failed: the metric of the failure's class. A connection that is blocked all the while counts as such, too. */
export function recordFailed(context: AttemptContext, connection: Connection, failure: Failure): void {
  const { metric } = policyOf(failure.code);
  if (metric === undefined) return;
  const isStillBlocked = connection.status === 'blocked' && metric !== 'Blocked';
  record(context, connection, { [metric]: 1, ...(isStillBlocked ? { Blocked: 1 } : {}) });
}

/** Nothing was attempted. A blocked connection is counted at every look, so that its alarm stays until it is mended. */
export function recordDeclined(
  context: AttemptContext,
  connection: Connection,
  outcome: RefreshOutcome | 'not-due',
): void {
  if (outcome === 'blocked' && connection.status === 'blocked') record(context, connection, { Blocked: 1 });
  if (outcome === 'budget-exhausted') record(context, connection, { BudgetExhausted: 1 });
}

function record(
  context: AttemptContext,
  connection: Connection,
  values: Partial<Record<MetricName, number>>,
): void {
  context.metrics.record(values, connection.name);
}
