import { beforeAll, describe, expect, it } from 'vitest';
import { SECRET_STORES } from '../../lambdas/core/connection/secret-store.ts';
import { bundleWorker, loadWorld } from './bundle.ts';
import { seedsWithTraits } from './find-defects.ts';
import { describeViolation } from './report.ts';
import { runSeeds, seedsFrom } from './run-seeds.ts';
import type { World } from './world.ts';
import { type WorldName, worldsOf } from './world-store.ts';
import { hasTraits, WORLD_TRAITS, type WorldTrait } from './world-traits.ts';

/** Some seconds on two cores. `.ci/run` runs more: other worlds every day, and every world that once broke a promise. */
const FIXED_WORLDS = seedsFrom(1, 12).flatMap((seed) => worldsOf(seed, 'alternate'));

let bundle: string;
let SimulatedWorld: typeof World;
beforeAll(async () => {
  bundle = await bundleWorker('worker-under-test');
  SimulatedWorld = await loadWorld(bundle);
});

describe('the refresher', () => {
  it(`keeps every promise in ${FIXED_WORLDS.length} worlds with faults of every kind`, async () => {
    const total = await runSeeds({ bundle, worlds: FIXED_WORLDS, batchSize: 4 });

    const broken = total.failed.map(
      ({ seed, store, violation }) => `seed ${seed}, ${store}: ${describeViolation(violation)}`,
    );
    expect(broken, 'to see every step: npm run simulate -- --replay SEED --store STORE').toEqual([]);
    expect(total.worlds).toBe(FIXED_WORLDS.length);
  }, 300_000);
});

describe('a world', () => {
  it.each(SECRET_STORES)('of %s is the same from the same seed, step by step', async (store) => {
    const [first, second] = await Promise.all([stepsOf({ seed: 7, store }), stepsOf({ seed: 7, store })]);

    expect(first?.length).toBeGreaterThan(100);
    expect(second).toEqual(first);
  });

  it('differs from that of another seed', async () => {
    const [one, other] = [
      await new SimulatedWorld({ seed: 7 }).run(),
      await new SimulatedWorld({ seed: 9 }).run(),
    ];

    expect(other.fingerprint).not.toBe(one.fingerprint);
  });
});

describe('the worlds in which a defect is looked for', () => {
  it.each(Object.keys(WORLD_TRAITS) as WorldTrait[])('are among 400 seeds: %s', (trait) => {
    const store = trait.startsWith('the fleet') ? 'dynamodb' : 'secrets-manager';
    const [seed = -1] = seedsWithTraits({ from: 1, count: 1, traits: [trait], store, SimulatedWorld });

    expect(seed).toBeGreaterThan(0);
    expect(seed).toBeLessThan(400);
    expect(hasTraits(new SimulatedWorld({ seed, store }).plan, [trait])).toBe(true);
  });

  it('have all of its traits', () => {
    const store = 'secrets-manager';
    const traits = ['many faults', 'every change is announced'] as const;

    const seeds = [...seedsWithTraits({ from: 1, count: 5, traits, store, SimulatedWorld })];

    expect(seeds).toHaveLength(5);
    for (const trait of traits)
      expect([...seedsWithTraits({ from: 1, count: 100, traits: [trait], store, SimulatedWorld })]).toEqual(
        expect.arrayContaining(seeds),
      );
  });
});

async function stepsOf(world: WorldName): Promise<string[]> {
  const steps: string[] = [];
  await new SimulatedWorld({ ...world, onStep: (atMs, text) => steps.push(`${atMs} ${text}`) }).run();
  return steps;
}
