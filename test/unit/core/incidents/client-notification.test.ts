import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import type { DeclaredConnections } from '../../../../lambdas/core/connection/declared-connection.ts';
import type { FailureCode } from '../../../../lambdas/core/failures.ts';
import { composeClientNotification } from '../../../../lambdas/core/incidents/client-notification.ts';
import { NO_USERS, withUsers } from '../../../../lambdas/core/incidents/client-users.ts';
import { blockedConnection, failureOf, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';

const SENDER = {
  ...{ secretPrefix: 'zoho', partition: 'aws', account: '111122223333', region: 'eu-west-1' },
  runbookBaseUrl: 'https://wiki.example.com',
};
const DECLARED = { dataCenter: 'eu', scopes: [] } as const;

const userOf = (name: string, overrides: Partial<Connection> = {}) =>
  blockedConnection({
    ...{ name, client: 'acme' },
    lastFailure: { ...failureOf('invalid_client_secret'), atMs: NOW_MS },
    ...overrides,
  });
const tenants = (count: number) =>
  Array.from({ length: count }, (_, index) => userOf(`tenant-${index + 1}`, { source: 'connected' }));

function notificationOf({
  rows = [userOf('crm-prod')],
  state = 'begun',
  code = 'invalid_client_secret',
  client = 'acme',
  fleetSize = rows.length,
  declaredConnections = {},
  sender = SENDER,
}: {
  rows?: readonly Connection[];
  state?: 'begun' | 'ended';
  code?: FailureCode;
  client?: string;
  fleetSize?: number;
  declaredConnections?: DeclaredConnections;
  sender?: typeof SENDER;
} = {}) {
  // They are read in several pages.
  const pages = rows.map((user) => ({ users: [user], scanned: 1 }));
  const others = { users: [], scanned: fleetSize - rows.length };
  const users = [...pages, others].reduce(
    (summary, page) => withUsers(summary, page, declaredConnections),
    NO_USERS,
  );
  return composeClientNotification(
    userOf('crm-prod', { lastFailure: { ...failureOf(code), atMs: NOW_MS } }),
    { problem: 'client-refused', sinceMs: NOW_MS, state, client: { name: client, changedAtMs: NOW_MS } },
    { users, sender, nowMs: NOW_MS + MINUTE_MS },
  );
}

describe('a notification about a client', () => {
  test('says why it is refused, how to fix it, and which connections are blocked', () => {
    const rows = [userOf('g'), ...['f', 'e', 'd', 'c', 'b'].map((name) => userOf(name))];
    const working = userOf('a', { status: 'active', lastFailure: undefined });

    const { message, subject, ...rest } = notificationOf({ rows: [...rows, working] });

    expect(subject).toBe('ALARM: Zoho client acme is refused: invalid_client_secret');
    expect(message.split('\n')).toEqual([
      'Zoho client acme is refused.',
      '',
      'Reason: what invalid_client_secret means',
      'Fix: zoho-tokens client rotate acme',
      'Since: 2026-01-05 09:00 UTC',
      'Connections: 6 of 7 that use the client are blocked: b, c, d, e, f, and 1 more',
      'Runbook: https://wiki.example.com/ClientRefused.md',
      '',
      'Client: acme',
      'Deployment: zoho in eu-west-1, account 111122223333',
    ]);
    expect(rest).toMatchObject({
      ...{ connection: undefined, client: 'acme', problem: 'client-refused', isOver: false },
      alarm: { AlarmName: 'Zoho zoho/acme client-refused', NewStateValue: 'ALARM' },
    });
  });

  test('about the end has the same name, and no reason', () => {
    const { alarm, message, subject, isOver } = notificationOf({ state: 'ended' });

    expect(subject).toBe('OK: Zoho client acme is accepted again');
    expect(message).toContain('.\n\nOver since: 2026-01-05 09:01 UTC\n\nClient:');
    expect(alarm).toMatchObject({ AlarmName: 'Zoho zoho/acme client-refused', NewStateValue: 'OK' });
    expect(isOver).toBe(true);
  });

  test.each<[FailureCode, string]>([
    ['invalid_client', 'rotate'],
    ['client_without_data_center', 'rotate'],
    ['unknown_client', 'add'],
    ['malformed_client', 'add'],
  ])('because of %s advises to %s it, in the deployment', (code, command) => {
    const { message } = notificationOf({ code, sender: { ...SENDER, secretPrefix: 'team-a' } });

    expect(message).toContain(`Fix: zoho-tokens --deployment team-a client ${command} acme\n`);
  });

  test.each(['begun', 'ended'] as const)(
    'with the longest name has a subject that SNS accepts (%s)',
    (state) => {
      const { subject } = notificationOf({ client: 'c'.repeat(64), state });

      expect(subject.length).toBeLessThan(100);
      expect(subject).toContain('c'.repeat(64));
    },
  );
});

describe('the level', () => {
  test.each<[string, Parameters<typeof notificationOf>[0], 'page' | 'ticket']>([
    ['a declared connection', { declaredConnections: { 'crm-prod': DECLARED } }, 'page'],
    [
      'a declared connection that can wait',
      { declaredConnections: { 'crm-prod': { ...DECLARED, severity: 'ticket' } } },
      'ticket',
    ],
    ['nine that were added at run time', { rows: tenants(9) }, 'ticket'],
    ['ten that were added at run time', { rows: tenants(10) }, 'page'],
    ['ten of a fleet of 2,000', { rows: tenants(10), fleetSize: 2_000 }, 'ticket'],
    ['twenty of a fleet of 2,000', { rows: tenants(20), fleetSize: 2_000 }, 'page'],
    ['one of them that pages', { rows: [userOf('t', { source: 'connected', severity: 'page' })] }, 'page'],
  ])('of a client of %s', (_, options, level) => {
    expect(notificationOf(options).level).toBe(level);
  });
});
