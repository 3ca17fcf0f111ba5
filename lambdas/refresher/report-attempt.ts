import { declarationOf } from '../core/connection/declared-connection.ts';
import type { StateChange } from '../core/connection/state-change.ts';
import { InfrastructureError } from '../core/failures.ts';
import { weigh, weightOf } from '../core/incidents/alarm-weight.ts';
import {
  type AbortedAttempt,
  type Attempt,
  type AttemptReport,
  reportOf,
  reportOfAborted,
} from './attempt-report.ts';
import type { RefreshContext } from './refresh-context.ts';

/** Writes the log line and the metrics of an attempt, and announces what it changed. */
export async function reportAttempt(context: RefreshContext, attempt: Attempt): Promise<void> {
  const { name } = attempt.result.connection;
  const report = reportOf(attempt);
  const { declaredConnections } = context.settings;
  const weight = weightOf(declarationOf(declaredConnections, name), context.fleet.size(context.clock.now()));
  write(context, report, name, { weight, isScheduled: attempt.request.kind === 'scheduled' });
  const { announcedStates } = context.settings;
  await announce(
    context,
    name,
    report.stateChanges.filter(({ state }) => announcedStates.includes(state)),
  );
}

/**
 * The same for a scheduled attempt that did not start or did not end. A row without a valid name counts for the fleet only. It weighs
 * 1: it is our fault or the table's, and nothing else notifies on-call of it.
 */
export function reportAborted(
  context: RefreshContext,
  aborted: AbortedAttempt,
  countedFor: 'connection' | 'fleet' = 'connection',
): void {
  const name = countedFor === 'connection' ? aborted.name : undefined;
  write(context, reportOfAborted(aborted), name, { weight: 1, isScheduled: true });
}

function write(
  { log, metrics }: RefreshContext,
  report: AttemptReport,
  connection: string | undefined,
  weighing: Parameters<typeof weigh>[1],
): void {
  const { level, message, fields } = report.logLine;
  for (const values of report.metrics) {
    metrics.record(values, connection);
    const weighed = weigh(values, weighing);
    if (weighed !== undefined) metrics.record(weighed);
  }
  log[level](message, fields);
}

/** Once and best effort: an event bus that cannot be reached is logged and fails nothing. The alarms do not depend on it. */
async function announce(
  context: RefreshContext,
  connection: string,
  changes: readonly StateChange[],
): Promise<void> {
  if (changes.length === 0) return;
  try {
    await context.stateChanges.announce(changes, context.deadlines.report);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    context.log.warn('a state change could not be announced', {
      connection,
      states: changes.map(({ state }) => state),
      code: error.code,
      reason: error.message,
    });
  }
}
