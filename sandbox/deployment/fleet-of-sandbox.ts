import type { FleetShards } from '../../lambdas/core/connection/partition.ts';
import type { FleetConfig } from '../../lambdas/refresher/fleet-config.ts';
import { KEY_ARN } from '../aws/embedded-aws.ts';

/** The settings of a fleet in the sandbox, which has its tables always. */
export function fleetOfSandbox(fleetShards: FleetShards = 1): FleetConfig {
  return {
    fleetShards,
    fleetRefreshesPerSecond: 20,
    tokensTableName: 'zoho-tokens',
    credentialsTableName: 'zoho-credentials',
    encryptionKeyArn: KEY_ARN,
  };
}
