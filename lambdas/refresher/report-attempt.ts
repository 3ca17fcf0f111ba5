import type { StateChange } from '../core/connection/state-change.ts';
import { InfrastructureError } from '../core/failures.ts';
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
  write(context, report, name);
  const { announcedStates } = context.settings;
  await announce(
    context,
    name,
    report.stateChanges.filter(({ state }) => announcedStates.includes(state)),
  );
}

/** The same for a scheduled attempt that did not start or did not end. A row without a valid name counts for the fleet only. */
export function reportAborted(
  context: RefreshContext,
  aborted: AbortedAttempt,
  countedFor: 'connection' | 'fleet' = 'connection',
): void {
  write(context, reportOfAborted(aborted), countedFor === 'connection' ? aborted.name : undefined);
}

function write(
  { log, metrics }: RefreshContext,
  report: AttemptReport,
  connection: string | undefined,
): void {
  const { level, message, fields } = report.logLine;
  for (const values of report.metrics) metrics.record(values, connection);
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
