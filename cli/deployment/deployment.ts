import { DEFAULT_PARK_AFTER_DAYS } from '../../lambdas/core/connection/parking.ts';
import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import {
  ADDRESS_PARAMETERS,
  type AddressParameter,
  type AlarmList,
  addressParameterName,
  CONSENT_PARAMETERS,
  type DeploymentRecord,
  FLEET_PARAMETERS,
} from '../../lambdas/core/deployment-address.ts';
import { parseJsonObject } from '../../lambdas/core/json.ts';
import { CliError } from '../cli-error.ts';
import type { Address } from './read-addresses.ts';

/** A deployment and its resources, taken from its address. */
export interface Deployment {
  /** Its name. Also the beginning of the names of its secrets, and a dimension of its metrics. */
  readonly secretPrefix: string;
  readonly stackName: string;
  /** Version of this project that was deployed, e.g. `0.2.0`. */
  readonly version: string;
  /** Tags of the stack's resources, for the secrets that are created outside CloudFormation. */
  readonly tags: Readonly<Record<string, string>>;
  /** How long a connection is blocked before it is parked. */
  readonly parkAfterMs: number;
  readonly account: string;
  readonly region: string;
  /** The refresher. */
  readonly functionArn: string;
  /** What an operator invokes to request a refresh. */
  readonly operatorTarget: string;
  readonly tableName: string;
  /** KMS key of the secrets. */
  readonly keyArn: string;
  readonly topics: { readonly alarm: string; readonly page: string; readonly ticket: string };
  readonly scheduleName: string;
  readonly undeliveredQueueUrl: string;
  /** The alarms that it created. Undefined if its address does not say: it was deployed with 0.2. */
  readonly alarms: AlarmList | undefined;
  /** The second store, and the shards of the schedule. Undefined if they are not deployed. */
  readonly fleet: DeployedFleet | undefined;
  /** The pages for invites. Undefined if they are not deployed. */
  readonly consent: DeployedConsent | undefined;
}

/** What the settings `connectedStore` and `fleetShards` deploy. */
export interface DeployedFleet {
  readonly tokensTable: string;
  readonly credentialsTable: string;
  /** Where new connections have their secrets. */
  readonly connectedStore: SecretStoreName;
  readonly shards: number;
  /** Names of the schedules of the shards, in their order. */
  readonly shardSchedules: readonly string[];
}

/** What the setting `consent` deploys. */
export interface DeployedConsent {
  /** What operators invoke to create and complete invites. */
  readonly target: string;
  /** Such as `https://connect.example.com`. */
  readonly url: string;
  /** Name of the table of invites. */
  readonly tableName: string;
}

const DAY_MS = 24 * 3600_000;

const FUNCTION_ARN = /^arn:[\w-]+:lambda:([\w-]+):(\d{12}):function:[\w:$-]+$/;
const KEY_ARN = /^arn:[\w-]+:kms:[\w-]+:\d{12}:(key|alias)\/.+$/;

/** Reads an address. Throws {@link CliError} if it is incomplete or malformed, or names resources of another place. */
export function parseAddress(address: Address): Deployment {
  const { secretPrefix, account, region, values } = address;
  requireComplete(address);
  const given = (parameter: AddressParameter) => values.get(parameter) ?? '';
  const record = parseRecord(given('deployment'));
  if (record === undefined)
    throw malformed(address, 'deployment', 'JSON such as {"stack":"…","version":"0.2.0"}');
  const functions = ['function', 'operator-target', 'consent-target'] as const;
  for (const parameter of functions.filter((each) => each !== 'consent-target' || values.has(each))) {
    const [, ownRegion, ownAccount] = FUNCTION_ARN.exec(given(parameter)) ?? [];
    if (ownRegion === undefined) throw malformed(address, parameter, 'the ARN of a Lambda function');
    if (ownRegion !== region || ownAccount !== account)
      throw elsewhere(address, parameter, `account ${ownAccount}, ${ownRegion}`);
  }
  if (!KEY_ARN.test(given('key'))) throw malformed(address, 'key', 'the ARN of a KMS key');
  return {
    ...{ secretPrefix, account, region },
    stackName: record.stack,
    version: record.version,
    tags: record.tags,
    parkAfterMs: record.parkAfterDays * DAY_MS,
    functionArn: given('function'),
    operatorTarget: given('operator-target'),
    tableName: given('table'),
    keyArn: given('key'),
    topics: {
      alarm: given('alarm-topic'),
      page: given('page-topic'),
      ticket: given('ticket-topic'),
    },
    scheduleName: given('schedule'),
    undeliveredQueueUrl: given('queue'),
    alarms: parseAlarmList(given('alarms')),
    fleet: FLEET_PARAMETERS.every((parameter) => values.has(parameter))
      ? {
          tokensTable: given('tokens-table'),
          credentialsTable: given('credentials-table'),
          connectedStore: given('connected-store') === 'dynamodb' ? 'dynamodb' : 'secrets-manager',
          shards: Number(given('fleet-shards')),
          shardSchedules: given('shard-schedules').split(','),
        }
      : undefined,
    consent: CONSENT_PARAMETERS.every((parameter) => values.has(parameter))
      ? { target: given('consent-target'), url: given('consent-url'), tableName: given('consents-table') }
      : undefined,
  };
}

/** Reads the parameter `deployment`; undefined when it is malformed. */
export function parseRecord(text: string): Required<DeploymentRecord> | undefined {
  const { stack, version, tags = {}, parkAfterDays } = parseJsonObject(text) ?? {};
  if (typeof stack !== 'string' || stack === '' || typeof version !== 'string') return undefined;
  if (typeof tags !== 'object' || tags === null) return undefined;
  const isTag = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';
  return {
    stack,
    version,
    tags: Object.fromEntries(Object.entries(tags).filter(isTag)),
    parkAfterDays: typeof parkAfterDays === 'number' ? parkAfterDays : DEFAULT_PARK_AFTER_DAYS,
  };
}

/** The parameters that an address lacks, without the one that those of 0.2 do not have. */
export function missingParameters({ values }: Address): readonly string[] {
  return ADDRESS_PARAMETERS.filter((parameter) => parameter !== 'alarms' && !values.has(parameter));
}

/** Reads the parameter `alarms`; undefined when there is none, or it is malformed. */
function parseAlarmList(text: string): AlarmList | undefined {
  const { alarms, conditions, connections, omitted } = parseJsonObject(text) ?? {};
  if (!isListOfTexts(alarms) || !isListOfTexts(conditions) || !isListOfTexts(connections)) return undefined;
  return { alarms, conditions, connections, ...(typeof omitted === 'number' ? { omitted } : {}) };
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function requireComplete(address: Address): void {
  const missing = missingParameters(address);
  if (missing.length === 0) return;
  const stack = parseRecord(address.values.get('deployment') ?? '')?.stack;
  throw new CliError(
    `The deployment ${address.secretPrefix}${stack === undefined ? '' : ` (stack ${stack})`} in ${placeOf(address)} is incomplete: its address has no ${missing.join(', ')}.`,
    'Wait until the deployment in progress has finished, or repeat it if it failed: npx cdk deploy.',
  );
}

function malformed(address: Address, parameter: AddressParameter, expected: string) {
  const name = addressParameterName(address.secretPrefix, parameter);
  return new CliError(
    `The SSM parameter ${name} in ${placeOf(address)} is not ${expected} (value omitted). It was changed after the deployment.`,
    `Restore the value that the deployment wrote: aws ssm get-parameter-history --name ${name}`,
  );
}

function elsewhere(address: Address, parameter: AddressParameter, where: string) {
  return new CliError(
    `The SSM parameter ${addressParameterName(address.secretPrefix, parameter)} in ${placeOf(address)} names a function in ${where}: it was copied from there.`,
    'Use the --profile and --region of the deployment. Delete the copied parameters: they block a deployment here.',
  );
}

function placeOf({ account, region }: Address): string {
  return `account ${account}, ${region}`;
}
