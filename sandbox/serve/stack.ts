import type { AddressParameter, DeploymentRecord } from '../../lambdas/core/deployment-address.ts';
import type { RefresherDoor } from '../../lambdas/core/refresh/refresher-door.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { DeployedAlarm } from '../aws/alarm-store.ts';
import { KEY_ARN, TOPICS, topicArnOf } from '../deployment/local-deployment.ts';

/** The default name of the stack. */
export const STACK_NAME = 'ZohoTokenRefresher';
/** The refresher's name in Lambda. */
export const REFRESHER_FUNCTION_NAME = `${STACK_NAME}-Refresher`;
/** The connections table's name. */
export const TABLE_NAME = `${STACK_NAME}-ConnectionsTable8000A1B2-1SANDBOX0001`;
/** The name of the schedule that ticks once a minute. */
export const SCHEDULE_NAME = `${STACK_NAME}-ScheduleEveryMinute3C4D5E6F-1SANDBOX0002`;
/** The queue of ticks that could not be delivered. */
export const UNDELIVERED_QUEUE_NAME = `${STACK_NAME}-ScheduleUndelivered7A8B9C0D-1SANDBOX0003`;

const CONSUMERS: RefresherDoor = 'consumers';
const OPERATORS: RefresherDoor = 'operators';

const ACCOUNT = '000000000000';
const RUNBOOKS = 'https://github.com/zoho-token-refresher/zoho-token-refresher/blob/main/docs/runbooks';

/** The address of the deployment. The queue's URL points to this sandbox, because SDKs send requests to that host. */
export function addressOf(origin: string): Record<AddressParameter, string> {
  const record: DeploymentRecord = { stack: STACK_NAME, version: packageJson.version };
  const functionArn = arnOf('lambda', `function:${REFRESHER_FUNCTION_NAME}`);
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
  };
}

function arnOf(service: string, resource: string): string {
  return `arn:aws:${service}:eu-west-1:${ACCOUNT}:${resource}`;
}

/** The alarms of the stack. A test compares this list with the template. */
export function alarmsOf(connections: readonly string[]): DeployedAlarm[] {
  const page = [
    alarm('TokenExpiringSoon', 'A token expires soon and has not been replaced, whatever the cause.'),
    alarm('RefresherSilent', 'The refresher has not completed a run for 3 minutes.'),
    alarm('NotificationFailed', 'Notifications about connections cannot be published.'),
  ];
  const ticket = [
    alarm('RefreshFailing', 'Refreshes failed in 3 of the last 5 minutes.'),
    alarm('ZohoThrottling', 'Zoho throttles, or our own budget is used up.'),
    alarm('RefresherErrors', 'The refresher function failed or was throttled in 3 of 5 minutes.'),
    alarm('DeliveryFailed', 'The schedule could not deliver ticks.'),
    alarm('ContractChanged', 'Zoho answers otherwise than it documents.'),
  ];
  const others = [
    alarm('UnauthorizedSpike', 'Calls of consumers of any connection are answered with 401.'),
    alarm('ReauthorizationNeeded', 'Zoho refuses the credentials of a connection.'),
    ...connections.map((connection) =>
      alarm('UnauthorizedSpike', `Calls of consumers of ${connection} are answered with 401.`, connection),
    ),
    alarm('ScopeDrift', 'A declared scope was not granted.'),
  ];
  const started = {
    name: `${STACK_NAME}-RefresherStarted`,
    description: 'Not an alarm: OK since the refresher has completed 3 runs.',
  };
  const isStarted = `NOT (INSUFFICIENT_DATA("${arnOfAlarm(started.name)}"))`;
  return [
    ...[...page, started, ...ticket, ...others],
    composite('page', page, (name) => (name.endsWith('RefresherSilent') ? isStarted : undefined)),
    composite('ticket', ticket),
  ];
}

function alarm(runbook: string, meaning: string, connection?: string): DeployedAlarm {
  const id = connection === undefined ? runbook : `${runbook}-${connection}`;
  const description = `${meaning} Runbook: ${RUNBOOKS}/${runbook}.md`;
  return { name: `${STACK_NAME}-${id}`, description, actions: [topicArnOf(TOPICS.alarm)] };
}

function composite(
  audience: 'page' | 'ticket',
  alarms: readonly DeployedAlarm[],
  conditionOf: (name: string) => string | undefined = () => undefined,
): DeployedAlarm {
  const parts = alarms.map(({ name }) => {
    const isInAlarm = `ALARM("${arnOfAlarm(name)}")`;
    const condition = conditionOf(name);
    return condition === undefined ? isInAlarm : `(${isInAlarm} AND ${condition})`;
  });
  const rule = parts.join(' OR ');
  return {
    name: `${STACK_NAME}-${audience}`,
    kind: 'composite',
    rule,
    actions: [topicArnOf(TOPICS[audience])],
  };
}

function arnOfAlarm(name: string): string {
  return arnOf('cloudwatch', `alarm:${name}`);
}
