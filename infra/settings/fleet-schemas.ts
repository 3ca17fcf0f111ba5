import { FLEET_SHARDS, type FleetShards } from '../../lambdas/core/connection/partition.ts';
import { SECRET_STORES, type SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { FLEET_REFRESHES_PER_SECOND } from '../../lambdas/refresher/fleet-config.ts';
import { documentation } from './documentation.ts';
import { oneOf, oneOfNumbers, wholeNumber } from './schemas.ts';

/** The settings of the fleet and of the second store. By default there is neither. */
export const fleetSchemas = {
  connectedStore: oneOf<SecretStoreName>(SECRET_STORES, 'a store')
    .default('secrets-manager')
    .register(documentation, {
      type: "'secrets-manager' | 'dynamodb'",
      description:
        'Where the secrets of a connection are stored that is added at run time: `secrets-manager`, or `dynamodb`, each encrypted with the KMS key. See docs/platforms.md.',
      details:
        'Declared connections are always in Secrets Manager. Existing connections stay where they are until `zoho-tokens move NAME --to dynamodb` moves them.',
    }),
  fleetShards: oneOfNumbers<FleetShards>(FLEET_SHARDS).optional().register(documentation, {
    type: '1 | 2 | 4 | 8 | 16 | undefined',
    description:
      'How many schedules share the connections that were added at run time: 1, 2, 4, 8 or 16. Each invokes the function every minute, and has its own alarm.',
    details:
      'With `connectedStore: secrets-manager`, it keeps the tables of the second store for the connections that are still there.',
    defaultText: '1 with `connectedStore: dynamodb`, otherwise none',
  }),
  fleetRefreshesPerSecond: wholeNumber(FLEET_REFRESHES_PER_SECOND)
    .optional()
    .register(documentation, {
      type: 'number | undefined',
      description: `${FLEET_REFRESHES_PER_SECOND.description} From ${FLEET_REFRESHES_PER_SECOND.min} to ${FLEET_REFRESHES_PER_SECOND.max}.`,
      defaultText: `${FLEET_REFRESHES_PER_SECOND.default} in a fleet`,
    }),
};
