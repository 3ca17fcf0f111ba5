import type { DeclaredConnections } from '../../lambdas/core/connection/declared-connection.ts';
import type { FleetShards } from '../../lambdas/core/connection/partition.ts';
import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { CONNECTION_STATES } from '../../lambdas/core/connection/state-change.ts';
import { DEFAULT_CONFIG, type RefresherConfig } from '../../lambdas/refresher/config.ts';
import { FLEET_REFRESHES_PER_SECOND, type MaybeFleet } from '../../lambdas/refresher/fleet-config.ts';
import type { Choices } from './choices.ts';
import { SEALED_TABLES } from './sealed-store.ts';
import type { WorldConnection } from './world-connection.ts';

/** The refresher's configuration in a world. The defaults are the most likely. */
export function pickConfig(
  choices: Choices,
  connections: readonly WorldConnection[],
  store: SecretStoreName,
): RefresherConfig {
  return {
    ...DEFAULT_CONFIG,
    pageTopicArn: 'arn:aws:sns:eu-west-1:000000000000:page',
    ticketTopicArn: 'arn:aws:sns:eu-west-1:000000000000:ticket',
    tableName: 'connections',
    secretPrefix: 'zoho',
    declaredConnections: declarationsOf(connections),
    ...(store === 'dynamodb' ? fleetOf(choices.pick<FleetShards>('shards', [1, 2, 2, 16])) : {}),
    refreshMarginSeconds: choices.pick('margin', [300, 300, 1600]),
    refreshJitterSeconds: choices.pick('jitter', [60, 60, 30, 0]),
    functionTimeoutSeconds: choices.pick('timeout', [75, 75, 75, 60, 30]),
    zohoTimeoutSeconds: choices.pick('Zoho time-out', [10, 10, 5, 2, 20]),
    maxInFlight: choices.pick('in flight', [25, 25, 1]),
    acceptRotatedRefreshTokens: choices.pick('accepts rotation', [true, false]),
    stateChangeEvents: choices.pick<RefresherConfig['stateChangeEvents']>('announced', [
      CONNECTION_STATES,
      CONNECTION_STATES,
      DEFAULT_CONFIG.stateChangeEvents,
      [],
    ]),
  };
}

/** The configuration's part of the connections. The others were connected at run time. */
export function declarationsOf(connections: readonly WorldConnection[]): DeclaredConnections {
  const declared = connections.filter(({ home, isDeclared }) => home === 'declared' && isDeclared);
  return Object.fromEntries(declared.map(({ name, declaration }) => [name, declaration]));
}

/** The settings of a fleet. Without shards, those of a deployment that has none. */
export function fleetOf(fleetShards: FleetShards | undefined): MaybeFleet {
  const isFleet = fleetShards !== undefined;
  return {
    fleetShards,
    fleetRefreshesPerSecond: isFleet ? FLEET_REFRESHES_PER_SECOND.default : undefined,
    tokensTableName: isFleet ? SEALED_TABLES.tokens : undefined,
    credentialsTableName: isFleet ? SEALED_TABLES.credentials : undefined,
    encryptionKeyArn: isFleet ? 'arn:aws:kms:eu-west-1:000000000000:key/simulated' : undefined,
  };
}
