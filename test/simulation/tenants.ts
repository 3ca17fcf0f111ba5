import { toItem } from '../../lambdas/adapters/connection-row.ts';
import { type Connection, registerConnection } from '../../lambdas/core/connection/connection.ts';
import { partitionOf } from '../../lambdas/core/connection/partition.ts';
import type { SimulatedTable } from './simulated-table.ts';
import type { WorldConnection } from './world-connection.ts';

/** Registers the connections that no configuration names, as `zoho-tokens connect` does. */
export function connectTenants(
  connections: readonly WorldConnection[],
  table: SimulatedTable,
  nowMs: number,
): void {
  for (const connection of connections) {
    if (connection.home !== 'declared') table.plant(toItem(rowOf(connection, nowMs)));
  }
}

function rowOf({ name, home, severity, declaration }: WorldConnection, nowMs: number): Connection {
  const row: Connection = {
    ...registerConnection(name, 'connected', nowMs),
    partition: partitionOf(name),
    severity,
  };
  const { dataCenter, scopes } = declaration;
  return home === 'connected, in DynamoDB'
    ? { ...row, store: 'dynamodb', intent: { dataCenter, scopes } }
    : row;
}
