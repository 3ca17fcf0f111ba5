import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import { keepIncidents } from '../../../lambdas/refresher/keep-incidents.ts';
import { activeConnection, blockedConnection, NOW_MS, scheduled } from '../../support/builders.ts';
import { FakeRefresher, SENDER } from './fake-refresher.ts';

const SEEN = activeConnection();
const BLOCKED = blockedConnection({ generation: SEEN.generation });
const LEASED = activeConnection({ lease: { owner: 'me', untilMs: NOW_MS + 1 } });
const DATED = { ...BLOCKED, blockedAtMs: NOW_MS };
const WITH_INCIDENT = {
  ...DATED,
  incidents: [{ problem: 'blocked', sinceMs: NOW_MS, state: 'begun' }],
  notifyAtMs: NOW_MS + 15_000,
};

/** A refresher with topics, or without, and the row as its table has it. */
function keeping(row: Connection, isNotifying = true) {
  const world = new FakeRefresher(row);
  if (isNotifying) world.settings = { ...world.settings, sender: SENDER };
  return { world, signal: world.deadlines.report, ...keepIncidents(world.context, scheduled) };
}

describe('every row that an attempt writes has the incidents of the connection', () => {
  test('if it is written in place of a free row', async () => {
    const { world, context, lastWritten, signal } = keeping(SEEN);

    const result = await context.connections.replaceIfFree(SEEN, BLOCKED, NOW_MS, signal);

    expect(result).toEqual({ written: true, row: WITH_INCIDENT });
    expect(world.row).toEqual(WITH_INCIDENT);
    expect(lastWritten()).toEqual(WITH_INCIDENT);
    expect(world.calls).toEqual(['replace if free (report)']);
  });

  test('if it is written in place of the row that the attempt holds', async () => {
    const { world, context, lastWritten, signal } = keeping(LEASED);

    await context.connections.replaceIfHeld(LEASED, BLOCKED, signal);

    expect(world.row).toEqual(WITH_INCIDENT);
    expect(lastWritten()).toEqual(WITH_INCIDENT);
    expect(world.calls).toEqual(['replace if held (report)']);
  });

  test('with the scopes that are declared for it', async () => {
    const { world, context, signal } = keeping(SEEN);

    await context.connections.replaceIfFree(SEEN, { ...SEEN, scope: 'other' }, NOW_MS, signal);

    expect(world.row?.incidents).toMatchObject([{ problem: 'scope-drift' }]);
  });

  test('unless another attempt has written it meanwhile', async () => {
    const { context, lastWritten, signal } = keeping({ ...SEEN, generation: 99 });

    const result = await context.connections.replaceIfFree(SEEN, BLOCKED, NOW_MS, signal);

    expect(result).toMatchObject({ written: false });
    expect(lastWritten()).toBeUndefined();
  });
});

test('without topics, rows only say since when the connection is blocked', async () => {
  const { world, context, lastWritten, signal } = keeping(SEEN, false);

  await context.connections.replaceIfFree(SEEN, BLOCKED, NOW_MS, signal);

  expect(world.row).toEqual(DATED);
  expect(lastWritten()).toEqual(DATED);
});

test('what an attempt does beside writing rows is unchanged', async () => {
  const { context, signal } = keeping(SEEN);

  expect(await context.connections.read('crm-prod', signal)).toEqual(SEEN);
  expect(context.settings.secretPrefix).toBe('zoho');
});
