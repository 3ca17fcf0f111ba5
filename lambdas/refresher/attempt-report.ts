import type { Connection } from '../core/connection/connection.ts';
import type { DeclarationDrift } from '../core/connection/declaration-drift.ts';
import { type StateChange, stateChangesOf } from '../core/connection/state-change.ts';
import { classOf, type Failure, policyOf } from '../core/failures.ts';
import type { MetricName } from '../core/metrics.ts';
import type { RefreshRequest } from '../core/refresh/refresh-decision.ts';
import { isRefusedOnce } from '../core/refresh/refused-credentials.ts';
import type { Durations } from './measure-waits.ts';
import type { RefreshResult } from './refresh-result.ts';

/** One attempt that has ended. */
export interface Attempt {
  readonly request: RefreshRequest;
  readonly result: RefreshResult;
  readonly durationsMs: Durations;
  readonly endedAtMs: number;
  /** True if the connection is parked: it is counted nowhere. */
  readonly isParked: boolean;
}

/** A scheduled attempt that did not start or did not end: a row that cannot be read or written, or a bug. */
export interface AbortedAttempt {
  readonly name: string;
  /** The row, when it could be read. */
  readonly connection?: Connection;
  readonly failure: Failure;
  /** True if the connection is parked. */
  readonly isParked?: boolean;
  /** Where a bug was thrown. */
  readonly bug?: unknown;
}

/** Everything that one attempt leaves behind outside of the table and the secrets. */
export interface AttemptReport {
  readonly logLine: LogLine;
  /** Each is recorded for the connection. */
  readonly metrics: readonly MetricValues[];
  readonly stateChanges: readonly StateChange[];
}

interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

type MetricValues = Partial<Record<MetricName, number>>;

/** The report of an attempt: its log line has the same fields for every outcome. */
export function reportOf(attempt: Attempt): AttemptReport {
  const { result, endedAtMs } = attempt;
  return {
    logLine: {
      level: needsAttention(result) ? 'warn' : 'info',
      message: messageOf(result),
      fields: fieldsOf(attempt),
    },
    metrics: metricsOf(attempt).map(withOutOfService),
    stateChanges:
      'replaced' in result && result.replaced !== undefined
        ? stateChangesOf(result.replaced, result.connection, {
            atMs: endedAtMs,
            authorization: result.authorization,
          })
        : [],
  };
}

export function reportOfAborted({ name, connection, failure, isParked, bug }: AbortedAttempt): AttemptReport {
  return {
    logLine: {
      level: 'error',
      message: 'refresh failed',
      fields: {
        connection: name,
        outcome: 'failed',
        trigger: 'schedule',
        ...fieldsOfFailure(failure),
        ...(bug === undefined ? {} : { bug }),
      },
    },
    metrics: isParked ? [] : metricsOfFailure(failure, connection).map(withOutOfService),
    stateChanges: [],
  };
}

function needsAttention(result: RefreshResult): boolean {
  switch (result.kind) {
    case 'published':
      return hasDrifted(result.drift);
    case 'declined':
      return result.decision.reason === 'tokens-rejected';
    case 'failed':
      return result.leaseLost === true || result.failure.code !== 'no_credentials';
    case 'lease-lost':
      return true;
  }
}

function messageOf(result: RefreshResult): string {
  switch (result.kind) {
    case 'published':
      return 'refreshed';
    case 'declined':
      return result.decision.reason === 'tokens-rejected' ? 'consumers reject fresh tokens' : 'not refreshed';
    case 'failed':
      if (result.failure.code === 'no_credentials') return 'waiting for credentials';
      return result.failure.code === 'undeclared' ? 'connection retired' : 'refresh failed';
    case 'lease-lost':
      return 'the lease was taken over before this attempt could write its token';
  }
}

function fieldsOf({ request, result, durationsMs, isParked }: Attempt): LogLine['fields'] {
  const { outcome, connection, retryAtMs, decision } = result;
  return {
    connection: connection.name,
    outcome,
    ...triggerOf(request),
    decision: decision?.reason,
    status: connection.status,
    ...(isParked ? { parked: true } : {}),
    generation: connection.generation,
    dataCenter: connection.dataCenter,
    ...detailsOf(result),
    expiresAt: isoOf(connection.token?.expiresAtMs),
    nextAttemptAt: isoOf(retryAtMs ?? connection.nextAttemptAtMs),
    durationsMs,
  };
}

/** `schedule`, or the reason that the caller gave. */
function triggerOf(request: RefreshRequest): LogLine['fields'] {
  if (request.kind === 'scheduled') return { trigger: 'schedule' };
  const { kind, rejectedGeneration, claim = 'rejected' } = request;
  const trigger = kind === 'operator' ? kind : TRIGGERS[claim];
  return { trigger, rejectedGeneration };
}

const TRIGGERS = { rejected: 'unauthorized', expired: 'expired' };

function detailsOf(result: RefreshResult): LogLine['fields'] {
  switch (result.kind) {
    case 'published':
      return hasDrifted(result.drift) ? { ...result.drift } : {};
    case 'declined':
      return { reason: result.decision.message };
    case 'failed':
      return {
        ...fieldsOfFailure(result.failure, result.cause),
        ...(isUnconfirmed(result)
          ? { confirmed: false, ...(result.isMassRefusal ? { massRefusal: true } : {}) }
          : {}),
        ...(result.unwritten === undefined ? {} : { unwritten: result.unwritten.code }),
        ...(result.leaseLost ? { leaseLost: true } : {}),
      };
    case 'lease-lost':
      return { leaseLost: true };
  }
}

function fieldsOfFailure({ code, message, zohoError }: Failure, error?: unknown): LogLine['fields'] {
  return {
    code,
    class: classOf(code),
    zohoError,
    reason: message,
    cause: error instanceof Error && error.cause instanceof Error ? error.cause.name : undefined,
  };
}

function metricsOf({ request, result, isParked }: Attempt): MetricValues[] {
  if (isParked) return [];
  const { connection } = result;
  switch (result.kind) {
    case 'published':
      return [{ RefreshSucceeded: 1, ...(result.drift.missingScopes.length > 0 ? { ScopeDrift: 1 } : {}) }];
    case 'declined':
      return metricsOfDecline(result, request);
    case 'failed':
      if (isOwnDoing(request, result)) return [];
      if (isUnconfirmed(result))
        return [{ Refused: 1, ...(result.isMassRefusal ? { RefreshFailed: 1 } : {}) }];
      return [result.failure, result.unwritten].flatMap((failure) =>
        failure === undefined ? [] : metricsOfFailure(failure, connection),
      );
    case 'lease-lost':
      return [];
  }
}

/** A refusal that is written to the row and does not block the connection yet. */
function isUnconfirmed(result: RefreshResult & { kind: 'failed' }): boolean {
  return result.replaced !== undefined && isRefusedOnce(result.connection);
}

/** Consumers that ask so often that AWS throttles them: the schedule reports it if it is affected. */
function isOwnDoing(request: RefreshRequest, result: RefreshResult & { kind: 'failed' }): boolean {
  const tookTheLease = result.replaced !== undefined || result.unwritten !== undefined;
  return request.kind === 'consumer' && result.failure.code === 'aws_throttled' && !tookTheLease;
}

/**
 * A blocked connection is counted at every look, so that its alarm stays on until it is fixed or parked. What consumers are refused is no
 * sign that the system lacks budget.
 */
function metricsOfDecline(
  { decision, connection }: RefreshResult & { kind: 'declined' },
  request: RefreshRequest,
): MetricValues[] {
  if (decision.outcome === 'blocked' && connection.status === 'blocked') return [{ Blocked: 1 }];
  if (decision.reason === 'disabled') return [{ OutOfService: 1 }];
  if (decision.reason === 'tokens-rejected') return [{ ComplaintsDeclined: 1 }];
  const isExhausted = decision.reason === 'budget-exhausted' && request.kind !== 'consumer';
  return isExhausted ? [{ BudgetExhausted: 1 }] : [];
}

/** The metric of the failure's class. A connection that stays blocked is counted as such as well. */
function metricsOfFailure(failure: Failure, connection: Connection | undefined): MetricValues[] {
  const { metric } = policyOf(failure.code);
  if (metric === undefined) return [];
  const isStillBlocked = connection?.status === 'blocked' && metric !== 'Blocked';
  return [{ [metric]: 1, ...(isStillBlocked ? { Blocked: 1 } : {}) }];
}

/** Of a connection that is blocked or refused, so that the 401s of its consumers are not notified as well. */
function withOutOfService(values: MetricValues): MetricValues {
  return 'Blocked' in values || 'Refused' in values ? { ...values, OutOfService: 1 } : values;
}

function hasDrifted({ missingScopes, declaredDataCenter }: DeclarationDrift): boolean {
  return missingScopes.length > 0 || declaredDataCenter !== undefined;
}

function isoOf(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString();
}
