import type { Problem, Severity } from '../connection/connection.ts';
import { DEFAULT_SECRET_PREFIX } from '../connection/connection-name.ts';
import { toSingleLine } from '../single-line.ts';

/** What is published about one incident. Contains no secrets. */
export interface Notification {
  readonly level: Exclude<Severity, 'none'>;
  /** Fits a lock screen: ASCII, less than 100 characters, which is the limit of SNS. It begins with `ALARM:` or `OK:`. */
  readonly subject: string;
  /** For people. */
  readonly message: string;
  /** For incident services. */
  readonly alarm: AlarmMessage;
  /** Undefined if the notification is about a client. */
  readonly connection: string | undefined;
  /** The client that several connections share, if the notification is about it. */
  readonly client?: string | undefined;
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
  /** As CloudWatch writes it: `2026-01-05T09:03:00.000+0000`. */
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

/** What one notification says. */
export interface Said {
  readonly level: Notification['level'];
  readonly problem: Problem;
  readonly isOver: boolean;
  /** The connection or client of the alarm's name, e.g. `crm-prod`. */
  readonly name: string;
  /** What has happened to it, e.g. `Zoho crm-prod is blocked`. */
  readonly title: string;
  /** Stands in the subject, if it fits. */
  readonly code: string | undefined;
  /** The lines of the message, and those about the sender. */
  readonly details: readonly string[];
  readonly about: readonly string[];
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** The notification for people and for incident services. */
export function formatNotification(said: Said, sender: Sender): Omit<Notification, 'connection' | 'client'> {
  const { level, problem, isOver, title, code, sinceMs, nowMs } = said;
  const state = isOver ? 'OK' : 'ALARM';
  const about = [
    ...said.about,
    `Deployment: ${sender.secretPrefix} in ${sender.region}, account ${sender.account}`,
  ];
  const message = [`${title}.`, '', ...said.details.map(toSingleLine), '', ...about.map(toSingleLine)].join(
    '\n',
  );
  return {
    level,
    subject: subjectOf(`${state}: ${title}`, code),
    message,
    alarm: {
      ...sourceOf(sender, `Zoho ${sender.secretPrefix}/${said.name} ${problem}`),
      AlarmDescription: message,
      NewStateValue: state,
      OldStateValue: isOver ? 'ALARM' : 'OK',
      NewStateReason: `${title}.`,
      StateChangeTime: new Date(isOver ? nowMs : sinceMs).toISOString().replace('Z', '+0000'),
    },
    problem,
    isOver,
  };
}

/** The CLI, with the deployment unless it is the usual one. */
export function programOf({ secretPrefix }: Pick<Sender, 'secretPrefix'>): string {
  return secretPrefix === DEFAULT_SECRET_PREFIX ? 'zoho-tokens' : `zoho-tokens --deployment ${secretPrefix}`;
}

/** Completes commands of the CLI about a connection or a client. */
export function commandsOf(name: string, sender: Sender): (command: string) => string {
  return (command) => `${programOf(sender)} ${command} ${name}`;
}

/** When an incident was over, and when it began. */
export function endOf({ sinceMs }: Pick<Said, 'sinceMs'>, nowMs: number): readonly string[] {
  return [`Over since: ${timeText(nowMs)}`, `Began: ${timeText(sinceMs)}`];
}

/** In UTC, to the minute. */
export function timeText(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
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

function subjectOf(title: string, code: string | undefined): string {
  const whole = code === undefined ? title : `${title}: ${code}`;
  return whole.length <= LONGEST_SUBJECT ? whole : title;
}
