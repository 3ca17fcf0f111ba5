import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import { TickPlanner } from '../../../lambdas/refresher/tick-planner.ts';
import {
  activeConnection,
  blockedConnection,
  coolingDownConnection,
  dueConnection,
  failureOf,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
  SECOND_MS,
} from '../../support/builders.ts';
import { FakeRefresher, throws } from './fake-refresher.ts';

/** Of a token that is issued 20 s after the start of the tick. */
const HOUR = { issuedAtMs: NOW_MS + 20 * SECOND_MS, expiresAtMs: NOW_MS + 20 * SECOND_MS + HOUR_MS };
const AT_LATEST = NOW_MS + 52.5 * MINUTE_MS;
const ONE_EARLIER = AT_LATEST - MINUTE_MS;

const others = (count: number, atMs: number) =>
  Array.from({ length: count }, (_, index) => [`other-${index}`, atMs] as const);

async function admit(planner: TickPlanner, ...rows: Connection[]): Promise<void> {
  for (const row of rows) await planner.admit(row);
}

describe('the plan of the fleet', () => {
  test('is not read for one renewal', async () => {
    const world = new FakeRefresher();
    const planner = new TickPlanner(world.context);

    await admit(planner, dueConnection());

    expect(world.calls).toEqual([]);
    expect(planner.plan('crm-prod', HOUR)).toBe(AT_LATEST);
  });

  test('is read once, from the first renewal on that is more than the share of the tick', async () => {
    const world = new FakeRefresher();
    const planner = new TickPlanner(world.context);

    await admit(planner, dueConnection(), coolingDownConnection(), dueConnection());

    expect(world.calls).toEqual(['planned']);
  });

  test('is not read for a share of the size that it had in the last hour', async () => {
    const world = new FakeRefresher();
    world.fleet.remember(120, NOW_MS - MINUTE_MS);
    const planner = new TickPlanner(world.context);

    await admit(planner, dueConnection(), dueConnection(), dueConnection());
    expect(world.calls).toEqual([]);
    await admit(planner, dueConnection());
    expect(world.calls).toEqual(['planned']);
  });

  test.each([
    ['pending', pendingConnection()],
    ['blocked', blockedConnection()],
    ['following', activeConnection({ follows: { secretPrefix: 'old', generation: 1 } })],
  ])('is not read for %s connections', async (_, row) => {
    const world = new FakeRefresher();
    const planner = new TickPlanner(world.context);

    await admit(planner, row, row, row);

    expect(world.calls).toEqual([]);
  });

  test('is remembered by its size', async () => {
    const world = new FakeRefresher();
    world.onPlanned = () => new Map(others(70, NOW_MS));

    await admit(new TickPlanner(world.context), dueConnection(), dueConnection());

    expect(world.fleet.size(NOW_MS)).toBe(70);
  });
});

describe('a renewal', () => {
  test('avoids the minutes that others have, and those that this tick has given', async () => {
    const world = new FakeRefresher();
    world.onPlanned = () => new Map([...others(2, ONE_EARLIER), ['crm-prod', NOW_MS]]);
    const planner = new TickPlanner(world.context);
    expect(planner.plan('first', HOUR)).toBe(AT_LATEST);
    await admit(planner, dueConnection(), dueConnection());

    expect(planner.plan('crm-prod', HOUR)).toBe(ONE_EARLIER - MINUTE_MS);
    expect(planner.plan('another', HOUR)).toBe(ONE_EARLIER - 2 * MINUTE_MS);
  });

  test('that this tick has planned counts once, although the index still has its old plan', async () => {
    const world = new FakeRefresher();
    world.onPlanned = () => new Map([['first', ONE_EARLIER]]);
    const planner = new TickPlanner(world.context);
    planner.plan('first', HOUR);
    await admit(planner, dueConnection(), dueConnection());

    expect(planner.plan('crm-prod', HOUR)).toBe(ONE_EARLIER);
  });

  test('that is planned again leaves its minute', async () => {
    const world = new FakeRefresher();
    world.onPlanned = () => new Map([['crm-prod', AT_LATEST]]);
    const planner = new TickPlanner(world.context);
    await admit(planner, dueConnection(), dueConnection());
    expect(planner.plan('crm-prod', HOUR)).toBe(ONE_EARLIER);

    expect(planner.plan('other', HOUR)).toBe(AT_LATEST);
  });
});

test('a renewal that is planned again leaves its minute to one more, not to all', async () => {
  const world = new FakeRefresher();
  world.onPlanned = () => new Map([...others(2, AT_LATEST), ['crm-prod', AT_LATEST]]);
  const planner = new TickPlanner(world.context);
  await admit(planner, dueConnection(), dueConnection());

  planner.plan('crm-prod', HOUR);

  expect(planner.plan('another', HOUR)).toBeLessThan(ONE_EARLIER);
});

describe('a plan that cannot be read', () => {
  test('costs a warning, and each renewal is planned by itself', async () => {
    const world = new FakeRefresher();
    world.onPlanned = throws('aws_throttled');
    const planner = new TickPlanner(world.context);

    await admit(planner, dueConnection(), dueConnection(), dueConnection());

    expect(world.calls).toEqual(['planned']);
    expect(world.logged).toEqual([
      [
        'warn',
        'renewals are not spread in this minute',
        { code: 'aws_throttled', reason: failureOf('aws_throttled').message },
      ],
    ]);
    expect(planner.plan('one', HOUR)).toBe(AT_LATEST);
    expect(planner.plan('other', HOUR)).toBe(AT_LATEST);
    expect(world.fleet.size(NOW_MS)).toBeUndefined();
  });

  test('costs three seconds if there is no answer', async () => {
    const world = new FakeRefresher();
    const { context } = world;
    const planned = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        const give = () => reject(new InfrastructureError(failureOf('aws_unavailable')));
        signal.addEventListener('abort', give);
      });
    const planner = new TickPlanner({ ...context, connections: { ...context.connections, planned } });
    await admit(planner, dueConnection());
    const second = admit(planner, dueConnection());

    world.clock.advance(2_999);
    expect(await Promise.race([second, new Promise((resolve) => setImmediate(resolve, 'waits'))])).toBe(
      'waits',
    );
    world.clock.advance(1);
    await second;

    expect(world.logged).toHaveLength(1);
  });

  test('because it is too large is not waited for again for ten minutes', async () => {
    const world = new FakeRefresher();
    world.onPlanned = () => {
      world.clock.advance(3 * SECOND_MS);
      throw new InfrastructureError(failureOf('aws_unavailable'));
    };
    const readIn = async (minute: number) => {
      world.calls.length = 0;
      world.clock.advanceTo(NOW_MS + minute * MINUTE_MS);
      await admit(new TickPlanner(world.context), dueConnection(), dueConnection());
      return world.calls;
    };

    expect(await readIn(0)).toEqual(['planned']);
    expect(await readIn(1)).toEqual([]);
    expect(await readIn(9)).toEqual([]);
    expect(await readIn(11)).toEqual(['planned']);
  });

  test('because of a bug is not hidden', async () => {
    const world = new FakeRefresher();
    world.onPlanned = () => {
      throw new TypeError('a bug');
    };
    const planner = new TickPlanner(world.context);

    await expect(admit(planner, dueConnection(), dueConnection())).rejects.toThrow('a bug');
  });
});
