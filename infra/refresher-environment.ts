import type { Severity } from '../lambdas/core/connection/connection.ts';
import type { DeclaredConnection } from '../lambdas/core/connection/declared-connection.ts';
import { DEFAULT_RUNBOOK_BASE_URL } from '../lambdas/core/documents.ts';
import { type RefresherConfig, toEnvironment } from '../lambdas/refresher/config.ts';
import type { FleetNames } from './fleet/fleet-environment.ts';

/** Maximum size of all environment variables of a function, measured as JSON: a fixed limit of Lambda. */
export const MAX_ENVIRONMENT_BYTES = 4096;

/** The settings that are passed to the refresher function. */
export interface RefresherSettings extends Omit<RefresherConfig, 'tableName' | 'declaredConnections'> {
  readonly connections: Readonly<Record<string, DeclaredConnection>>;
  /** Whether there is a dashboard, which shows the routine metrics. */
  readonly dashboard: boolean;
}

/** Of a declared connection. Only others are in the environment, which is short. */
const DEFAULT_SEVERITY: Severity = 'page';

/** Every environment variable of the refresher function. */
export function refresherEnvironment(settings: RefresherSettings, tableName: string): Record<string, string> {
  const declared = Object.entries(settings.connections).map(
    ([name, { dataCenter, scopes, severity = DEFAULT_SEVERITY }]) =>
      [name, { dataCenter, scopes, ...(severity !== DEFAULT_SEVERITY && { severity }) }] as const,
  );
  const declaredConnections = Object.fromEntries(declared);
  return {
    ...toEnvironment({
      ...settings,
      tableName,
      declaredConnections,
      routineMetrics: settings.routineMetrics || settings.dashboard,
      runbookBaseUrl:
        settings.runbookBaseUrl === DEFAULT_RUNBOOK_BASE_URL ? undefined : settings.runbookBaseUrl,
    }),
    POWERTOOLS_SERVICE_NAME: settings.secretPrefix,
  };
}

/**
 * Size of the refresher's environment as Lambda will measure it. The names of the table and the topics are only known after the
 * deployment: this assumes long ones. CloudFormation makes them of the stack's name, the resource and 12 random characters.
 */
export function environmentBytes(settings: RefresherSettings): number {
  return Buffer.byteLength(JSON.stringify(refresherEnvironment(settings, LONG_NAME)));
}

const LONG_NAME = 'n'.repeat(100);

/** Of a fleet, whose tables and key have names that are known after the deployment. */
export const LONG_FLEET_NAMES: FleetNames = {
  tokensTableName: LONG_NAME,
  credentialsTableName: LONG_NAME,
  encryptionKeyArn: `arn:aws-us-gov:kms:us-gov-east-1:111122223333:key/mrk-${'k'.repeat(32)}`,
};

/** Of a topic that the construct creates. */
export const LONG_TOPIC_ARN = `arn:aws-us-gov:sns:us-gov-east-1:111122223333:${LONG_NAME}`;
