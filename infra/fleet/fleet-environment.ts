import type { MaybeFleet } from '../../lambdas/refresher/fleet-config.ts';
import { fleetSettings, type SettingsOfFleet } from './fleet-settings.ts';

/** The names of what a fleet uses. */
export type FleetNames = Pick<MaybeFleet, 'tokensTableName' | 'credentialsTableName' | 'encryptionKeyArn'>;

/** What the refresher's environment says about the fleet: all of it, or nothing. */
export function fleetEnvironment(settings: SettingsOfFleet, names: FleetNames): MaybeFleet {
  const fleet = fleetSettings(settings);
  if (fleet === undefined) return {};
  return { fleetShards: fleet.shards, fleetRefreshesPerSecond: fleet.refreshesPerSecond, ...names };
}
