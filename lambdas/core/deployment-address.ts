/**
 * A deployment's address: SSM parameters under `/zoho-token-refresher/<secretPrefix>/`, by which the CLI and other stacks find
 * its resources. There is one deployment per prefix, account and region.
 */

import { DEFAULT_SECRET_PREFIX } from './connection/connection-name.ts';

/** Maximum length of the value of a standard parameter, in UTF-8. */
export const MAX_PARAMETER_BYTES = 4096;

/** Path of all addresses of an account and region. */
export const ADDRESS_ROOT = '/zoho-token-refresher';

/**
 * The parameters of an address.
 *
 * - `deployment`: {@link DeploymentRecord} as JSON. It is created first: if it exists, the deployment fails before it
 *   shares anything with the one that created it
 * - `function`: ARN of the refresher
 * - `consumer-target`, `operator-target`: what consumers and operators invoke to request a refresh
 * - `table`: name of the connections table
 * - `key`: ARN of the KMS key of the secrets
 * - `alarm-topic`, `page-topic`, `ticket-topic`: ARNs
 * - `schedule`: name of the schedule
 * - `queue`: URL of the dead-letter queue of the schedule
 * - `alarms`: {@link AlarmList} as JSON. Deployments of 0.2 have none
 */
export const ADDRESS_PARAMETERS = [
  'deployment',
  'function',
  'consumer-target',
  'operator-target',
  'table',
  'key',
  'alarm-topic',
  'page-topic',
  'ticket-topic',
  'schedule',
  'queue',
  'alarms',
] as const;

/**
 * The parameters of a deployment with the setting `consent`.
 *
 * - `consent-target`: what backends and operators invoke to create and complete invites
 * - `consent-url`: where the pages are, such as `https://connect.example.com`
 * - `consents-table`: name of the table of invites
 */
export const CONSENT_PARAMETERS = ['consent-target', 'consent-url', 'consents-table'] as const;
export type ConsentParameter = (typeof CONSENT_PARAMETERS)[number];

/**
 * The parameters of a deployment with a fleet: with the setting `connectedStore: dynamodb` or `fleetShards`.
 *
 * - `tokens-table`, `credentials-table`: names of the tables of the second store
 * - `connected-store`: the setting, `dynamodb` or `secrets-manager`
 * - `fleet-shards`: the setting, such as `4`
 * - `shard-schedules`: names of the schedules of the shards, in their order, separated by commas
 */
export const FLEET_PARAMETERS = [
  'tokens-table',
  'credentials-table',
  'connected-store',
  'fleet-shards',
  'shard-schedules',
] as const;
export type FleetParameter = (typeof FLEET_PARAMETERS)[number];

export type AddressParameter = (typeof ADDRESS_PARAMETERS)[number] | ConsentParameter | FleetParameter;

/** The value of the parameter `deployment`. */
export interface DeploymentRecord {
  /** Name of the CloudFormation stack. */
  readonly stack: string;
  /** Version of this project that was deployed, e.g. `0.2.0`. */
  readonly version: string;
  /** The tags of the deployment's resources, for the secrets that are created outside CloudFormation. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Days after which a connection that stays blocked is parked. Absent in deployments of earlier versions. */
  readonly parkAfterDays?: number;
}

/** The value of the parameter `alarms`: what was created. Names are without their beginning, which is {@link alarmNamePrefix}. */
export interface AlarmList {
  /** Alarms that notify, also the composite one. */
  readonly alarms: readonly string[];
  /** Alarms that notify no one: conditions of composite ones. */
  readonly conditions: readonly string[];
  /** Connections with an alarm {@link CONNECTION_ALARM} of their own. */
  readonly connections: readonly string[];
  /** How many more such connections there are. Their names do not fit into a parameter. @default 0 */
  readonly omitted?: number;
}

/** The alarm that each declared connection has: `UnauthorizedSpike-crm-prod`. */
export const CONNECTION_ALARM = 'UnauthorizedSpike';

/** Name of a parameter, e.g. `/zoho-token-refresher/zoho/table`. */
export function addressParameterName(secretPrefix: string, parameter: AddressParameter): string {
  return `${ADDRESS_ROOT}/${secretPrefix}/${parameter}`;
}

/**
 * The beginning of the names of a deployment's alarms, before e.g. `RefresherSilent`: `ZohoTokenRefresher-`. With another
 * prefix than the default, it contains the prefix, because two deployments can be in one stack: `ZohoTokenRefresher/team-a/`.
 * Neither a stack's name nor a prefix contains a slash, so no deployment's beginning is that of another.
 */
export function alarmNamePrefix(stackName: string, secretPrefix: string): string {
  return secretPrefix === DEFAULT_SECRET_PREFIX ? `${stackName}-` : `${stackName}/${secretPrefix}/`;
}
