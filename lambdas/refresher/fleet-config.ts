import type { FleetShards } from '../core/connection/partition.ts';
import type { NumberSetting } from './number-settings.ts';

/** The setting `fleetRefreshesPerSecond`: what each shard starts per second of what is written to DynamoDB. */
export const FLEET_REFRESHES_PER_SECOND = {
  min: 1,
  max: 50,
  default: 20,
  description:
    'Refreshes that each shard starts per second, of connections whose tokens are in DynamoDB. Above 25, the function gets 1 GB of memory.',
} as const satisfies NumberSetting;

/** A fleet: shards of the schedule for connections that were connected at run time, and the second store. All of it or nothing. */
export interface FleetConfig {
  readonly fleetShards: FleetShards;
  readonly fleetRefreshesPerSecond: number;
  readonly tokensTableName: string;
  readonly credentialsTableName: string;
  /** Key that the second store is sealed with. */
  readonly encryptionKeyArn: string;
}

export type MaybeFleet = { readonly [Name in keyof FleetConfig]?: FleetConfig[Name] | undefined };

/** The fleet of a configuration that has one. */
export function fleetOf(config: MaybeFleet): FleetConfig | undefined {
  const { fleetShards, fleetRefreshesPerSecond, tokensTableName, credentialsTableName, encryptionKeyArn } =
    config;
  if (
    fleetShards === undefined ||
    fleetRefreshesPerSecond === undefined ||
    tokensTableName === undefined ||
    credentialsTableName === undefined ||
    encryptionKeyArn === undefined
  )
    return undefined;
  return { fleetShards, fleetRefreshesPerSecond, tokensTableName, credentialsTableName, encryptionKeyArn };
}
