import type { DeclaredConnection } from '../lambdas/core/connection/declared-connection.ts';
import { type RefresherConfig, toEnvironment } from '../lambdas/refresher/config.ts';

/** Maximum size of all environment variables of a function, measured as JSON: a fixed limit of Lambda. */
export const MAX_ENVIRONMENT_BYTES = 4096;

/** The settings that are passed to the refresher function. */
export interface RefresherSettings extends Omit<RefresherConfig, 'tableName' | 'declaredConnections'> {
  readonly connections: Readonly<Record<string, DeclaredConnection>>;
}

/** Every environment variable of the refresher function. */
export function refresherEnvironment(settings: RefresherSettings, tableName: string): Record<string, string> {
  const declared = Object.entries(settings.connections).map(
    ([name, { dataCenter, scopes }]) => [name, { dataCenter, scopes }] as const,
  );
  const declaredConnections = Object.fromEntries(declared);
  return {
    ...toEnvironment({ ...settings, tableName, declaredConnections }),
    POWERTOOLS_SERVICE_NAME: settings.secretPrefix,
  };
}

/**
 * Size of the refresher's environment as Lambda will measure it. The table's name is only known after the deployment:
 * this assumes the longest name that DynamoDB allows.
 */
export function environmentBytes(settings: RefresherSettings): number {
  return Buffer.byteLength(JSON.stringify(refresherEnvironment(settings, LONGEST_TABLE_NAME)));
}

const LONGEST_TABLE_NAME = 't'.repeat(255);
