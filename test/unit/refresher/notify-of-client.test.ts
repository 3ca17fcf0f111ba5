import { describe, expect, test } from 'vitest';
import type { Connection, Incident } from '../../../lambdas/core/connection/connection.ts';
import { rememberClientUsers } from '../../../lambdas/refresher/client-users.ts';
import { publishNotifications } from '../../../lambdas/refresher/publish-notifications.ts';
import { activeConnection, blockedConnection, failureOf, NOW_MS, SECOND_MS } from '../../support/builders.ts';
import { FakeRefresher, SENDER, throws } from './fake-refresher.ts';

const PENDING_SINCE_MS = NOW_MS - 15 * SECOND_MS;

const incident = (state: Incident['state'], changedAtMs = PENDING_SINCE_MS): Incident => ({
  ...{ problem: 'client-refused', sinceMs: PENDING_SINCE_MS, state },
  client: { name: 'acme', changedAtMs },
});
const refused = (name: string, state: Incident['state'], overrides: Partial<Connection> = {}) =>
  blockedConnection({
    ...{ name, client: 'acme', incidents: [incident(state)], notifyAtMs: NOW_MS },
    lastFailure: { ...failureOf('invalid_client_secret'), atMs: NOW_MS },
    ...overrides,
  });
const accepted = (name: string) =>
  activeConnection({ name, client: 'acme', incidents: [incident('ended')], notifyAtMs: NOW_MS });

/** A tick that publishes what is pending in these rows, in this order. */
class Tick extends FakeRefresher {
  constructor(...rows: Connection[]) {
    super(...rows);
    this.settings = { ...this.settings, sender: SENDER };
  }

  async publish({ isOnDemand = false, rows = [...this.rows.values()] } = {}): Promise<void> {
    const { context } = this;
    const clientUsers = rememberClientUsers(context.connections, {});
    for (const row of rows)
      await publishNotifications(isOnDemand ? context : { ...context, clientUsers }, row);
  }

  states(): string[] {
    return [...this.rows.values()].map(({ name, incidents }) => `${name} ${incidents[0]?.state ?? 'over'}`);
  }

  subjects(): string[] {
    return this.notified.map(({ subject }) => subject);
  }
}

const ALARM = 'ALARM: Zoho client acme is refused: invalid_client_secret';
const OK = 'OK: Zoho client acme is accepted again';

describe('a refused client', () => {
  test('is notified once in two ticks, with one query of the work list in each', async () => {
    const tick = new Tick(...['a', 'b', 'c'].map((name) => refused(name, 'begun')));

    await tick.publish();
    expect(tick.states()).toEqual(['a notified', 'b begun', 'c begun']);
    await tick.publish();

    expect(tick.states()).toEqual(['a notified', 'b notified', 'c notified']);
    expect(tick.subjects()).toEqual([ALARM]);
    expect(tick.calls.filter((call) => call.startsWith('users of'))).toHaveLength(2);
    expect(tick.calls.filter((call) => call.startsWith('read'))).toEqual(['read a (report)']);
    expect(tick.logged).toEqual([
      [
        'info',
        'notification published',
        { client: 'acme', problem: 'client-refused', severity: 'page', state: 'begun' },
      ],
    ]);
  });

  test('stays pending for everyone until SNS accepts the notification', async () => {
    const tick = new Tick(refused('a', 'begun'), refused('b', 'begun'));
    tick.onNotify = throws('aws_unavailable');

    await tick.publish();
    await tick.publish();
    expect(tick.states()).toEqual(['a begun', 'b begun']);
    tick.onNotify = () => {};
    await tick.publish();

    expect(tick.subjects()).toEqual([ALARM]);
  });

  test('is over once, when the last connection has recovered', async () => {
    const tick = new Tick(accepted('a'), refused('b', 'notified'), accepted('c'));

    await tick.publish();
    expect(tick.states()).toEqual(['a over', 'b notified', 'c over']);
    tick.rows.set('b', accepted('b'));
    tick.rows.set('d', accepted('d'));
    await tick.publish();

    expect(tick.states()).toEqual(['a over', 'b over', 'c over', 'd over']);
    expect(tick.subjects()).toEqual([OK]);
  });

  test('is over although the index still shows a connection as refused that has recovered', async () => {
    const tick = new Tick(accepted('a'), accepted('b'));
    tick.onUsersOf = () => [{ users: [refused('b', 'notified'), accepted('a')], scanned: 2 }];

    await tick.publish();

    expect(tick.subjects()).toEqual([OK]);
  });

  test('is notified although the index still shows a connection that is gone', async () => {
    const tick = new Tick(refused('b', 'begun'));
    tick.onUsersOf = () => [{ users: [refused('a', 'notified')], scanned: 1 }];

    await tick.publish();

    expect(tick.subjects()).toEqual([ALARM]);
  });

  test('is not judged by a muted connection, which says nothing itself', async () => {
    const muted = { source: 'connected', severity: 'none' } as const;
    const tick = new Tick(refused('a', 'begun', muted), refused('b', 'begun', { source: 'declared' }));

    await tick.publish();

    expect(tick.states()).toEqual(['a notified', 'b notified']);
    expect(tick.subjects()).toEqual([ALARM]);
  });

  test.each<[string, { isOnDemand?: boolean; rows?: Connection[] }]>([
    ['by a caller on demand', { isOnDemand: true }],
    [
      'before the index shows what other attempts have written',
      { rows: [refused('a', 'begun', { incidents: [incident('begun', PENDING_SINCE_MS + 1)] })] },
    ],
  ])('is not published %s', async (_, options) => {
    const tick = new Tick(refused('a', 'begun'));

    await tick.publish(options);

    expect(tick.calls).toEqual([]);
    expect(tick.states()).toEqual(['a begun']);
  });

  test('stays pending if the work list cannot be read, and is asked about again', async () => {
    const tick = new Tick(refused('a', 'begun'));
    tick.onUsersOf = throws('aws_unavailable');

    await tick.publish({ rows: [refused('a', 'begun'), refused('a', 'begun')] });

    expect(tick.calls).toEqual(['users of acme (report)', 'users of acme (report)']);
    expect(tick.states()).toEqual(['a begun']);
    expect(tick.logged[0]).toEqual([
      'warn',
      'a notification could not be published',
      {
        ...{ connection: 'a', problem: 'client-refused' },
        ...{ code: 'aws_unavailable', reason: 'what aws_unavailable means' },
      },
    ]);
  });
});
