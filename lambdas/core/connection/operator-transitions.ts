import type { FailureCode } from '../failures.ts';
import { type Connection, type ConnectionSource, registerConnection } from './connection.ts';
import { dropDeadLease } from './lease.ts';

/** Why an operator has switched a connection off. */
export type SwitchedOff = Extract<FailureCode, 'paused' | 'disconnected' | 'revoked'>;

const REASONS: Readonly<Record<SwitchedOff, string>> = {
  paused: 'Paused by an operator. Its token is not renewed until it is resumed.',
  disconnected: 'Disconnected by an operator: its secrets are scheduled for deletion.',
  revoked: 'Its authorization was taken back at Zoho by an operator. Authorize it again to go on.',
};

/**
 * The row of a connection that is not to be refreshed any more. Nobody may hold its lease. It is rescheduled, so that a
 * lease on what it was is refused, however late it is written; the row stays, for its generation must never be reset.
 */
export function switchOff(connection: Connection, reason: SwitchedOff, nowMs: number): Connection {
  return {
    ...dropDeadLease(connection, nowMs),
    status: 'disabled',
    nextAttemptAtMs: nowMs,
    failures: 0,
    lastFailure: { code: reason, message: REASONS[reason], atMs: nowMs },
  };
}

/** Whether a connection was switched off by an operator, as against retired because it is no longer declared. */
export function isSwitchedOff(connection: Connection, reason?: SwitchedOff): boolean {
  const code = connection.lastFailure?.code;
  const isOperators = code !== undefined && Object.hasOwn(REASONS, code);
  return connection.status === 'disabled' && isOperators && (reason === undefined || code === reason);
}

/** The row of a connection that goes on: due at once, whatever was wrong with it before. */
export function switchOn(connection: Connection, nowMs: number): Connection {
  return {
    ...dropDeadLease(connection, nowMs),
    status: connection.token === undefined ? 'pending' : 'active',
    nextAttemptAtMs: nowMs,
    failures: 0,
    lastFailure: undefined,
    refusedCredentials: [],
  };
}

/**
 * The row of a connection that is connected at run time: a new one, or the one that was disconnected, whose count of
 * generations and calls goes on. What is known of its last account is forgotten.
 */
export function connectAgain(connection: Connection, source: ConnectionSource, nowMs: number): Connection {
  const { name, generation, mintsMs, publishesMs } = dropDeadLease(connection, nowMs);
  return { ...registerConnection(name, source, nowMs), generation, mintsMs, publishesMs };
}
