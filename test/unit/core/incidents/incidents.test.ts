import { describe, expect, test } from 'vitest';
import type { Connection, Incident } from '../../../../lambdas/core/connection/connection.ts';
import type { DeclaredConnection } from '../../../../lambdas/core/connection/declared-connection.ts';
import { acquireLease } from '../../../../lambdas/core/connection/lease.ts';
import { withIncidents, withPublished } from '../../../../lambdas/core/incidents/incidents.ts';
import {
  activeConnection,
  blockedConnection,
  coolingDownConnection,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
} from '../../../support/builders.ts';

const DECLARED: DeclaredConnection = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] };

/** The row once `after` is written in place of `before`. */
function written(
  before: Connection,
  after: Connection,
  options: { readonly declared?: DeclaredConnection | undefined; readonly nowMs?: number } = {},
): Connection {
  const { declared, nowMs } = { declared: DECLARED, nowMs: NOW_MS, ...options };
  return withIncidents({ before, after: { ...after, incidents: before.incidents }, declared }, nowMs);
}

const incident = (problem: Incident['problem'], state: Incident['state'], sinceMs = NOW_MS): Incident => ({
  problem,
  state,
  sinceMs,
});

describe('a problem that begins', () => {
  test('has one pending notification, which a tick publishes if the attempt does not', () => {
    const row = written(activeConnection(), blockedConnection());

    expect(row.incidents).toEqual([incident('blocked', 'begun')]);
    expect(row.notifyAtMs).toBe(NOW_MS + 15_000);
  });

  test('has none when the connection was blocked before and its notification is published', () => {
    const before = blockedConnection({ incidents: [incident('blocked', 'notified', 1)] });

    const row = written(before, blockedConnection());

    expect(row.incidents).toEqual([incident('blocked', 'notified', 1)]);
    expect(row.notifyAtMs).toBeUndefined();
  });

  test('of a connection that an earlier version blocked is notified when it is looked at', () => {
    expect(written(blockedConnection(), blockedConnection()).incidents).toEqual([
      incident('blocked', 'begun'),
    ]);
  });

  test('is published, and the row is due for its next attempt only', () => {
    const row = written(activeConnection(), blockedConnection());

    const next = withPublished(row, row.incidents);

    expect(next).toEqual({ ...row, incidents: [incident('blocked', 'notified')], notifyAtMs: undefined });
  });

  test('is pending still when only the other one is published', () => {
    const row = blockedConnection({
      incidents: [incident('blocked', 'begun'), incident('scope-drift', 'begun')],
      notifyAtMs: NOW_MS,
    });

    expect(withPublished(row, row.incidents.slice(1))).toMatchObject({
      incidents: [incident('blocked', 'begun'), incident('scope-drift', 'notified')],
      notifyAtMs: NOW_MS,
    });
  });
});

describe('a problem that ends', () => {
  test.each([
    ['was notified is notified as well', 'notified', [incident('blocked', 'ended', 1)]],
    ['was not notified yet is dropped', 'begun', []],
    ['is notified already is kept until that is published', 'ended', [incident('blocked', 'ended', 1)]],
  ] as const)('and %s', (_, state, expected) => {
    const before = blockedConnection({ incidents: [incident('blocked', state, 1)] });

    expect(written(before, activeConnection()).incidents).toEqual(expected);
  });

  test('is forgotten once its end is published', () => {
    const row = activeConnection({ incidents: [incident('blocked', 'ended')], notifyAtMs: NOW_MS });

    expect(withPublished(row, row.incidents)).toEqual(activeConnection());
  });

  test('and begins again before that was published is the same incident', () => {
    const before = activeConnection({ incidents: [incident('blocked', 'ended', 1)] });

    expect(written(before, blockedConnection()).incidents).toEqual([incident('blocked', 'notified', 1)]);
  });
});

describe('the incidents of a row', () => {
  test('do not change while an attempt holds the lease, and nothing is published meanwhile', () => {
    const before = blockedConnection({ incidents: [incident('blocked', 'begun')], notifyAtMs: NOW_MS });
    const leased = acquireLease(before, { owner: 'me', nowMs: NOW_MS, leaseMs: 75_000 });

    expect(written(before, leased)).toEqual({
      ...leased,
      incidents: [incident('blocked', 'begun')],
      notifyAtMs: undefined,
    });
  });

  test('wait while the connection is disabled', () => {
    const before = blockedConnection({ incidents: [incident('blocked', 'notified')], notifyAtMs: NOW_MS });

    expect(written(before, { ...before, status: 'disabled' })).toMatchObject({
      incidents: [incident('blocked', 'notified')],
      notifyAtMs: undefined,
    });
  });

  test.each([
    ['declared', { ...DECLARED, severity: 'none' as const }, {}],
    ['added at run time', undefined, { source: 'connected' as const, severity: 'none' as const }],
  ])('are none with the severity none, for a connection that is %s', (_, declared, overrides) => {
    const before = activeConnection({ ...overrides, incidents: [incident('blocked', 'begun')] });

    expect(written(before, blockedConnection(overrides), { declared }).incidents).toEqual([]);
  });

  test('are none for a healthy connection', () => {
    const row = activeConnection();

    expect(written(row, row)).toEqual(row);
  });
});

describe('a declared connection without credentials', () => {
  const DAY_MS = 24 * HOUR_MS;
  const registered = () => written(pendingConnection(), pendingConnection());

  test('notifies no one for a day', () => {
    const first = registered();

    expect(first).toMatchObject({
      incidents: [incident('never-authorized', 'waiting')],
      notifyAtMs: undefined,
    });
    expect(written(first, first, { nowMs: NOW_MS + DAY_MS - 1 })).toEqual(first);
  });

  test('is notified after a day', () => {
    const first = registered();

    expect(written(first, first, { nowMs: NOW_MS + DAY_MS }).incidents).toEqual([
      incident('never-authorized', 'begun'),
    ]);
  });

  test('is forgotten when it is authorized within the day', () => {
    expect(written(registered(), activeConnection()).incidents).toEqual([]);
  });

  test('that had some before is not one that was never authorized', () => {
    const emptied = pendingConnection({ credentialsVersionId: 'credentials-1' });

    expect(written(emptied, emptied).incidents).toEqual([]);
  });

  test('may be added at run time without anyone being notified', () => {
    expect(written(pendingConnection(), pendingConnection(), { declared: undefined }).incidents).toEqual([]);
  });
});

describe('a missing scope', () => {
  const drifted = activeConnection({ scope: 'ZohoCRM.users.READ' });

  test('is notified', () => {
    expect(written(activeConnection(), drifted).incidents).toEqual([incident('scope-drift', 'begun')]);
  });

  test('that is granted ends the incident', () => {
    const before = { ...drifted, incidents: [incident('scope-drift', 'notified')] };

    expect(written(before, activeConnection()).incidents).toEqual([incident('scope-drift', 'ended')]);
  });
});

describe('rejected tokens', () => {
  /** Four tokens were replaced for complaints, and consumers complain about the published one. */
  const rejecting = activeConnection({
    complaints: { mintsMs: [], challengedGeneration: 7, inARow: 4 },
    token: { versionId: 'v', issuedAtMs: NOW_MS - 60_000, expiresAtMs: NOW_MS + HOUR_MS },
  });
  const notified = { ...rejecting, incidents: [incident('tokens-rejected', 'notified')] };
  const renewed = (before: Connection, inARow: number) => ({
    ...before,
    publishedGeneration: 8,
    complaints: { ...before.complaints, inARow },
  });

  test('are notified', () => {
    expect(written(activeConnection(), rejecting).incidents).toEqual([incident('tokens-rejected', 'begun')]);
  });

  test('are not over when the next complaint replaces the token', () => {
    const nowMs = NOW_MS + 10 * 60_000;

    expect(written(notified, renewed(notified, 5), { nowMs }).incidents).toEqual(notified.incidents);
  });

  test('are not over when the rejected token is renewed on schedule', () => {
    expect(written(notified, renewed(notified, 0)).incidents).toEqual(notified.incidents);
  });

  test('are over when a token was renewed on schedule that no one complained about', () => {
    const trusted = { ...notified, complaints: { mintsMs: [], challengedGeneration: 6, inARow: 0 } };

    expect(written(trusted, renewed(trusted, 0)).incidents).toEqual([incident('tokens-rejected', 'ended')]);
  });
});

describe('a blocked connection that was notified', () => {
  const notified = [incident('blocked', 'notified')];
  const isOver = (before: Connection, after: Connection) =>
    written({ ...before, incidents: notified }, after).incidents[0]?.state === 'ended';

  test.each<[fact: string, before: Connection, after: Connection, expected: boolean]>([
    ['has recovered when Zoho accepts its credentials', blockedConnection(), activeConnection(), true],
    [
      'has recovered when it is resumed and gets a token',
      activeConnection(),
      activeConnection({ publishedGeneration: 8 }),
      true,
    ],
    ['has not when it is resumed and not asked about yet', activeConnection(), activeConnection(), false],
    ['has not when its credentials are emptied', blockedConnection(), pendingConnection(), false],
    ['has not when it is connected again and waits', pendingConnection(), pendingConnection(), false],
    ['has not when new credentials are throttled', blockedConnection(), coolingDownConnection(), false],
  ])('%s', (_, before, after, expected) => {
    expect(isOver(before, after)).toBe(expected);
  });

  test('is no incident again while its end is pending', () => {
    const before = pendingConnection({ incidents: [incident('blocked', 'ended')] });

    expect(written(before, pendingConnection()).incidents).toEqual([
      incident('blocked', 'ended'),
      incident('never-authorized', 'waiting'),
    ]);
  });
});

describe('a connection in service without a valid token', () => {
  const expiredFor = (minutes: number, overrides: Partial<Connection> = {}) =>
    activeConnection({
      token: {
        versionId: 'v',
        issuedAtMs: NOW_MS - HOUR_MS - minutes * MINUTE_MS,
        expiresAtMs: NOW_MS - minutes * MINUTE_MS,
      },
      ...overrides,
    });
  const problemOf = (row: Connection, isAlone: boolean) =>
    withIncidents({ before: row, after: row, declared: DECLARED, isAlone }, NOW_MS).incidents.map(
      ({ problem, state }) => `${problem} ${state}`,
    );
  const notified = { incidents: [incident('no-token', 'notified')] };

  test.each<[fact: string, row: Connection, isAlone: boolean, expected: readonly string[]]>([
    ['begins 15 minutes after the expiry', expiredFor(15), true, ['no-token begun']],
    ['not earlier', expiredFor(14), true, []],
    ['begins while it cools down', expiredFor(15, { status: 'cooling-down' }), true, ['no-token begun']],
    ['not while many fail, or that is not known', expiredFor(15), false, []],
    ['lasts when many fail later', expiredFor(15, notified), false, ['no-token notified']],
    ['does not begin when it is pending', expiredFor(15, { status: 'pending' }), true, []],
    [
      'lasts when it is pending later',
      expiredFor(15, { ...notified, status: 'pending' }),
      true,
      ['no-token notified'],
    ],
    ['is over with a token', activeConnection(notified), false, ['no-token ended']],
  ])('%s', (_, row, isAlone, expected) => {
    expect(problemOf(row, isAlone)).toEqual(expected);
  });
});

describe('a row that was lost', () => {
  const next = (state: Incident['state'], publishedGeneration: number) =>
    written(
      activeConnection({ incidents: [incident('row-lost', state)] }),
      activeConnection({ publishedGeneration }),
    ).incidents.map((one) => one.state);

  test('is notified even if the attempt that finds it publishes a token', () => {
    expect(next('begun', 8)).toEqual(['begun']);
  });

  test('is over with the next token, and not before', () => {
    expect(next('notified', 7)).toEqual(['notified']);
    expect(next('notified', 8)).toEqual(['ended']);
  });
});
