import { describe, expect, test } from 'vitest';
import type { Connection, Incident } from '../../../lambdas/core/connection/connection.ts';
import { publishNotifications } from '../../../lambdas/refresher/publish-notifications.ts';
import { blockedConnection, NOW_MS } from '../../support/builders.ts';
import { FakeRefresher, SENDER, throws } from './fake-refresher.ts';

const incident = (problem: Incident['problem'], state: Incident['state']): Incident => ({
  problem,
  state,
  sinceMs: NOW_MS,
});
const BEGUN = incident('blocked', 'begun');

/** A row with a pending notification. */
const pendingRow = (overrides: Partial<Connection> = {}) =>
  blockedConnection({ incidents: [BEGUN], notifyAtMs: NOW_MS, ...overrides });

/** A refresher with topics, and the row as its table has it. */
function notifying(row: Connection): FakeRefresher {
  const world = new FakeRefresher(row);
  world.settings = {
    ...world.settings,
    sender: SENDER,
  };
  return world;
}

const FIELDS = { connection: 'crm-prod', problem: 'blocked', severity: 'page', state: 'begun' };

describe('a pending notification', () => {
  test('is published, logged, and written to the row as published', async () => {
    const world = notifying(pendingRow());

    await publishNotifications(world.context, pendingRow());

    expect(world.calls).toEqual(['notify blocked (report)', 'replace if free (report)']);
    expect(world.notified).toMatchObject([
      { subject: 'ALARM: Zoho crm-prod is blocked: invalid_code', level: 'page' },
    ]);
    expect(world.logged).toEqual([['info', 'notification published', FIELDS]]);
    expect(world.row).toMatchObject({ incidents: [incident('blocked', 'notified')], notifyAtMs: undefined });
  });

  test('about an end is logged as over, and its incident is removed', async () => {
    const row = pendingRow({ incidents: [incident('blocked', 'ended')] });
    const world = notifying(row);

    await publishNotifications(world.context, row);

    expect(world.logged).toEqual([['info', 'notification published', { ...FIELDS, state: 'over' }]]);
    expect(world.row?.incidents).toEqual([]);
  });

  test('names the declared data center and scopes, and the deployment', async () => {
    const row = pendingRow({ incidents: [incident('scope-drift', 'begun')], scope: 'ZohoCRM.users.READ' });
    const world = notifying(row);

    await publishNotifications(world.context, row);

    const [{ message = '' } = {}] = world.notified;
    expect(message).toContain('Zoho did not grant ZohoCRM.modules.ALL.');
    expect(message).toContain('Connection: crm-prod (declared, data center eu)');
    expect(message).toContain('Deployment: zoho in eu-west-1, account 000000000000');
  });

  test('stays pending without topics', async () => {
    const world = new FakeRefresher(pendingRow());

    await publishNotifications(world.context, pendingRow());

    expect(world.calls).toEqual([]);
    expect(world.row).toEqual(pendingRow());
  });

  test('stays pending while its topic may not be used', async () => {
    const world = notifying(pendingRow());
    world.mayPublish = false;

    await publishNotifications(world.context, pendingRow());

    expect(world.calls).toEqual([]);
    expect(world.row).toEqual(pendingRow());
  });

  test('stays pending while an attempt holds the lease, which writes the row next', async () => {
    const leased = pendingRow({ lease: { owner: 'other', untilMs: NOW_MS + 1 } });
    const world = notifying(leased);

    await publishNotifications(world.context, leased);

    expect(world.calls).toEqual([]);
  });

  test('of a muted connection is dropped', async () => {
    const muted = pendingRow({ source: 'connected', severity: 'none' });
    const world = notifying(muted);
    world.settings = { ...world.settings, declaredConnections: {} };

    await publishNotifications(world.context, muted);

    expect(world.calls).toEqual(['replace if free (report)']);
    expect(world.row).toMatchObject({ incidents: [incident('blocked', 'notified')], notifyAtMs: undefined });
  });
});

test.each(['waiting', 'notified'] as const)('an incident that is "%s" is not published', async (state) => {
  const row = pendingRow({ incidents: [incident('blocked', state)] });
  const world = notifying(row);

  await publishNotifications(world.context, row);

  expect(world.calls).toEqual([]);
});

describe('a notification that cannot be published', () => {
  test('stays pending, is counted, and is logged with its reason', async () => {
    const world = notifying(pendingRow());
    world.onNotify = throws('aws_access_denied');

    await publishNotifications(world.context, pendingRow());

    expect(world.calls).toEqual(['notify blocked (report)']);
    expect(world.row).toEqual(pendingRow());
    expect(world.metrics).toEqual([[{ NotificationFailed: 1 }, 'crm-prod']]);
    expect(world.logged).toEqual([
      [
        'warn',
        'a notification could not be published',
        { ...FIELDS, code: 'aws_access_denied', reason: 'what aws_access_denied means' },
      ],
    ]);
  });

  test('does not hold up the others', async () => {
    const scopes = incident('scope-drift', 'begun');
    const row = pendingRow({ incidents: [BEGUN, scopes], scope: 'ZohoCRM.users.READ' });
    const world = notifying(row);
    const answers = [throws('aws_throttled'), () => {}];
    world.onNotify = () => answers.shift()?.();

    await publishNotifications(world.context, row);

    expect(world.row).toMatchObject({
      incidents: [BEGUN, { ...scopes, state: 'notified' }],
      notifyAtMs: NOW_MS,
    });
  });

  test('because of a bug throws it', async () => {
    const world = notifying(pendingRow());
    world.onNotify = () => {
      throw new TypeError('bug');
    };

    await expect(publishNotifications(world.context, pendingRow())).rejects.toThrow(new TypeError('bug'));
    expect(world.metrics).toEqual([]);
  });
});

describe('a row that cannot be written after its notification was published', () => {
  test('is logged, because the notification will be published again', async () => {
    const world = notifying(pendingRow());
    world.onReplaceIfFree = throws('aws_unavailable');

    await publishNotifications(world.context, pendingRow());

    expect(world.logged.at(-1)).toEqual([
      'warn',
      'a notification will be published again',
      { connection: 'crm-prod', code: 'aws_unavailable', reason: 'what aws_unavailable means' },
    ]);
  });

  test('stays as another attempt has written it', async () => {
    const world = notifying(pendingRow({ generation: 99 }));

    await publishNotifications(world.context, pendingRow());

    expect(world.row).toEqual(pendingRow({ generation: 99 }));
  });

  test('because of a bug throws it', async () => {
    const world = notifying(pendingRow());
    world.onReplaceIfFree = () => {
      throw new TypeError('bug');
    };

    await expect(publishNotifications(world.context, pendingRow())).rejects.toThrow(new TypeError('bug'));
  });
});
