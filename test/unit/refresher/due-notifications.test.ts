import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import { refreshConnection } from '../../../lambdas/refresher/refresh-connection.ts';
import { refreshDue } from '../../../lambdas/refresher/refresh-due.ts';
import {
  activeConnection,
  blockedConnection,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  rejected,
  scheduled,
} from '../../support/builders.ts';
import { FakeRefresher, SENDER } from './fake-refresher.ts';

/** A row with a notification that is due, and whose next attempt is later. */
const TO_NOTIFY = blockedConnection({
  incidents: [{ problem: 'blocked', sinceMs: NOW_MS - MINUTE_MS, state: 'begun' }],
  notifyAtMs: NOW_MS,
  nextAttemptAtMs: NOW_MS + MINUTE_MS,
});

/** A refresher with topics, whose due rows are the given ones. */
function notifying(...rows: Connection[]): FakeRefresher {
  const world = new FakeRefresher(...rows);
  world.onDue = () => rows;
  world.settings = {
    ...world.settings,
    sender: SENDER,
  };
  return world;
}

async function tick(world: FakeRefresher, looksAhead = false) {
  let paced = 0;
  const pace = () => {
    paced += 1;
    return Promise.resolve();
  };
  const counts = await refreshDue(world.context, {
    maxInFlight: 5,
    pace,
    paceLooks: pace,
    hasTimeForOneMore: () => true,
    looksAhead,
  });
  return { ...counts, paced };
}

const NOTIFIES = 'notify blocked (report)';

describe('a tick', () => {
  test('publishes a notification that is due, and does not attempt its connection', async () => {
    const world = notifying(TO_NOTIFY);

    expect(await tick(world)).toEqual({ due: 1, refreshed: 0, failed: 0, skipped: 1, paced: 0 });
    expect(world.calls.slice(0, -1)).toEqual(['due', NOTIFIES, 'replace if free (report)']);
  });

  test.each([
    ['of the same time', { nextAttemptAtMs: NOW_MS }],
    ['without a notification', { notifyAtMs: undefined, incidents: [] }],
    ['before its notification', { notifyAtMs: NOW_MS + 1 }],
  ])('makes the attempt %s', async (_, overrides) => {
    const world = notifying({ ...TO_NOTIFY, ...overrides });

    expect(await tick(world)).toMatchObject({ due: 1, paced: 1 });
  });
});

describe('an attempt', () => {
  test('of the schedule publishes what is pending, although it writes nothing', async () => {
    const world = notifying(TO_NOTIFY);

    await refreshConnection(world.context, TO_NOTIFY, scheduled);

    expect(world.calls).toEqual([NOTIFIES, 'replace if free (report)']);
  });

  test('on demand leaves what others have left pending to a tick', async () => {
    const seen = activeConnection({ ...TO_NOTIFY, status: 'active', nextAttemptAtMs: NOW_MS + HOUR_MS });
    const world = notifying(seen);

    expect(await refreshConnection(world.context, seen, rejected(1))).toMatchObject({
      kind: 'declined',
    });
    expect(world.notified).toEqual([]);
  });

  test('on demand publishes what it has written itself, as written', async () => {
    const recovered = activeConnection({
      incidents: [{ problem: 'blocked', sinceMs: NOW_MS - MINUTE_MS, state: 'notified' }],
    });
    const world = notifying(recovered);

    expect(await refreshConnection(world.context, recovered, rejected(7))).toMatchObject({
      outcome: 'refreshed',
    });
    expect(world.notified).toMatchObject([{ problem: 'blocked', isOver: true }]);
    expect(world.row).toMatchObject({ publishedGeneration: 8, incidents: [] });
  });
});
