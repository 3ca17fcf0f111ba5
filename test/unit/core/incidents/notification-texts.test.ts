import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import type { DeclaredConnection } from '../../../../lambdas/core/connection/declared-connection.ts';
import {
  composeNotification,
  type ProblemOfConnection,
} from '../../../../lambdas/core/incidents/connection-notification.ts';
import type { Notification } from '../../../../lambdas/core/incidents/notification.ts';
import {
  activeConnection,
  blockedConnection,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
} from '../../../support/builders.ts';

const SENDER = {
  secretPrefix: 'zoho',
  partition: 'aws-us-gov',
  account: '111122223333',
  region: 'us-gov-west-1',
  runbookBaseUrl: 'https://wiki.example.com',
};
const DECLARED: DeclaredConnection = {
  dataCenter: 'in',
  scopes: ['ZohoCRM.modules.ALL', 'ZohoBooks.a.READ'],
};
const NOW_TEXT = '2026-01-05 09:00 UTC';

function notificationOf(
  connection: Connection,
  problem: ProblemOfConnection,
  {
    declared = DECLARED,
    state = 'begun',
  }: { declared?: DeclaredConnection | undefined | null; state?: 'begun' | 'ended' } = {},
): Notification {
  const incident = { problem, sinceMs: NOW_MS, state };
  const of = { declared: declared ?? undefined, sender: SENDER, nowMs: NOW_MS + MINUTE_MS };
  const notification = composeNotification(connection, incident, of);
  if (notification === undefined) throw new Error('no one is notified');
  return notification;
}

describe('the message', () => {
  test.each<[ProblemOfConnection, Connection, string[]]>([
    [
      'blocked',
      blockedConnection(),
      [
        'Zoho crm-prod is blocked.',
        '',
        'Reason: what invalid_code means',
        'Fix: zoho-tokens refresh crm-prod asks Zoho again. If it still refuses: zoho-tokens authorize crm-prod',
        `Since: ${NOW_TEXT}`,
        'Token: expires at 2026-01-05 09:30 UTC',
        'Runbook: https://wiki.example.com/ReauthorizationNeeded.md',
      ],
    ],
    [
      'scope-drift',
      activeConnection({ scope: 'other' }),
      [
        'Zoho crm-prod lacks a declared scope.',
        '',
        'Reason: Zoho did not grant ZohoCRM.modules.ALL, ZohoBooks.a.READ. Calls that need it fail; all others work.',
        'Fix: zoho-tokens authorize crm-prod --add-scope ZohoCRM.modules.ALL,ZohoBooks.a.READ',
        `Since: ${NOW_TEXT}`,
        'Token: expires at 2026-01-05 09:30 UTC',
        'Runbook: https://wiki.example.com/ScopeDrift.md',
      ],
    ],
    [
      'tokens-rejected',
      activeConnection(),
      [
        'Zoho crm-prod tokens are rejected.',
        '',
        'Reason: consumers reject tokens that Zoho has just issued, so new tokens do not help. Usually one consumer lacks a scope or is behind a proxy.',
        'Diagnose: zoho-tokens doctor crm-prod',
        `Since: ${NOW_TEXT}`,
        'Token: expires at 2026-01-05 09:30 UTC',
        'Runbook: https://wiki.example.com/TokensRejected.md',
      ],
    ],
    [
      'never-authorized',
      pendingConnection({ dataCenter: 'eu' }),
      [
        'Zoho crm-prod was never authorized.',
        '',
        'Reason: the connection is declared, and has no credentials. Its consumers cannot call Zoho.',
        'Fix: zoho-tokens authorize crm-prod',
        `Since: ${NOW_TEXT}`,
        'Token: none was ever published',
        'Runbook: https://wiki.example.com/NeverAuthorized.md',
      ],
    ],
  ])('about the problem "%s" says why, what to do, and since when', (problem, connection, lines) => {
    expect(notificationOf(connection, problem).message.split('\n')).toEqual([
      ...lines,
      '',
      'Connection: crm-prod (declared, data center eu)',
      'Deployment: zoho in us-gov-west-1, account 111122223333',
    ]);
  });

  test.each([
    ['as the row has it', activeConnection(), DECLARED, 'declared, data center eu'],
    ['as it is declared', activeConnection({ dataCenter: undefined }), DECLARED, 'declared, data center in'],
    [
      'as unknown',
      activeConnection({ dataCenter: undefined }),
      null,
      'added at run time, data center unknown',
    ],
  ])('names the data center %s', (_, connection, declared, text) => {
    expect(notificationOf(connection, 'tokens-rejected', { declared }).message).toContain(`(${text})\n`);
  });

  test('does not advise to ask Zoho again about a data center that does not exist', () => {
    const lastFailure = { code: 'unknown_data_center', message: 'It is mars.', atMs: NOW_MS } as const;

    expect(notificationOf(blockedConnection({ lastFailure }), 'blocked').message).toContain(
      'Reason: It is mars.\nFix: zoho-tokens authorize crm-prod\n',
    );
  });

  test('says so if the reason is not recorded', () => {
    expect(notificationOf(blockedConnection({ lastFailure: undefined }), 'blocked').message).toContain(
      'Reason: not recorded\nFix: zoho-tokens refresh crm-prod asks Zoho again.',
    );
  });

  test('calls a token expired from the time on at which it expires', () => {
    const token = { versionId: 'v', issuedAtMs: 0, expiresAtMs: NOW_MS + MINUTE_MS };

    expect(notificationOf(blockedConnection({ token }), 'blocked').message).toContain(
      'Token: expired at 2026-01-05 09:01 UTC',
    );
  });
});

describe('the alarm for incident services', () => {
  const NAME = 'Zoho zoho/crm-prod blocked';
  const SOURCE = {
    AlarmName: NAME,
    AlarmArn: `arn:aws-us-gov:cloudwatch:us-gov-west-1:111122223333:alarm:${NAME}`,
    AWSAccountId: '111122223333',
    Region: 'us-gov-west-1',
  };

  test('has the fields of those of CloudWatch', () => {
    const { alarm, message } = notificationOf(blockedConnection(), 'blocked');

    expect(alarm).toEqual({
      ...SOURCE,
      AlarmDescription: message,
      NewStateValue: 'ALARM',
      OldStateValue: 'OK',
      NewStateReason: 'Zoho crm-prod is blocked.',
      StateChangeTime: '2026-01-05T09:00:00.000+0000',
    });
  });

  test('has the same name at the end, which closes what it opened', () => {
    const { alarm, message } = notificationOf(activeConnection(), 'blocked', { state: 'ended' });

    expect(alarm).toEqual({
      ...SOURCE,
      AlarmDescription: message,
      NewStateValue: 'OK',
      OldStateValue: 'ALARM',
      NewStateReason: 'Zoho crm-prod has recovered.',
      StateChangeTime: '2026-01-05T09:01:00.000+0000',
    });
  });
});

test.each([
  [62, ': invalid_code'],
  [63, ''],
])('a subject with a name of %i characters ends with "%s"', (length, end) => {
  const name = 'c'.repeat(length);

  expect(notificationOf(blockedConnection({ name }), 'blocked').subject).toBe(
    `ALARM: Zoho ${name} is blocked${end}`,
  );
});
