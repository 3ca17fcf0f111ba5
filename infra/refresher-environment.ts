import type { DeclaredConnections } from '../lambdas/core/connection/declared-connection.ts';
import { type DEFAULT_CONFIG, toEnvironment } from '../lambdas/refresher/config.ts';
import type { Settings } from './settings/settings.ts';

/** Bytes that Lambda allows for all environment variables of a function, measured as their JSON. Not adjustable. */
export const MAX_ENVIRONMENT_BYTES = 4096;

/** The settings that the refresher function is told. */
export type RefresherSettings = Pick<Settings, 'secretPrefix' | 'connections' | keyof typeof DEFAULT_CONFIG>;

/** Every environment variable of the refresher function. */
export function refresherEnvironment(settings: RefresherSettings, tableName: string): Record<string, string> {
  const {
    secretPrefix,
    connections,
    refreshMarginSeconds,
    refreshJitterSeconds,
    functionTimeoutSeconds,
    zohoTimeoutSeconds,
    maxRefreshesPerSecond,
    maxInFlight,
    stateChangeEvents,
  } = settings;
  const environment = toEnvironment({
    tableName,
    secretPrefix,
    declaredConnections: declare(connections),
    refreshMarginSeconds,
    refreshJitterSeconds,
    functionTimeoutSeconds,
    zohoTimeoutSeconds,
    maxRefreshesPerSecond,
    maxInFlight,
    stateChangeEvents,
  });
  return { ...environment, POWERTOOLS_SERVICE_NAME: secretPrefix };
}

/**
 * Size of the refresher's environment as Lambda will measure it. The table's name is only known after the deployment:
 * the longest that DynamoDB allows is counted.
 */
export function environmentBytes(settings: RefresherSettings): number {
  return Buffer.byteLength(JSON.stringify(refresherEnvironment(settings, LONGEST_TABLE_NAME)));
}

const LONGEST_TABLE_NAME = 't'.repeat(255);

function declare(connections: Settings['connections']): DeclaredConnections {
  const entries = Object.entries(connections).map(([name, { dataCenter, scopes }]) => [
    name,
    { dataCenter, scopes },
  ]);
  return Object.fromEntries(entries) as DeclaredConnections;
}
