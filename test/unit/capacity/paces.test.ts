import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPaces } from '../../../lambdas/refresher/paces.ts';
import { createSimulatedPaces } from '../../capacity/real/paces.ts';
import { EventQueue } from '../../simulation/event-queue.ts';

const START_MS = Date.UTC(2026, 0, 5, 9);
const RATES = { maxRefreshesPerSecond: 20, fleetShards: 16, fleetRefreshesPerSecond: 7 } as const;

/** When something asks for a start: a burst, a trickle, a pause and a burst at the end of a window. */
const ASKED_AT_MS = [
  ...Array.from({ length: 50 }, () => 0),
  ...Array.from({ length: 30 }, (_, n) => 3_000 + n * 37),
  ...Array.from({ length: 25 }, (_, n) => 9_990 + n),
];

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each(['declared', 'shard', 'sealed', 'looks'] as const)(
  'the simulated pace of %s starts when p-throttle does',
  async (name) => {
    expect(simulatedStarts(name)).toEqual(await realStarts(name));
  },
);

async function realStarts(name: 'declared' | 'shard' | 'sealed' | 'looks'): Promise<number[]> {
  const pace = createPaces(RATES)[name];
  const started: number[] = [];
  for (const atMs of ASKED_AT_MS)
    setTimeout(() => void pace().then(() => started.push(Date.now() - START_MS)), atMs);
  await vi.advanceTimersByTimeAsync(200_000);
  return started;
}

function simulatedStarts(name: 'declared' | 'shard' | 'sealed' | 'looks'): number[] {
  const started: number[] = [];
  const queue = new EventQueue(START_MS);
  // What may start at once starts now: the test needs no turn of the event loop.
  const pace = createSimulatedPaces(RATES, {
    now: () => queue.now(),
    after: (ms) => {
      started.push(Math.round(queue.now() + ms - START_MS));
    },
  })[name];
  for (const atMs of ASKED_AT_MS) {
    queue.at(START_MS + atMs, () => {
      const before = started.length;
      void pace();
      if (started.length === before) started.push(atMs);
    });
  }
  while (queue.step(START_MS + 200_000));
  return started;
}
