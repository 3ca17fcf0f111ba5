import type { FailureCode } from '../failures.ts';
import { UNDECLARED } from '../refresh/refresh-failures.ts';
import {
  type Connection,
  type ConnectionSource,
  NO_COMPLAINTS,
  type Problem,
  registerConnection,
} from './connection.ts';
import { dropDeadLease } from './lease.ts';

/** Why an operator disabled a connection. */
export type DisableReason = Extract<FailureCode, 'paused' | 'disconnected' | 'revoked'>;

const REASONS: Readonly<Record<DisableReason, string>> = {
  paused: 'Paused by an operator. Its token is not renewed until it is resumed.',
  disconnected: 'Disconnected by an operator: its secrets are scheduled for deletion.',
  revoked: 'An operator revoked its authorization at Zoho. Authorize it again to enable it.',
};

/** DynamoDB has no days in which a deletion can be cancelled. */
function messageOf({ store }: Connection, reason: DisableReason): string {
  return reason === 'disconnected' && store === 'dynamodb'
    ? 'Disconnected by an operator: its token and its credentials are deleted.'
    : REASONS[reason];
}

/**
 * The row of a connection that is no longer refreshed. Its lease must be free. It is rescheduled, so that the late
 * write of a lease on the previous row is refused. The row is kept, because its generation must never be reset.
 */
export function disableConnection(connection: Connection, reason: DisableReason, nowMs: number): Connection {
  const isPaused = reason === 'paused';
  return {
    ...dropDeadLease(connection, nowMs),
    status: 'disabled',
    blockedAtMs: undefined,
    endedCredentials: isPaused ? connection.endedCredentials : endedOf(connection),
    nextAttemptAtMs: nowMs,
    failures: 0,
    lastFailure: { code: reason, message: messageOf(connection, reason), atMs: nowMs },
  };
}

/**
 * The row of a connection that was connected at run time and is about to be declared. The refresher enables it as soon as
 * the configuration declares it; its generation and budgets continue.
 */
export function awaitDeclaration(connection: Connection, nowMs: number): Connection {
  return {
    ...dropDeadLease(connection, nowMs),
    source: 'declared',
    status: 'disabled',
    blockedAtMs: undefined,
    endedCredentials: endedOf(connection),
    nextAttemptAtMs: nowMs,
    failures: 0,
    lastFailure: { ...UNDECLARED, atMs: nowMs },
  };
}

/** The row of a connection whose authorization an operator has revoked at Zoho. `versionId` is that of its credentials. */
export function revokeConnection(connection: Connection, versionId: string, nowMs: number): Connection {
  return { ...disableConnection(connection, 'revoked', nowMs), endedCredentials: versionId };
}

/** Zoho has refused the credentials of a blocked connection and repeated it. A paused one is asked about again when it is resumed. */
function endedOf({ status, credentialsVersionId, endedCredentials }: Connection): string | undefined {
  return status === 'blocked' ? (credentialsVersionId ?? endedCredentials) : endedCredentials;
}

/** True if an operator disabled the connection. False if it was retired because it is no longer declared. */
export function isDisabledByOperator(connection: Connection, reason?: DisableReason): boolean {
  const code = connection.lastFailure?.code;
  const isOperators = code !== undefined && Object.hasOwn(REASONS, code);
  return connection.status === 'disabled' && isOperators && (reason === undefined || code === reason);
}

/** The row of a connection that is refreshed again: due at once, whatever was wrong with it before. */
export function enableConnection(connection: Connection, nowMs: number): Connection {
  return {
    ...dropDeadLease(connection, nowMs),
    status: connection.token === undefined ? 'pending' : 'active',
    nextAttemptAtMs: nowMs,
    failures: 0,
    lastFailure: undefined,
    blockedAtMs: undefined,
    refusedCredentials: [],
  };
}

/** The row of a blocked connection as if it were blocked now: Zoho is asked at once, and then as often as at the beginning. */
export function blockAnew(connection: Connection, nowMs: number): Connection {
  return {
    ...dropDeadLease(connection, nowMs),
    nextAttemptAtMs: nowMs,
    blockedAtMs: nowMs,
    refusedCredentials: [],
  };
}

/** They are over once Zoho accepts the next credentials. */
const KEPT: readonly Problem[] = ['blocked', 'client-refused'];

/**
 * The row of a connection that is connected at run time: a new one, or one that was disconnected, whose generation and
 * budgets continue. What is known about its previous account is dropped, except that its authorization has ended: it then waits for
 * another one, and what on-call was notified about is over when it has that.
 */
export function reconnect(connection: Connection, source: ConnectionSource, nowMs: number): Connection {
  const {
    name,
    generation,
    mintsMs,
    publishesMs,
    complaints,
    incidents,
    severity,
    store,
    partition,
    intent,
  } = dropDeadLease(connection, nowMs);
  return {
    ...registerConnection(name, source, nowMs),
    ...(store && { store }),
    ...(partition !== undefined && { partition }),
    ...(intent && { intent }),
    generation,
    mintsMs,
    publishesMs,
    complaints: { ...NO_COMPLAINTS, mintsMs: complaints.mintsMs },
    endedCredentials: endedOf(connection),
    incidents: incidents.filter(({ problem, state }) => KEPT.includes(problem) && state === 'notified'),
    severity,
    incarnation: (connection.incarnation ?? 0) + 1,
  };
}
