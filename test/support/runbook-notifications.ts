import { Template } from 'aws-cdk-lib/assertions';
import { type Connection, PROBLEMS } from '../../lambdas/core/connection/connection.ts';
import { DEFAULT_RUNBOOK_BASE_URL } from '../../lambdas/core/documents.ts';
import { composeClientNotification } from '../../lambdas/core/incidents/client-notification.ts';
import { NO_USERS, withUsers } from '../../lambdas/core/incidents/client-users.ts';
import {
  composeNotification,
  type ProblemOfConnection,
} from '../../lambdas/core/incidents/connection-notification.ts';
import type { Notification } from '../../lambdas/core/incidents/notification.ts';
import { parseTokenResponse } from '../../lambdas/core/zoho/token-response.ts';
import { createStack } from '../infra/synthesize.ts';
import { activeConnection, blockedConnection, NOW_MS, pendingConnection } from './builders.ts';

const START = '<!-- notification: written by `npm run docs` -->';
const END = '<!-- end of notification -->';
const COMPOSITES = 'README';

/** Runbooks by name, each with the notifications that lead there, as they are sent. */
export function readNotifications(): ReadonlyMap<string, readonly string[]> {
  const pages = new Map<string, string[]>();
  const add = (text: string, page: string) => pages.set(page, [...(pages.get(page) ?? []), text]);
  for (const problem of PROBLEMS) {
    const text = problem === 'client-refused' ? notificationOfClient() : notificationOf(problem);
    add(text, pageOf(text));
  }
  const regenerated = notificationOf('blocked', refused('invalid_client_secret'));
  add(regenerated, pageOf(regenerated));
  const template = Template.fromStack(
    createStack({
      alarmEmails: ['on-call@example.com'],
      connections: { 'crm-prod': DECLARED },
      consent: { displayName: 'Acme CRM' },
      fleetShards: 1,
    }),
  );
  for (const type of ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm']) {
    for (const { Properties } of Object.values(template.findResources(type))) {
      const { AlarmName: name, AlarmDescription: description, AlarmActions: actions } = Properties;
      if (actions === undefined) continue;
      const isComposite = type.endsWith('CompositeAlarm');
      add(mailOf(name, description), isComposite ? COMPOSITES : pageOf(description));
    }
  }
  return pages;
}

/** A runbook with its notifications between the two markers, up to date. Unchanged without markers. */
export function renderRunbook(runbook: string, notifications: readonly string[]): string {
  const [start, end] = [runbook.indexOf(START), runbook.indexOf(END)];
  if (start === -1) return runbook;
  if (end < start) throw new Error(`A runbook with the line ${START} needs the line ${END}.`);
  const blocks = notifications.map((text) => `\`\`\`text\n${text}\n\`\`\`\n`);
  return `${runbook.slice(0, start)}${START}\n\n${blocks.join('\n')}\n${runbook.slice(end)}`;
}

const DECLARED = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'] } as const;
const SENDER = {
  ...{ secretPrefix: 'zoho', partition: 'aws', account: '111122223333', region: 'eu-west-1' },
  runbookBaseUrl: DEFAULT_RUNBOOK_BASE_URL,
};

/** A connection with a problem. Without an entry, one that is active. */
const WITH: Readonly<Partial<Record<ProblemOfConnection, () => Connection>>> = {
  blocked: () => refused('invalid_code'),
  'never-authorized': () => pendingConnection(),
  'no-token': () => {
    const answer = parseTokenResponse({ status: 503, body: '' });
    if (answer.kind !== 'refused') throw new Error('503 is a refusal.');
    const issuedAtMs = NOW_MS - 75 * 60_000;
    return activeConnection({
      token: { versionId: 'version', issuedAtMs, expiresAtMs: issuedAtMs + 60 * 60_000 },
      lastFailure: { ...answer.failure, atMs: NOW_MS },
    });
  },
};

function refused(error: string): Connection {
  const answer = parseTokenResponse({ status: 200, body: JSON.stringify({ error }) });
  if (answer.kind !== 'refused') throw new Error(`${error} is a refusal.`);
  return blockedConnection({ lastFailure: { ...answer.failure, atMs: NOW_MS } });
}

/** The notification about a problem that begins, without the lines that say which deployment it comes from. */
function notificationOf(
  problem: ProblemOfConnection,
  connection = WITH[problem]?.() ?? activeConnection(),
): string {
  const notification = composeNotification(
    connection,
    { problem, sinceMs: NOW_MS, state: 'begun' },
    { declared: DECLARED, sender: SENDER, nowMs: NOW_MS },
  );
  if (notification === undefined) throw new Error(`No one is notified about ${problem}.`);
  return textOf(notification, 'Connection');
}

/** The same about a client that two connections share, of which one is blocked so far. */
function notificationOfClient(): string {
  const answer = parseTokenResponse({ status: 200, body: '{"error":"invalid_client_secret"}' });
  if (answer.kind !== 'refused') throw new Error('invalid_client_secret is a refusal.');
  const shared = { client: 'acme-app', lastFailure: { ...answer.failure, atMs: NOW_MS } };
  const first = blockedConnection(shared);
  const both = [first, blockedConnection({ ...shared, name: 'books-in' })];
  const users = withUsers(NO_USERS, { users: both, scanned: 2 }, {});
  const client = { name: 'acme-app', changedAtMs: NOW_MS };
  const notification = composeClientNotification(
    first,
    { problem: 'client-refused', sinceMs: NOW_MS, state: 'begun', client },
    { users, sender: SENDER, nowMs: NOW_MS },
  );
  return textOf(notification, 'Client');
}

function textOf(notification: Notification, nextPart: string): string {
  const [firstPart] = notification.message.split(`\n\n${nextPart}: `);
  return `Subject: ${notification.subject}\n\n${firstPart}`;
}

/**
 * What CloudWatch's mail about an alarm says: its subject, and the description of the alarm among its details.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
 */
function mailOf(name: string, description: string): string {
  return `Subject: ALARM: "${name}" in EU (Ireland)\n\nDescription: ${description}`;
}

function pageOf(text: string): string {
  const page = /\/(\w+)\.md$/m.exec(text)?.[1];
  if (page === undefined) throw new Error(`No runbook is linked: ${text}`);
  return page;
}
