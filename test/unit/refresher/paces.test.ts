import { describe, expect, it } from 'vitest';
import { createPaces } from '../../../lambdas/refresher/paces.ts';
import { EventQueue } from '../../simulation/event-queue.ts';
import { HOUR_MS } from '../../support/builders.ts';

const RATES = { maxRefreshesPerSecond: 20, fleetShards: 16, fleetRefreshesPerSecond: 7 } as const;

/** When starts happen that are asked for at these times. */
async function startsOf(
  name: 'declared' | 'shard' | 'sealed' | 'looks',
  askedAtMs: readonly number[],
  rates: Parameters<typeof createPaces>[0] = RATES,
  mostMs = HOUR_MS,
): Promise<number[]> {
  const queue = new EventQueue(0);
  const wait = (ms: number) => new Promise<void>((resolve) => queue.after(ms, resolve));
  const pace = createPaces(rates, { elapsed: () => queue.now(), wait })[name];
  const starts: number[] = [];
  for (const atMs of askedAtMs)
    queue.at(atMs, () => void pace(mostMs).then(() => starts.push(Math.round(queue.now()))));
  while (queue.step(HOUR_MS)) await new Promise(setImmediate);
  return starts;
}

const at = (ms: number, times: number) => Array.from({ length: times }, () => ms);

describe('starts that are asked for at once', () => {
  it.each([
    ['declared', [0, 0, 0, 0, 1_000, 1_000], 6],
    ['shard', [0, 1_000, 2_000], 3],
    ['sealed', [...at(0, 7), 1_000], 8],
    ['looks', [...at(0, 10), ...at(1_000, 2)], 12],
  ] as const)('are as many in a second as the rate of %s says', async (name, expected, count) => {
    expect(await startsOf(name, at(0, count))).toEqual(expected);
  });

  it('are spaced, at a rate that is no whole number', async () => {
    const rates = { ...RATES, maxRefreshesPerSecond: 24 };

    expect(await startsOf('declared', at(0, 4), rates)).toEqual([0, 208, 417, 625]);
  });

  it('happen at once in the first tick of an environment, however late it is', async () => {
    expect(await startsOf('looks', at(500, 11))).toEqual([...at(500, 10), 1_500]);
  });

  it('happen at once without a rate: there is no fleet', async () => {
    const rates = { maxRefreshesPerSecond: 20 };

    expect(await startsOf('sealed', at(0, 50), rates)).toEqual(at(0, 50));
  });
});

it('a window begins with the first start after a pause', async () => {
  const asked = [...at(0, 10), ...at(5_300, 11)];

  expect(await startsOf('looks', asked)).toEqual([...asked.slice(0, 20), 6_300]);
});

describe('a start that is not possible within the time that is left', () => {
  it('is waited for no longer, so that a tick ends before its function times out', async () => {
    expect(await startsOf('shard', at(0, 25), RATES, 3_000)).toEqual([
      0,
      1_000,
      2_000,
      3_000,
      ...at(3_001, 21),
    ]);
  });

  it('is not reserved: the next tick starts at once', async () => {
    const starts = await startsOf('shard', [...at(0, 25), 4_500], RATES, 3_000);

    expect(starts.at(-1)).toBe(4_500);
  });
});
