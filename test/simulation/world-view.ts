import type { FleetShards } from '../../lambdas/core/connection/partition.ts';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import { versionAt } from '../../sandbox/aws/secret-record.ts';
import type { SecretStore } from '../../sandbox/aws/secret-store.ts';
import { withoutPadding } from '../../sandbox/zoho/token-strings.ts';
import { dueListOf } from './due-lists.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { WorldView } from './promises/promise.ts';
import type { SimulatedTable } from './simulated-table.ts';
import type { SimulatedZoho } from './simulated-zoho.ts';
import type { WorldConnection } from './world-connection.ts';
import type { ZohoBehavior } from './world-zoho.ts';
import type { WrittenVersions } from './written-versions.ts';

export interface WorldParts {
  readonly now: () => number;
  readonly faults: FaultPlan;
  readonly table: SimulatedTable;
  readonly secrets: SecretStore;
  readonly zoho: SimulatedZoho;
  readonly versions: WrittenVersions;
  readonly connections: readonly WorldConnection[];
  readonly config: RefresherConfig;
  readonly behavior: ZohoBehavior;
  /** Of the deployment that runs now. */
  readonly fleetShards: () => FleetShards | undefined;
}

/** What the checks of the promises see of a world. */
export function createWorldView(parts: WorldParts): WorldView {
  const { now, faults, table, secrets, zoho, versions, connections, config, behavior } = parts;
  const labelled = (secretName: string, label: string) => {
    const secret = secrets.find(secretName);
    const version = secret && versionAt(secret, label);
    return version?.value.kind === 'string' ? { text: version.value.text, versionId: version.id } : undefined;
  };
  return {
    now,
    calmSinceMs: () => faults.calmSinceMs,
    topicsCalmSinceMs: () => faults.topicsCalmSinceMs,
    isTableHanging: () => faults.isTableHanging,
    longestLeaseMs: (config.functionTimeoutSeconds + 15) * 1000,
    parkAfterMs: config.parkAfterDays * 86_400_000,
    refreshJitterMs: config.refreshJitterSeconds * 1000,
    connections: () => connections,
    dueList: (connection) => dueListOf(table.find(connection), parts.fleetShards()),
    row: (connection) => table.find(connection),
    postponedUntilMs: (connection) => table.postponedUntilMs(connection),
    currentToken: (connection) => labelled(`zoho/${connection}/access-token`, 'AWSCURRENT'),
    wrongRefusals: (connection) =>
      behavior.wrongRefusals.filter((each) => each.connections.some(({ name }) => name === connection)),
    versionsWritten: (connection) => versions.of(connection),
    isValidAtZoho: (accessToken) => zoho.isValid(accessToken),
    endsAtZohoMs: (accessToken) => zoho.state.validUntil(withoutPadding(accessToken)),
    acceptsRotation: config.acceptRotatedRefreshTokens,
    currentCredentials: (connection) => labelled(`zoho/${connection}/credentials`, 'AWSCURRENT'),
    rotatedCredentials: (connection) => labelled(`zoho/${connection}/credentials`, 'ROTATED'),
    acceptsRefreshToken: (name, refreshToken) =>
      connections.some((each) => each.name === name && each.isAccepted(refreshToken)),
    secretTexts: () => [
      ...zoho.secretTexts,
      ...connections.flatMap(({ refreshTokens }) => [...refreshTokens]),
    ],
  };
}
