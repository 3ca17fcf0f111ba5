import type { Connection, Incident, Problem, Severity } from '../connection/connection.ts';
import { DEFAULT_SECRET_PREFIX } from '../connection/connection-name.ts';
import { driftOf } from '../connection/declaration-drift.ts';
import type { DeclaredConnection } from '../connection/declared-connection.ts';
import { toSingleLine } from '../single-line.ts';
import { levelOf, severityOf } from './problems.ts';

/** What is published about one incident. Contains no secrets. */
export interface Notification {
  readonly level: Exclude<Severity, 'none'>;
  /** Fits a lock screen: ASCII, less than 100 characters, which is the limit of SNS. It begins with `ALARM:` or `OK:`. */
  readonly subject: string;
  /** For people. */
  readonly message: string;
  /** For incident services. */
  readonly alarm: AlarmMessage;
  readonly connection: string;
  readonly problem: Problem;
  readonly isOver: boolean;
}

/**
 * The fields of CloudWatch's own notifications. Incident services such as PagerDuty ignore other messages to their CloudWatch
 * integration, and want the subject to begin with the state (source: http://cetinich.net/content/2022/cloudwatch-pagerduty-sns/).
 * The name is the same for the beginning and the end, so that they close what they opened, and open it once.
 */
export interface AlarmMessage {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmArn: string;
  readonly AWSAccountId: string;
  readonly Region: string;
  readonly NewStateValue: 'ALARM' | 'OK';
  readonly OldStateValue: 'ALARM' | 'OK';
  readonly NewStateReason: string;
  /** ISO 8601. */
  readonly StateChangeTime: string;
}

/** Which deployment notifies, and where its runbooks are. */
export interface Sender {
  readonly secretPrefix: string;
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly runbookBaseUrl: string;
}

/** SNS: "must be less than 100 characters long". Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const LONGEST_SUBJECT = 99;

/** The notification about an incident that began or ended. Undefined if no one is notified about the connection. */
export function composeNotification(
  connection: Connection,
  incident: Incident,
  { declared, sender, nowMs }: { declared: DeclaredConnection | undefined; sender: Sender; nowMs: number },
): Notification | undefined {
  const severity = severityOf(connection, declared);
  if (severity === 'none') return undefined;
  const { problem, sinceMs } = incident;
  const isOver = incident.state === 'ended';
  const { began, ended, runbook, detailsOf } = TEXTS[problem];
  const title = `Zoho ${connection.name} ${isOver ? ended : began}`;
  const state = isOver ? 'OK' : 'ALARM';
  const details = isOver
    ? [`Over since: ${timeText(nowMs)}`, `Began: ${timeText(sinceMs)}`]
    : [
        ...detailsOf({ connection, declared, command: commandsOf(connection.name, sender) }),
        `Since: ${timeText(sinceMs)}`,
        `Token: ${tokenText(connection, nowMs)}`,
        `Runbook: ${sender.runbookBaseUrl}/${runbook}.md`,
      ];
  const about = [
    `Connection: ${connection.name} (${declared === undefined ? 'added at run time' : 'declared'}, data center ${connection.dataCenter ?? declared?.dataCenter ?? 'unknown'})`,
    `Deployment: ${sender.secretPrefix} in ${sender.region}, account ${sender.account}`,
  ];
  const message = [`${title}.`, '', ...details.map(toSingleLine), '', ...about.map(toSingleLine)].join('\n');
  const hasCode = !isOver && (problem === 'blocked' || problem === 'no-token');
  const code = hasCode ? connection.lastFailure?.code : undefined;
  return {
    level: levelOf(problem, severity),
    subject: subjectOf(`${state}: ${title}`, code),
    message,
    alarm: {
      ...sourceOf(sender, `Zoho ${sender.secretPrefix}/${connection.name} ${problem}`),
      AlarmDescription: message,
      NewStateValue: state,
      OldStateValue: isOver ? 'ALARM' : 'OK',
      NewStateReason: `${title}.`,
      StateChangeTime: new Date(isOver ? nowMs : sinceMs).toISOString(),
    },
    connection: connection.name,
    problem,
    isOver,
  };
}

interface Described {
  readonly connection: Connection;
  readonly declared: DeclaredConnection | undefined;
  /** Completes a command of the CLI, e.g. `authorize`. */
  readonly command: (command: string) => string;
}

interface Texts {
  readonly began: string;
  readonly ended: string;
  readonly runbook: string;
  readonly detailsOf: (described: Described) => readonly string[];
}

const TEXTS: Readonly<Record<Problem, Texts>> = {
  blocked: {
    began: 'is blocked',
    ended: 'has recovered',
    runbook: 'ReauthorizationNeeded',
    detailsOf: ({ connection, command }) => [
      `Reason: ${connection.lastFailure?.message ?? 'not recorded'}`,
      isRefusedByZoho(connection)
        ? `Fix: ${command('refresh')} asks Zoho again. If it still refuses: ${command('authorize')}`
        : `Fix: ${command('authorize')}`,
    ],
  },
  'scope-drift': {
    began: 'lacks a declared scope',
    ended: 'has all its scopes again',
    runbook: 'ScopeDrift',
    detailsOf: ({ connection, declared, command }) => {
      const missing = driftOf(connection, declared).missingScopes;
      return [
        `Reason: Zoho did not grant ${missing.join(', ')}. Calls that need it fail; all others work.`,
        `Fix: ${command('authorize')} --add-scope ${missing.join(',')}`,
      ];
    },
  },
  'tokens-rejected': {
    began: 'tokens are rejected',
    ended: 'tokens are accepted again',
    runbook: 'TokensRejected',
    detailsOf: ({ command }) => [
      'Reason: consumers reject tokens that Zoho has just issued, so new tokens do not help. Usually one consumer lacks a scope or is behind a proxy.',
      `Diagnose: ${command('doctor')}`,
    ],
  },
  'never-authorized': {
    began: 'was never authorized',
    ended: 'is authorized',
    runbook: 'NeverAuthorized',
    detailsOf: ({ command }) => [
      'Reason: the connection is declared, and has no credentials. Its consumers cannot call Zoho.',
      `Fix: ${command('authorize')}`,
    ],
  },
  'no-token': {
    began: 'has no valid token',
    ended: 'has a valid token again',
    runbook: 'RefreshFailing',
    detailsOf: ({ connection, command }) => [
      `Reason: ${connection.lastFailure?.message ?? 'not recorded'}`,
      `Diagnose: ${command('doctor')}`,
    ],
  },
  'row-lost': {
    began: 'lost its row',
    ended: 'is registered again',
    runbook: 'RowLost',
    detailsOf: ({ command }) => [
      'Reason: its row had disappeared from the connections table. It was created again from the published token, and is refreshed. What only the row knew is lost: a pause, the severity, the budgets.',
      `Diagnose: ${command('doctor')}`,
    ],
  },
};

/** Unreadable credentials are not sent to Zoho, so asking again does not help. */
function isRefusedByZoho({ lastFailure }: Connection): boolean {
  return lastFailure?.code !== 'malformed_credentials' && lastFailure?.code !== 'unknown_data_center';
}

function sourceOf(
  { account, region, partition }: Sender,
  name: string,
): Pick<AlarmMessage, 'AlarmName' | 'AlarmArn' | 'AWSAccountId' | 'Region'> {
  return {
    AlarmName: name,
    AlarmArn: `arn:${partition}:cloudwatch:${region}:${account}:alarm:${name}`,
    AWSAccountId: account,
    Region: region,
  };
}

/** With the deployment, unless it is the usual one. */
function commandsOf(name: string, { secretPrefix }: Sender): (command: string) => string {
  const deployment = secretPrefix === DEFAULT_SECRET_PREFIX ? '' : ` --deployment ${secretPrefix}`;
  return (command) => `zoho-tokens${deployment} ${command} ${name}`;
}

function subjectOf(title: string, code: string | undefined): string {
  const whole = code === undefined ? title : `${title}: ${code}`;
  return whole.length <= LONGEST_SUBJECT ? whole : title;
}

function tokenText({ token }: Connection, nowMs: number): string {
  if (token === undefined) return 'none was ever published';
  return `${token.expiresAtMs > nowMs ? 'expires' : 'expired'} at ${timeText(token.expiresAtMs)}`;
}

function timeText(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
