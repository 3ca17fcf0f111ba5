import { classOf, type Failure } from '../core/failures.ts';
import type { RefreshRequest } from '../core/refresh/refresh-decision.ts';
import type { Durations } from './measure-waits.ts';
import type { RefreshContext } from './refresh-context.ts';
import type { RefreshResult } from './refresh-result.ts';

/** One attempt, over. */
export interface LoggedAttempt {
  readonly request: RefreshRequest;
  readonly result: RefreshResult;
  readonly durationsMs: Durations;
}

/** The one log line of an attempt, with the same fields whatever came of it: who asked, the outcome, why, how long it took. */
export function logAttempt(context: RefreshContext, { request, result, durationsMs }: LoggedAttempt): void {
  const { outcome, connection, drift, failure, leaseLost, unwritten, cause, retryAtMs } = result;
  const hasDrifted =
    drift !== undefined && (drift.missingScopes.length > 0 || drift.declaredDataCenter !== undefined);
  const isWarning = hasDrifted || leaseLost || (failure !== undefined && failure.code !== 'no_credentials');
  const fields = {
    connection: connection.name,
    outcome,
    ...triggerOf(request),
    status: connection.status,
    generation: connection.generation,
    dataCenter: connection.dataCenter,
    ...(failure === undefined ? {} : reasonOf(failure, cause)),
    ...(unwritten === undefined ? {} : { unwritten: unwritten.code }),
    ...(leaseLost ? { leaseLost } : {}),
    ...(hasDrifted ? drift : {}),
    expiresAt: isoOf(connection.token?.expiresAtMs),
    nextAttemptAt: isoOf(retryAtMs ?? connection.nextAttemptAtMs),
    durationsMs,
  };
  context.log[isWarning ? 'warn' : 'info'](messageOf(result), fields);
}

/** The same for a scheduled attempt that did not come about: a row that cannot be read or written, or a bug. */
export function logUnattempted(
  context: RefreshContext,
  connection: string,
  failure: Failure,
  details: Readonly<Record<string, unknown>> = {},
): void {
  const fields = { connection, outcome: 'failed', trigger: 'schedule', ...reasonOf(failure), ...details };
  context.log.error('refresh failed', fields);
}

function messageOf({ outcome, failure, leaseLost }: RefreshResult): string {
  if (failure?.code === 'no_credentials') return 'waiting for credentials';
  if (failure?.code === 'undeclared') return 'connection retired';
  if (failure !== undefined) return 'refresh failed';
  if (leaseLost) return 'the lease was taken over before this attempt could write down its token';
  return outcome === 'refreshed' ? 'refreshed' : 'not refreshed';
}

/** `schedule`, or why somebody asked. */
function triggerOf(request: RefreshRequest) {
  if (request.kind === 'scheduled') return { trigger: 'schedule' };
  const { reason, rejectedGeneration } = request;
  return { trigger: reason, rejectedGeneration };
}

function reasonOf({ code, message, zohoError }: Failure, error?: unknown) {
  return {
    code,
    class: classOf(code),
    zohoError,
    reason: message,
    cause: error instanceof Error && error.cause instanceof Error ? error.cause.name : undefined,
  };
}

function isoOf(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString();
}
