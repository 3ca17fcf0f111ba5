import type { FleetParameter } from '../../lambdas/core/deployment-address.ts';
import type { FleetSettings } from './fleet-settings.ts';
import type { SealedTables } from './sealed-tables.ts';

/** What the address of a deployment says about its fleet. */
export function fleetAddress(
  { shards, connectedStore }: FleetSettings,
  { tokens, credentials }: SealedTables,
  shardSchedules: readonly string[],
): Readonly<Record<FleetParameter, string>> {
  return {
    'tokens-table': tokens.tableName,
    'credentials-table': credentials.tableName,
    'connected-store': connectedStore,
    'fleet-shards': String(shards),
    'shard-schedules': shardSchedules.join(','),
  };
}
