import { expect, test } from 'vitest';
import { partitionOf } from '../../../lambdas/core/connection/partition.ts';
import { isMisplaced, relocate } from '../../../lambdas/refresher/relocate.ts';
import { activeConnection, NOW_MS } from '../../support/builders.ts';
import { FakeRefresher } from './fake-refresher.ts';

const tenant = (changes: Partial<ReturnType<typeof activeConnection>> = {}) =>
  activeConnection({ name: 'crm-prod', source: 'connected', nextAttemptAtMs: NOW_MS - 1, ...changes });

function inFleet(row: ReturnType<typeof tenant>): FakeRefresher {
  const world = new FakeRefresher(row);
  world.settings = { ...world.settings, fleetShards: 2 };
  return world;
}

test('a moved connection is due, in the partition of its name', async () => {
  const row = tenant();
  const world = inFleet(row);

  await relocate(world.context, row);

  expect(world.row?.partition).toBe(partitionOf('crm-prod'));
  expect(world.row?.nextAttemptAtMs).toBeLessThanOrEqual(NOW_MS);
  expect(isMisplaced(world.row ?? row, world.settings)).toBe(false);
});

test('who has read the row before the move cannot take its lease any more', async () => {
  const row = tenant({ notifyAtMs: NOW_MS - 2 });
  const world = inFleet(row);
  await relocate(world.context, row);

  const { connections, deadlines } = world.context;
  const taken = await connections.replaceIfFree(row, { ...row, generation: 99 }, NOW_MS, deadlines.work);

  expect(taken).toMatchObject({ written: false });
});

test('a holder whose lease has expired reports in vain after the move, and what it may have published is counted', async () => {
  const lease = { owner: 'paused', untilMs: NOW_MS - 1 };
  const row = tenant({ lease, publishesMs: [] });
  const world = inFleet(row);
  await relocate(world.context, row);

  const { connections, deadlines } = world.context;
  const reported = await connections.replaceIfHeld({ ...row, lease }, row, deadlines.report);

  expect(reported).toMatchObject({ written: false });
  expect(world.row?.publishesMs).toHaveLength(1);
});

test('a connection whose lease is held stays where it is', async () => {
  const row = tenant({ lease: { owner: 'working', untilMs: NOW_MS + 1 } });
  const world = inFleet(row);

  await relocate(world.context, row);

  expect(world.row).toEqual(row);
});
