import type { Connection } from '../core/connection/connection.ts';
import { dropDeadLease } from '../core/connection/lease.ts';
import { intendedPartition } from '../core/connection/partition.ts';
import { InfrastructureError } from '../core/failures.ts';
import type { MalformedRow } from '../core/ports.ts';
import type { RefreshContext, RefreshSettings } from './refresh-context.ts';

/**
 * True for a row in another partition than the configuration wants: the deployment became a fleet or is none any more, an operator has
 * enabled the connection again, or it is declared now.
 */
export function isMisplaced(
  row: Connection | MalformedRow,
  { fleetShards }: Pick<RefreshSettings, 'fleetShards'>,
): row is Connection {
  return !('malformed' in row) && row.partition !== intendedPartition(row, fleetShards !== undefined);
}

/** Moves a row to its partition. It stays due, so that the tick of that partition refreshes it within a minute. */
export async function relocate(context: RefreshContext, row: Connection): Promise<void> {
  const { clock, connections, deadlines, log, settings } = context;
  const nowMs = clock.now();
  const { partition: _, ...others } = dropDeadLease(row, nowMs);
  const partition = intendedPartition(row, settings.fleetShards !== undefined);
  const next: Connection = partition === undefined ? others : { ...others, partition };
  try {
    await connections.replaceIfFree(row, next, nowMs, deadlines.work);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    log.warn('a connection could not be moved to its partition', { connection: row.name, code: error.code });
  }
}
