import type { Connection } from '../core/connection.ts';
import { classOf, type Failure, policyOf } from '../core/failures.ts';
import type { MetricName } from '../core/metrics.ts';
import type { RefreshOutcome } from '../core/refresh-outcome.ts';
import { missingScopes } from '../core/scopes.ts';
import type { RefreshContext } from './refresh-context.ts';

/** A token was published: one log line, one success, and a mark when a declared scope is not among the granted ones. */
export function reportRefreshed(context: RefreshContext, connection: Connection): void {
  const { declaredConnections } = context.settings;
  const isDeclared = Object.hasOwn(declaredConnections, connection.name);
  const declared = isDeclared ? declaredConnections[connection.name] : undefined;
  const granted = connection.scope ?? '';
  const missing = declared === undefined || granted === '' ? [] : missingScopes(declared.scopes, granted);
  context.log.info('refreshed', {
    connection: connection.name,
    generation: connection.publishedGeneration,
    dataCenter: connection.dataCenter,
    expiresAt: isoOf(connection.token?.expiresAtMs),
    nextAttemptAt: isoOf(connection.nextAttemptAtMs),
  });
  if (declared !== undefined && connection.dataCenter !== declared.dataCenter) {
    context.log.warn('the credentials belong to another data center than the configuration says', {
      connection: connection.name,
      credentials: connection.dataCenter,
      declared: declared.dataCenter,
    });
  }
  if (missing.length > 0) {
    context.log.warn('declared scopes are not granted: plan a re-authorization', {
      connection: connection.name,
      missing,
    });
  }
  record(context, connection, { RefreshSucceeded: 1, ...(missing.length > 0 ? { ScopeDrift: 1 } : {}) });
}

/** An attempt failed: one log line with a stable code, and the metric of the failure's class. */
export function reportFailed(
  context: RefreshContext,
  connection: Connection,
  { failure, cause }: { failure: Failure; cause?: unknown },
): void {
  const { metric } = policyOf(failure.code);
  const fields = {
    connection: connection.name,
    generation: connection.generation,
    status: connection.status,
    code: failure.code,
    class: classOf(failure.code),
    reason: failure.message,
    nextAttemptAt: isoOf(connection.nextAttemptAtMs),
    ...(cause instanceof Error && cause.cause instanceof Error ? { cause: cause.cause.name } : {}),
  };
  if (metric === undefined) context.log.info('waiting for credentials', fields);
  else context.log.warn('refresh failed', fields);
  const isStillBlocked = connection.status === 'blocked' && metric !== 'Blocked';
  if (metric !== undefined)
    record(context, connection, { [metric]: 1, ...(isStillBlocked ? { Blocked: 1 } : {}) });
}

/** Nothing was attempted. A blocked connection is counted at every look, so that its alarm stays until it is mended. */
export function reportDeclined(
  context: RefreshContext,
  connection: Connection,
  outcome: RefreshOutcome | 'not-due',
): void {
  context.log.info('not refreshed', { connection: connection.name, outcome, status: connection.status });
  if (outcome === 'blocked' && connection.status === 'blocked') record(context, connection, { Blocked: 1 });
  if (outcome === 'budget-exhausted') record(context, connection, { BudgetExhausted: 1 });
}

function record(
  context: RefreshContext,
  connection: Connection,
  values: Partial<Record<MetricName, number>>,
): void {
  context.metrics.record(values, connection.name);
}

function isoOf(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString();
}
