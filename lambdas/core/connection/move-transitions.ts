import { parseScopes } from '../zoho/scopes.ts';
import {
  type Complaints,
  type Connection,
  type ConnectionSource,
  NO_COMPLAINTS,
  registerConnection,
} from './connection.ts';
import { dropDeadLease } from './lease.ts';
import { disableConnection, isDisabledByOperator } from './operator-transitions.ts';
import { intendedPartition } from './partition.ts';
import type { Intent, SecretStoreName } from './secret-store.ts';

/**
 * The rows of a move to another prefix. At every moment, at most one of both deployments mints for the connection: the new
 * one follows until the old row is disabled.
 */

/** The new deployment's row when a move begins. It keeps the generation of an earlier row, and is due at once. */
export function startFollowing(
  existing: Connection | undefined,
  { name, source, secretPrefix }: { name: string; source: ConnectionSource; secretPrefix: string },
  nowMs: number,
): Connection {
  const row =
    existing === undefined ? registerConnection(name, source, nowMs) : dropDeadLease(existing, nowMs);
  return {
    ...row,
    follows: { secretPrefix, generation: 0 },
    nextAttemptAtMs: nowMs,
    failures: 0,
    lastFailure: undefined,
  };
}

/**
 * The new deployment's row once the old one is disabled: it mints, starting now. Zoho's limits are per refresh token, so the
 * calls that the old deployment made count here as well. So do those that complaints of its consumers caused.
 */
export function stopFollowing(
  row: Connection,
  theirs: Pick<Connection, 'mintsMs' | 'complaints'> | undefined,
  nowMs: number,
): Connection {
  return {
    ...dropDeadLease(row, nowMs),
    follows: undefined,
    status: row.status === 'disabled' ? 'disabled' : 'active',
    mintsMs: mergeTimes(row.mintsMs, theirs?.mintsMs ?? []),
    complaints: mergeComplaints(row.complaints, theirs?.complaints),
    nextAttemptAtMs: nowMs,
    failures: 0,
    lastFailure: row.status === 'disabled' ? row.lastFailure : undefined,
  };
}

const MOVED = 'Moved to the deployment ';

/** The old deployment's row: paused, with a code that version 0.1 knows, and a text that says where it went. */
export function moveAway(row: Connection, secretPrefix: string, nowMs: number): Connection {
  const paused = disableConnection(row, 'paused', nowMs);
  const message = `${MOVED}${secretPrefix}, which mints its tokens now. Do not resume it here.`;
  return { ...paused, lastFailure: { code: 'paused', message, atMs: nowMs } };
}

export function isMovedAway(row: Connection): boolean {
  return isDisabledByOperator(row, 'paused') && row.lastFailure?.message.startsWith(MOVED) === true;
}

/** What is known of a connection whose row is restored. */
export interface SinceTheBackup {
  readonly publishedGeneration: number;
  /** The row that is replaced. */
  readonly existing: Connection | undefined;
  /** Where its credentials are now: the connection may have been moved. */
  readonly store: SecretStoreName;
  readonly isFleet: boolean;
}

/**
 * A row from a backup as it is written into the table of the deployment: without its lease, above every generation that was
 * issued since, as far as is known, where the deployment wants it, and due at once. A cool-down is waited out.
 */
export function restoreRow(
  restored: Connection,
  { publishedGeneration, existing, store, isFleet }: SinceTheBackup,
  nowMs: number,
): Connection {
  const isCoolingDown = restored.status === 'cooling-down' && restored.nextAttemptAtMs > nowMs;
  const { store: before, intent, movedFrom, partition: _, ...others } = dropDeadLease(restored, nowMs);
  const leftIn = (before ?? 'secrets-manager') === store ? movedFrom : undefined;
  const partition = intendedPartition(restored, isFleet);
  return {
    ...others,
    ...(store === 'dynamodb' && { store, intent: existing?.intent ?? intent ?? intentOf(restored) }),
    movedFrom: existing === undefined ? leftIn : existing.movedFrom,
    ...(partition === undefined ? {} : { partition }),
    generation: Math.max(restored.generation, publishedGeneration, existing?.generation ?? 0),
    nextAttemptAtMs: isCoolingDown ? restored.nextAttemptAtMs : nowMs,
    mintsMs: mergeTimes(restored.mintsMs, existing?.mintsMs ?? []),
    publishesMs: mergeTimes(restored.publishesMs, existing?.publishesMs ?? []),
    complaints: mergeComplaints(restored.complaints, existing?.complaints),
  };
}

/** What a connection is that nothing was said about. */
function intentOf({ dataCenter, scope }: Connection): Intent {
  return { dataCenter, scopes: parseScopes(scope ?? '') };
}

/** The generations are those of `one`: another row's are not comparable. */
function mergeComplaints(one: Complaints, other: Complaints = NO_COMPLAINTS): Complaints {
  return { ...one, mintsMs: mergeTimes(one.mintsMs, other.mintsMs) };
}

function mergeTimes(one: readonly number[], other: readonly number[]): readonly number[] {
  return [...one, ...other.filter((timeMs) => !one.includes(timeMs))].sort((a, b) => a - b);
}
