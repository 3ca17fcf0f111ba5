import { availableParallelism } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import { SECRET_STORES } from '../../lambdas/core/connection/secret-store.ts';
import { bundleWorker, loadWorld } from '../simulation/bundle.ts';
import { FAILED_SEEDS } from '../simulation/failed-seeds.ts';
import { describeViolation } from '../simulation/report.ts';
import { runSeeds, seedsFrom } from '../simulation/run-seeds.ts';
import { optionsFor, worldsOf } from '../simulation/world-store.ts';

let bundle: string;
beforeAll(async () => {
  bundle = await bundleWorker('worker-of-known-worlds');
});

describe('the refresher', () => {
  it('keeps every promise in every world that once broke one', async () => {
    const worlds = FAILED_SEEDS.map(({ seed, store = 'secrets-manager' }) => ({ seed, store }));

    const total = await runSeeds({ bundle, worlds, batchSize: 4 });

    const broken = total.failed.map(
      ({ violation, ...world }) => `${optionsFor(world)}: ${describeViolation(violation)}`,
    );
    expect(broken, 'to see every step: npm run simulate -- OPTIONS').toEqual([]);
    expect(total.worlds).toBe(worlds.length);
  }, 300_000);
});

describe('a world', () => {
  it('adds the same to the totals however many threads share the seeds', async () => {
    const worlds = seedsFrom(1, 4).flatMap((seed) => worldsOf(seed, 'alternate'));

    const alone = await runSeeds({ bundle, worlds, threads: 1 });
    const shared = await runSeeds({ bundle, worlds, threads: availableParallelism(), batchSize: 1 });

    expect(shared).toEqual(alone);
  }, 300_000);

  it.each(SECRET_STORES)(
    'of %s without incidents is calm, and every connection is served',
    async (store) => {
      const SimulatedWorld = await loadWorld(bundle);

      const results = await Promise.all(
        seedsFrom(0, 10).map((seed) => new SimulatedWorld({ seed, store, allowed: new Set() }).run()),
      );

      expect(results.filter(({ violation }) => violation !== undefined)).toEqual([]);
      expect(results.flatMap(({ incidents }) => incidents)).toEqual([]);
      expect(results.every(({ calls }) => calls.zoho > 0)).toBe(true);
    },
    300_000,
  );
});
