import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorker, loadWorld } from './bundle.ts';
import { seedsWithTraits } from './find-defects.ts';
import { describeViolation } from './report.ts';
import { runSeeds, seedsFrom } from './run-seeds.ts';
import type { World } from './world.ts';
import { hasTraits, WORLD_TRAITS, type WorldTrait } from './world-traits.ts';

/** Some seconds on two cores. `.ci/run` runs more: other worlds every day, and every world that once broke a promise. */
const FIXED_SEEDS = seedsFrom(1, 12);

let bundle: string;
let SimulatedWorld: typeof World;
beforeAll(async () => {
  bundle = await bundleWorker('worker-under-test');
  SimulatedWorld = await loadWorld(bundle);
});

describe('the refresher', () => {
  it(`keeps every promise in ${FIXED_SEEDS.length} worlds with faults of every kind`, async () => {
    const total = await runSeeds({ bundle, seeds: FIXED_SEEDS, batchSize: 4 });

    const broken = total.failed.map(({ seed, violation }) => `seed ${seed}: ${describeViolation(violation)}`);
    expect(broken, 'to see every step: npm run simulate -- --replay SEED').toEqual([]);
    expect(total.seeds).toBe(FIXED_SEEDS.length);
  }, 300_000);
});

describe('a world', () => {
  it('is the same from the same seed, step by step', async () => {
    const [first, second] = await Promise.all([stepsOf(7), stepsOf(7)]);

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
    const [seed = -1] = seedsWithTraits({ from: 1, count: 1, traits: [trait], SimulatedWorld });

    expect(seed).toBeGreaterThan(0);
    expect(seed).toBeLessThan(400);
    expect(hasTraits(new SimulatedWorld({ seed }).plan, [trait])).toBe(true);
  });

  it('have all of its traits', () => {
    const traits = ['many faults', 'every change is announced'] as const;

    const seeds = [...seedsWithTraits({ from: 1, count: 5, traits, SimulatedWorld })];

    expect(seeds).toHaveLength(5);
    for (const trait of traits)
      expect([...seedsWithTraits({ from: 1, count: 100, traits: [trait], SimulatedWorld })]).toEqual(
        expect.arrayContaining(seeds),
      );
  });
});

async function stepsOf(seed: number): Promise<string[]> {
  const steps: string[] = [];
  await new SimulatedWorld({ seed, onStep: (atMs, text) => steps.push(`${atMs} ${text}`) }).run();
  return steps;
}
