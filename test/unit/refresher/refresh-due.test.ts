import { describe, expect, test } from 'vitest';
import { clientKeyOf } from '../../../lambdas/core/connection/client-key.ts';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import type { MalformedRow } from '../../../lambdas/core/ports.ts';
import { planTurns } from '../../../lambdas/core/refresh/client-turns.ts';
import { refreshDue, type TickLimits } from '../../../lambdas/refresher/refresh-due.ts';
import {
  activeConnection,
  blockedConnection,
  CLIENT_ID,
  credentialsSecret,
  dueConnection,
  failureOf,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
} from '../../support/builders.ts';
import { FakeRefresher, MINTED, throws } from './fake-refresher.ts';

const CREDENTIALS = credentialsSecret();

const MALFORMED: MalformedRow = { malformed: true, name: 'broken', problem: 'status: is missing' };

const named = (name: string) => dueConnection({ name, source: 'connected' });

function tick(world: FakeRefresher, limits: Partial<TickLimits> = {}) {
  return refreshDue(world.context, {
    maxInFlight: 5,
    pace: () => Promise.resolve(),
    hasTimeForOneMore: () => true,
    ...limits,
  });
}

describe('a tick', () => {
  test('refreshes what is due, and counts how each attempt ended', async () => {
    const world = new FakeRefresher(
      named('a'),
      named('b'),
      named('b2'),
      { ...pendingConnection(), name: 'c', source: 'connected' },
      { ...blockedConnection(), name: 'd', source: 'connected' },
      activeConnection({ name: 'not-due' }),
    );
    world.onCredentials = (name) => {
      if (name.startsWith('b')) throw new InfrastructureError(failureOf('aws_kms_denied'));
      return name === 'c'
        ? { kind: 'empty' }
        : { kind: 'found', versionId: 'credentials-1', text: CREDENTIALS };
    };

    expect(await tick(world)).toEqual({ due: 5, refreshed: 1, failed: 2, skipped: 2 });
    expect(world.rows.get('a')).toMatchObject({ publishedGeneration: 8 });
  });

  test('plans renewals from the time of AWS, which the first answer has corrected', async () => {
    const world = new FakeRefresher(named('a'));
    const { onDue, checkedClock } = world;
    const aheadMs = 24.5 * MINUTE_MS;
    world.rows.set('a', { ...named('a'), nextAttemptAtMs: NOW_MS - aheadMs });
    world.onDue = (nowMs) => {
      const found = onDue(nowMs);
      checkedClock.correct(new Date(NOW_MS - aheadMs).toUTCString(), checkedClock.elapsed());
      return found;
    };

    await tick(world);

    const planned = world.rows.get('a')?.nextAttemptAtMs ?? 0;
    const halfWayToATick = 30_000;
    expect((planned - checkedClock.now()) % MINUTE_MS).toBe(halfWayToATick);
  });

  test('asks as the schedule', async () => {
    const world = new FakeRefresher(named('a'));

    await tick(world);

    expect(world.logged[0]?.[2]).toMatchObject({ trigger: 'schedule', decision: 'due' });
  });

  test('ends with a heartbeat of the fleet', async () => {
    const world = new FakeRefresher();

    expect(await tick(world)).toEqual({ due: 0, refreshed: 0, failed: 0, skipped: 0 });
    expect(world.calls).toEqual(['due', 'soonest expiries (report)']);
    expect(world.metrics).toEqual([[{ Heartbeat: 1, FleetExpirySeconds: 3600 }]]);
  });

  test.each([
    [90_999, 90],
    [-5_000, 0],
  ])('records when the first token expires: in %i ms is %i s', async (inMs, seconds) => {
    const world = new FakeRefresher();
    world.onSoonestExpiries = () => [{ name: 'acme', expiresAtMs: NOW_MS + inMs }];

    await tick(world);

    expect(world.metrics).toEqual([
      [{ Heartbeat: 1, SoonestExpirySeconds: seconds, FleetExpirySeconds: 3600 }],
    ]);
  });

  test('records when a declared connection, or a share of the fleet, has no valid token', async () => {
    const world = new FakeRefresher();
    const limits: number[] = [];
    world.onSoonestExpiries = (limit) => {
      limits.push(limit);
      return [
        { name: 'acme', expiresAtMs: NOW_MS - MINUTE_MS },
        { name: 'crm-prod', expiresAtMs: NOW_MS + MINUTE_MS },
      ];
    };

    await tick(world);
    world.fleet.remember(2_000, NOW_MS);
    await tick(world);

    expect(world.metrics[0]).toEqual([{ Heartbeat: 1, SoonestExpirySeconds: 0, FleetExpirySeconds: 60 }]);
    expect(limits).toEqual([10, 20]);
  });

  test('counts a row that cannot be read as a failure of the fleet', async () => {
    const world = new FakeRefresher();
    world.onDue = () => [MALFORMED, named('a')];
    world.rows.set('a', named('a'));

    expect(await tick(world)).toEqual({ due: 2, refreshed: 1, failed: 1, skipped: 0 });
    expect(world.metrics[0]).toEqual([{ RefreshFailed: 1 }]);
    expect(world.logged[0]).toEqual([
      'error',
      'refresh failed',
      expect.objectContaining({
        connection: 'broken',
        code: 'malformed_row',
        reason: expect.stringContaining('(status: is missing)'),
      }),
    ]);
  });

  test('continues after a bug in one connection, which stays counted as blocked', async () => {
    const blocked = blockedConnection({ name: 'a', source: 'connected' });
    const world = new FakeRefresher(blocked, named('b'));
    world.onCredentials = (name) => {
      if (name === 'a') throw new TypeError('canary');
      return { kind: 'found', versionId: 'credentials-1', text: CREDENTIALS };
    };

    expect(await tick(world)).toEqual({ due: 2, refreshed: 1, failed: 1, skipped: 0 });
    expect(world.metrics[0]).toEqual([{ RefreshFailed: 1, Blocked: 1, OutOfService: 1 }, 'a']);
    expect(world.logged[0]).toEqual([
      'error',
      'refresh failed',
      expect.objectContaining({
        connection: 'a',
        code: 'internal_error',
        bug: expect.objectContaining({ name: 'TypeError' }),
      }),
    ]);
    expect(JSON.stringify(world.logged)).not.toContain('canary');
  });
});

describe('the limits of a tick', () => {
  test('are how many refreshes run at the same time', async () => {
    const world = new FakeRefresher(named('a'), named('b'), named('c'));
    let running = 0;
    let most = 0;
    const pace = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };

    await tick(world, { maxInFlight: 2, pace });

    expect(most).toBe(2);
  });

  test('are the pace: a refresh waits for it, a row that cannot be read does not', async () => {
    const world = new FakeRefresher(named('a'));
    world.onDue = () => [MALFORMED, named('a')];

    await tick(world, {
      pace: () => {
        world.calls.push('pace');
        return Promise.resolve();
      },
    });

    expect(world.calls.filter((call) => !call.startsWith('postpone')).slice(0, 3)).toEqual([
      'due',
      'pace',
      'replace if free',
    ]);
    expect(world.calls.filter((call) => call === 'pace')).toHaveLength(1);
  });

  test('are the time that is left: what is not started stays due', async () => {
    const world = new FakeRefresher(named('a'), named('b'), named('c'));

    const result = await tick(world, {
      maxInFlight: 1,
      hasTimeForOneMore: () => world.published.length === 0,
    });

    expect(result).toEqual({ due: 1, refreshed: 1, failed: 0, skipped: 0 });
    expect(world.rows.get('b')).toEqual(named('b'));
    expect(world.metrics.at(-1)).toEqual([{ Heartbeat: 1, FleetExpirySeconds: 3600 }]);
  });

  test('are the time that is left after the wait for the pace', async () => {
    const world = new FakeRefresher(named('a'));
    let hasTime = true;
    const pace = () => {
      hasTime = false;
      return Promise.resolve();
    };

    expect(await tick(world, { pace, hasTimeForOneMore: () => hasTime })).toMatchObject({
      due: 1,
      skipped: 1,
    });
    expect(world.calls).toEqual(['due', 'soonest expiries (report)']);
  });
});

describe('a list of due connections that breaks off', () => {
  test('fails the tick without a heartbeat, once the refreshes that started have ended', async () => {
    const world = new FakeRefresher(named('a'));
    const error = new InfrastructureError(failureOf('aws_throttled'));
    const { context } = world;
    const connections = {
      ...context.connections,
      due: async function* () {
        yield await Promise.resolve(named('a'));
        throw error;
      },
    };
    const limits = { maxInFlight: 5, pace: () => Promise.resolve(), hasTimeForOneMore: () => true };

    await expect(refreshDue({ ...context, connections }, limits)).rejects.toBe(error);
    expect(world.rows.get('a')).toMatchObject({ publishedGeneration: 8 });
    expect(world.metrics).toEqual([[{ RefreshSucceeded: 1 }, 'a']]);
  });

  test('was asked for what is due now', async () => {
    const world = new FakeRefresher(dueConnection({ nextAttemptAtMs: NOW_MS + MINUTE_MS }));
    world.clock.advance(MINUTE_MS);

    expect(await tick(world)).toMatchObject({ due: 1 });
  });
});

describe('a data center that does not answer', () => {
  const NAMES = Array.from({ length: 12 }, (_, index) => `us-${index}`);
  const inDataCenter = (name: string, dataCenter: string) => ({ ...named(name), dataCenter });
  /** Twelve connections in us, whose calls fail, and one in eu, which is due last. */
  function withoutUs(): FakeRefresher {
    const world = new FakeRefresher(
      ...NAMES.map((name) => inDataCenter(name, 'us')),
      inDataCenter('eu', 'eu'),
    );
    world.onCredentials = (name) => ({
      kind: 'found',
      versionId: 'credentials-1',
      text: credentialsSecret({ data_center: name === 'eu' ? 'eu' : 'us' }),
    });
    world.isDown = ({ dataCenter }) => dataCenter === 'us';
    return world;
  }
  const asked = (world: FakeRefresher) => world.calls.filter((call) => call === 'zoho').length;

  test('is asked for five connections, then once in each tick, and delays no other', async () => {
    const world = withoutUs();

    expect(await tick(world, { maxInFlight: 1 })).toEqual({ due: 13, refreshed: 1, failed: 6, skipped: 6 });
    expect(asked(world)).toBe(7);
    expect(world.rows.get('eu')).toMatchObject({ publishedGeneration: 8 });
    for (const name of NAMES.slice(6)) expect(world.rows.get(name)).toEqual(inDataCenter(name, 'us'));

    world.clock.advance(MINUTE_MS);
    world.calls.length = 0;
    await tick(world);
    expect(asked(world)).toBe(1);
  });

  test('counts as failing for each connection that waits, and is logged by its name', async () => {
    const world = withoutUs();

    await tick(world, { maxInFlight: 1 });

    expect(world.metrics).toContainEqual([{ FailingWeight: expect.closeTo(0.6) }]);
    expect(world.logged).toContainEqual([
      'warn',
      'a data center of Zoho does not answer',
      expect.objectContaining({ dataCenter: 'us', waiting: 6 }),
    ]);
    world.failing.record('eu', 'succeeded', 20 * MINUTE_MS);
    expect(world.failing.failsAlone('us-0', 10, 20 * MINUTE_MS)).toBe(false);
  });

  test('that answers again has all of its connections refreshed in the same tick', async () => {
    const world = withoutUs();
    await tick(world, { maxInFlight: 1 });
    world.isDown = () => false;
    world.clock.advance(2 * MINUTE_MS);

    expect(await tick(world)).toMatchObject({ refreshed: 12, failed: 0, skipped: 0 });
  });
});

describe('renewals', () => {
  test('of tokens that are valid come before those of tokens that have expired', async () => {
    const expired = { versionId: 'v', issuedAtMs: NOW_MS - 2 * MINUTE_MS, expiresAtMs: NOW_MS };
    const world = new FakeRefresher(
      ...['expired-1', 'expired-2', 'expired-3'].map((name) => ({ ...named(name), token: expired })),
      named('valid'),
    );

    await tick(world, { maxInFlight: 1 });

    // The first one starts before the others are read.
    expect(world.published.map(({ connection }) => connection).slice(0, 2)).toEqual(['expired-1', 'valid']);
  });

  test('do not wait for connections that are out of service', async () => {
    const world = new FakeRefresher(
      { ...blockedConnection(), name: 'blocked', source: 'connected' },
      { ...pendingConnection(), name: 'pending', source: 'connected' },
      named('a'),
    );
    let allow = (): void => {};
    const looksMayStart = new Promise<void>((resolve) => {
      allow = resolve;
    });
    const { onPublish } = world;
    world.onPublish = (token) => {
      allow();
      return onPublish(token);
    };

    expect(await tick(world, { paceLooks: () => looksMayStart })).toMatchObject({ due: 3 });
    expect(world.published[0]).toMatchObject({ connection: 'a' });
  });
});

describe('a row that cannot be read', () => {
  const AT_THE_HEAD: MalformedRow = { ...MALFORMED, place: { key: 'broken', nextAttemptAtMs: NOW_MS - 1 } };

  test('is moved from the head of the list, and is due again for the next tick', async () => {
    const world = new FakeRefresher();
    world.onDue = () => [AT_THE_HEAD];

    await tick(world);

    expect(world.calls).toContain('postpone broken by 45000 (report)');
  });

  test('that cannot be moved fails nothing', async () => {
    const world = new FakeRefresher(named('a'));
    world.onDue = () => [AT_THE_HEAD, named('a')];
    world.onPostpone = throws('aws_throttled');

    expect(await tick(world)).toMatchObject({ refreshed: 1, failed: 1 });
    expect(world.logged).toContainEqual([
      'warn',
      'a malformed row could not be postponed',
      { connection: 'broken', code: 'aws_throttled' },
    ]);
  });
});

describe('a client that Zoho throttles', () => {
  const NAMES = ['a', 'b', 'c', 'd', 'e'];
  const clientKey = clientKeyOf({ dataCenter: 'eu', clientId: CLIENT_ID });
  const withClient = (name: string) => ({ ...named(name), clientKey, dataCenter: 'eu' });
  function throttledWorld(): FakeRefresher {
    const world = new FakeRefresher(...NAMES.map(withClient));
    world.memories.clientLimits.minted(clientKey, world.context.clock.elapsed() - 10 * MINUTE_MS);
    world.onZoho = () => ({ kind: 'refused', failure: failureOf('throttled') });
    return world;
  }
  const asked = (world: FakeRefresher) => world.calls.filter((call) => call === 'zoho').length;

  test('is not asked again in the tick, and the rows of its other connections are not written', async () => {
    const world = throttledWorld();

    expect(await tick(world, { maxInFlight: 1 })).toEqual({ due: 5, refreshed: 0, failed: 3, skipped: 2 });
    expect(asked(world)).toBe(3);
    expect([world.rows.get('d'), world.rows.get('e')]).toEqual([withClient('d'), withClient('e')]);
    expect(world.metrics.flatMap(([values]) => Object.keys(values))).not.toContain('FailingWeight');
  });

  test('has its other connections wait from the next tick on, which is logged without its id', async () => {
    const world = throttledWorld();
    await tick(world, { maxInFlight: 1 });
    world.clock.advance(MINUTE_MS);
    world.logged.length = 0;

    expect(await tick(world)).toEqual({ due: 2, refreshed: 0, failed: 0, skipped: 2 });
    expect(asked(world)).toBe(3);
    expect(world.rows.get('d')).toMatchObject({ status: 'cooling-down', generation: 7 });
    expect(world.logged).toEqual([
      ['warn', 'Zoho throttles a client', expect.objectContaining({ clientKey, started: 0, waiting: 2 })],
    ]);
  });

  test('delays no connection of another client', async () => {
    const world = throttledWorld();
    await tick(world, { maxInFlight: 1 });
    world.onZoho = () => MINTED;
    world.rows.set('other', { ...named('other'), clientKey: 'ffffffff' });
    world.clock.advance(MINUTE_MS);

    expect(await tick(world)).toEqual({ due: 3, refreshed: 1, failed: 0, skipped: 2 });
  });

  test('is recognized by a new environment in the rows that wait for their turn', async () => {
    const limit = { startsLeft: 0, quietMs: 0, spacingMs: MINUTE_MS, isConfirmed: true };
    const { wait } = planTurns(NAMES.map(withClient), [], limit, NOW_MS);
    const world = new FakeRefresher(...wait.map(({ next }) => next));
    world.clock.advance(15 * MINUTE_MS);

    expect(await tick(world)).toEqual({ due: 5, refreshed: 0, failed: 0, skipped: 5 });
    expect(asked(world)).toBe(0);
    expect(world.logged[0]).toEqual([
      'warn',
      'Zoho throttles a client',
      expect.objectContaining({ reason: expect.stringContaining('take turns') }),
    ]);
  });

  test('keeps a row that cannot be written due', async () => {
    const world = throttledWorld();
    await tick(world, { maxInFlight: 1 });
    world.clock.advance(MINUTE_MS);
    world.onReplaceIfFree = throws('aws_throttled');

    expect(await tick(world)).toMatchObject({ skipped: 2 });
    expect(world.logged).toContainEqual([
      'warn',
      'a connection could not be made to wait for its turn',
      { connection: 'd', code: 'aws_throttled' },
    ]);
  });
});
