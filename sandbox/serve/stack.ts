import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import {
  type AddressParameter,
  type AlarmList,
  CONNECTION_ALARM,
  type ConsentParameter,
  type DeploymentRecord,
  type FleetParameter,
} from '../../lambdas/core/deployment-address.ts';
import { DEFAULT_RUNBOOK_BASE_URL } from '../../lambdas/core/documents.ts';
import type { ConsentDoor } from '../../lambdas/core/invites/consent-door.ts';
import type { RefresherDoor } from '../../lambdas/core/refresh/refresher-door.ts';
import type { FleetConfig } from '../../lambdas/refresher/fleet-config.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { DeployedAlarm } from '../aws/alarm-store.ts';
import { KEY_ARN } from '../aws/embedded-aws.ts';
import { TOPICS, topicArnOf } from '../deployment/local-deployment.ts';

/** The default name of the stack. */
export const STACK_NAME = 'ZohoTokenRefresher';
/** The refresher's name in Lambda. */
export const REFRESHER_FUNCTION_NAME = `${STACK_NAME}-Refresher`;
/** ConsentApi's name in Lambda, if the pages for invites are deployed. */
export const CONSENT_API_FUNCTION_NAME = `${STACK_NAME}-ConsentApi`;
/** The connections table's name. */
export const TABLE_NAME = `${STACK_NAME}-ConnectionsTable8000A1B2-1SANDBOX0001`;
/** The name of the schedule that ticks once a minute. */
export const SCHEDULE_NAME = `${STACK_NAME}-ScheduleEveryMinute3C4D5E6F-1SANDBOX0002`;
/** The name of the schedule of a shard. */
export function scheduleNameOfShard(shard: number): string {
  return `${STACK_NAME}-ScheduleShard${shard}9E0F1A2B-1SANDBOX0007`;
}
/** The queue of ticks that could not be delivered. */
export const UNDELIVERED_QUEUE_NAME = `${STACK_NAME}-ScheduleUndelivered7A8B9C0D-1SANDBOX0003`;

const CONSUMERS: RefresherDoor = 'consumers';
const OPERATORS: RefresherDoor = 'operators';
const CALLERS: ConsentDoor = 'callers';

const ACCOUNT = '000000000000';

/** Where alarms and notifications find their runbooks. */
export const RUNBOOK_BASE_URL = DEFAULT_RUNBOOK_BASE_URL;

/** The address of the deployment. The queue's URL points to this sandbox, because SDKs send requests to that host. */
export function addressOf(
  origin: string,
  connections: readonly string[] = [],
  shards = 0,
): Record<Exclude<AddressParameter, ConsentParameter | FleetParameter>, string> {
  const record: DeploymentRecord = { stack: STACK_NAME, version: packageJson.version };
  const functionArn = functionArnOf(REFRESHER_FUNCTION_NAME);
  const alarms = [...FOR_PAGE, ...FOR_TICKET, ...FOR_NO_AUDIENCE].map(({ id }) => id);
  const list: AlarmList = {
    alarms: [
      ...alarms,
      'page',
      ...namesOfShards(SHARD_SILENT, shards),
      ...(shards === 0 ? [] : [SHARDS_PAGE]),
    ],
    conditions: [STARTED, ...namesOfShards(SHARD_STARTED, shards)],
    connections,
  };
  return {
    deployment: JSON.stringify(record),
    function: functionArn,
    'consumer-target': `${functionArn}:${CONSUMERS}`,
    'operator-target': `${functionArn}:${OPERATORS}`,
    table: TABLE_NAME,
    key: KEY_ARN,
    'alarm-topic': topicArnOf(TOPICS.alarm),
    'page-topic': topicArnOf(TOPICS.page),
    'ticket-topic': topicArnOf(TOPICS.ticket),
    schedule: SCHEDULE_NAME,
    queue: `${origin}/${ACCOUNT}/${UNDELIVERED_QUEUE_NAME}`,
    alarms: JSON.stringify(list),
  };
}

/** The ARN of a function, without alias. */
export function functionArnOf(name: string): string {
  return arnOf('lambda', `function:${name}`);
}

/** What a fleet adds to the address. */
export function fleetAddressOf(
  { tokensTableName, credentialsTableName, fleetShards }: FleetConfig,
  connectedStore: SecretStoreName,
): Record<FleetParameter, string> {
  return {
    'tokens-table': tokensTableName,
    'credentials-table': credentialsTableName,
    'connected-store': connectedStore,
    'fleet-shards': String(fleetShards),
    'shard-schedules': Array.from({ length: fleetShards }, (_, shard) => scheduleNameOfShard(shard)).join(
      ',',
    ),
  };
}

/** What the pages for invites add to the address. */
export function consentAddressOf(url: string, consentsTable: string): Record<ConsentParameter, string> {
  return {
    'consent-target': `${functionArnOf(CONSENT_API_FUNCTION_NAME)}:${CALLERS}`,
    'consent-url': url,
    'consents-table': consentsTable,
  };
}

function arnOf(service: string, resource: string): string {
  return `arn:aws:${service}:eu-west-1:${ACCOUNT}:${resource}`;
}

interface Described {
  readonly id: string;
  readonly meaning: string;
}

const SILENT = {
  id: 'RefresherSilent',
  meaning: 'The refresher has not completed a run for 3 minutes.',
};
const STARTED = 'RefresherStarted';
const SHARD_SILENT = 'ShardSilent';
const SHARD_STARTED = 'ShardStarted';
/** The composite alarm of all shards. */
const SHARDS_PAGE = 'page-shards';
const FOR_PAGE: readonly Described[] = [
  {
    id: 'TokenExpiringSoon',
    meaning: 'Tokens expire soon and have not been replaced, whatever the cause.',
  },
  { id: 'NotificationFailed', meaning: 'Notifications about connections cannot be published.' },
];
const FOR_TICKET: readonly Described[] = [
  { id: 'RefreshFailing', meaning: 'Refreshes failed in 3 of the last 5 minutes.' },
  { id: 'ZohoThrottling', meaning: 'Zoho throttles, or our own budget is used up.' },
  {
    id: 'RefresherErrors',
    meaning: 'The refresher function failed or was throttled in 3 of 5 minutes.',
  },
  { id: 'DeliveryFailed', meaning: 'The schedule could not deliver ticks.' },
  { id: 'ContractChanged', meaning: 'Zoho answers otherwise than it documents.' },
];
const FOR_NO_AUDIENCE: readonly Described[] = [
  SILENT,
  { id: CONNECTION_ALARM, meaning: 'Calls of consumers of any connection are answered with 401.' },
  { id: 'ReauthorizationNeeded', meaning: 'Zoho refuses the credentials of a connection.' },
];

/** The alarms of the stack. A test compares this list with the template. */
export function alarmsOf(connections: readonly string[], shards = 0): DeployedAlarm[] {
  const spikes = connections.map((connection) => ({
    id: `${CONNECTION_ALARM}-${connection}`,
    meaning: `Calls of consumers of ${connection} are answered with 401.`,
  }));
  return [
    ...[...FOR_PAGE, ...spikes].map((each) => alarm(each, TOPICS.page)),
    ...FOR_TICKET.map((each) => alarm(each, TOPICS.ticket)),
    ...FOR_NO_AUDIENCE.map((each) => alarm(each)),
    latch(STARTED, 'the refresher'),
    pageOf('page', [silentRule(SILENT.id, STARTED)]),
    ...alarmsOfShards(shards),
  ];
}

function alarmsOfShards(shards: number): DeployedAlarm[] {
  if (shards === 0) return [];
  const [silent, started] = [namesOfShards(SHARD_SILENT, shards), namesOfShards(SHARD_STARTED, shards)];
  return [
    ...silent.map((id, shard) =>
      alarm({ id, meaning: `Shard ${shard} of the fleet has not completed a run for 3 minutes.` }),
    ),
    ...started.map((name, shard) => latch(name, `shard ${shard}`)),
    pageOf(
      SHARDS_PAGE,
      silent.map((id, shard) => silentRule(id, started[shard] ?? '')),
    ),
  ];
}

function namesOfShards(name: string, shards: number): string[] {
  return Array.from({ length: shards }, (_, shard) => `${name}-${shard}`);
}

function latch(name: string, what: string): DeployedAlarm {
  return {
    name: `${STACK_NAME}-${name}`,
    description: `Not an alarm: OK since ${what} has completed 3 runs.`,
  };
}

/** Silent, after it has started. */
function silentRule(silent: string, started: string): string {
  return `(ALARM("${arnOfAlarm(silent)}") AND NOT (INSUFFICIENT_DATA("${arnOfAlarm(started)}")))`;
}

function pageOf(name: string, rules: readonly string[]): DeployedAlarm {
  const actions = [topicArnOf(TOPICS.page)];
  return { name: `${STACK_NAME}-${name}`, kind: 'composite', rule: rules.join(' OR '), actions };
}

function alarm({ id, meaning }: Described, ownTopic?: string): DeployedAlarm {
  const topics = ownTopic === undefined ? [TOPICS.alarm] : [TOPICS.alarm, ownTopic];
  const description = `${meaning} Runbook: ${RUNBOOK_BASE_URL}/${id.split('-')[0]}.md`;
  return { name: `${STACK_NAME}-${id}`, description, actions: topics.map(topicArnOf) };
}

function arnOfAlarm(id: string): string {
  return arnOf('cloudwatch', `alarm:${STACK_NAME}-${id}`);
}
