import { availableParallelism } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorker, loadWorld } from '../simulation/bundle.ts';
import { FAILED_SEEDS } from '../simulation/failed-seeds.ts';
import { describeViolation } from '../simulation/report.ts';
import { runSeeds, seedsFrom } from '../simulation/run-seeds.ts';

let bundle: string;
beforeAll(async () => {
  bundle = await bundleWorker('worker-of-known-worlds');
});

describe('the refresher', () => {
  it('keeps every promise in every world that once broke one', async () => {
    const seeds = FAILED_SEEDS.map(({ seed }) => seed);

    const total = await runSeeds({ bundle, seeds, batchSize: 4 });

    const broken = total.failed.map(({ seed, violation }) => `seed ${seed}: ${describeViolation(violation)}`);
    expect(broken, 'to see every step: npm run simulate -- --replay SEED').toEqual([]);
    expect(total.seeds).toBe(seeds.length);
  }, 300_000);
});

describe('a world', () => {
  it('adds the same to the totals however many threads share the seeds', async () => {
    const seeds = seedsFrom(1, 4);

    const alone = await runSeeds({ bundle, seeds, threads: 1 });
    const shared = await runSeeds({ bundle, seeds, threads: availableParallelism(), batchSize: 1 });

    expect(shared).toEqual(alone);
  }, 300_000);

  it('without incidents is calm, and every connection is served', async () => {
    const SimulatedWorld = await loadWorld(bundle);

    const results = await Promise.all(
      seedsFrom(0, 10).map((seed) => new SimulatedWorld({ seed, allowed: new Set() }).run()),
    );

    expect(results.filter(({ violation }) => violation !== undefined)).toEqual([]);
    expect(results.flatMap(({ incidents }) => incidents)).toEqual([]);
    expect(results.every(({ calls }) => calls.zoho > 0)).toBe(true);
  }, 300_000);
});
