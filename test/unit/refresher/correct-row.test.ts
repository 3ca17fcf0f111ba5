import { describe, expect, test } from 'vitest';
import { correctTimes } from '../../../lambdas/core/connection/impossible-times.ts';
import { correctRow } from '../../../lambdas/refresher/correct-row.ts';
import { activeConnection, HOUR_MS, NOW_MS } from '../../support/builders.ts';
import { FakeRefresher } from './fake-refresher.ts';

const DAY_MS = 24 * HOUR_MS;
const ahead = activeConnection({
  mintsMs: [NOW_MS + DAY_MS],
  nextAttemptAtMs: NOW_MS + DAY_MS,
  lease: { owner: 'holder', untilMs: NOW_MS + DAY_MS },
});

/** A refresher whose clock AWS has confirmed. */
function refresherWith(row = ahead): FakeRefresher {
  const world = new FakeRefresher(row);
  world.checkedClock.correct(new Date(NOW_MS).toUTCString(), world.checkedClock.elapsed());
  return world;
}

describe('a row', () => {
  test('with impossible times is corrected in the table, though its lease has not ended', async () => {
    const world = refresherWith();

    const corrected = await correctRow(world.context, ahead);

    expect(corrected).toEqual(correctTimes(ahead, NOW_MS)?.connection);
    expect(world.row).toBe(corrected);
    expect(corrected?.lease?.owner).toBe('holder');
  });

  test('that is corrected is counted and logged, with the names of the attributes', async () => {
    const world = refresherWith();

    await correctRow(world.context, ahead);

    expect(world.metrics).toEqual([[{ TimesDistrusted: 1 }, 'crm-prod']]);
    expect(world.logged).toEqual([
      [
        'warn',
        'times of a connection lie in the future',
        {
          connection: 'crm-prod',
          attributes: ['leaseUntil', 'mints', 'nextAttemptAt'],
          reason: expect.stringContaining('renewed'),
        },
      ],
    ]);
  });

  test('that another attempt wrote meanwhile is left alone', async () => {
    const world = refresherWith();
    world.rows.set('crm-prod', { ...ahead, generation: ahead.generation + 1 });

    expect(await correctRow(world.context, ahead)).toBeUndefined();
  });

  test('with possible times is not written', async () => {
    const row = activeConnection();
    const world = refresherWith(row);

    expect(await correctRow(world.context, row)).toBe(row);
    expect([world.calls, world.metrics]).toEqual([[], []]);
  });

  test('is believed by a clock that AWS has not confirmed', async () => {
    const world = new FakeRefresher(ahead);

    expect(await correctRow(world.context, ahead)).toBe(ahead);
    expect(world.calls).toEqual([]);
  });
});
