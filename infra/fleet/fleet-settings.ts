import type { FleetShards } from '../../lambdas/core/connection/partition.ts';
import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { FLEET_REFRESHES_PER_SECOND } from '../../lambdas/refresher/fleet-config.ts';
import type { Settings } from '../settings/settings.ts';

/** What a fleet is made of. */
export interface FleetSettings {
  /** How many schedules share the connections that were connected at run time. */
  readonly shards: FleetShards;
  /** What each shard starts per second of what is written to DynamoDB. */
  readonly refreshesPerSecond: number;
  /** Where new connections are stored. */
  readonly connectedStore: SecretStoreName;
}

/** The settings from which a fleet follows. */
export type SettingsOfFleet = Pick<Settings, 'connectedStore' | 'fleetShards' | 'fleetRefreshesPerSecond'>;

/**
 * The fleet of a configuration; undefined if it has none. With `fleetShards` and without `connectedStore: 'dynamodb'`, the tables
 * exist for the connections that are still in them.
 */
export function fleetSettings({
  connectedStore,
  fleetShards,
  fleetRefreshesPerSecond = FLEET_REFRESHES_PER_SECOND.default,
}: SettingsOfFleet): FleetSettings | undefined {
  if (connectedStore === 'secrets-manager' && fleetShards === undefined) return undefined;
  return { shards: fleetShards ?? 1, refreshesPerSecond: fleetRefreshesPerSecond, connectedStore };
}
