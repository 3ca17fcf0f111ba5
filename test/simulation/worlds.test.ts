import { availableParallelism } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorker } from './bundle.ts';
import { runSeeds } from './run-seeds.ts';
import { describeViolation } from './screen.ts';
import { World } from './world.ts';

/** As many worlds as the gate can afford; `npm run simulate` runs any number. */
const SEEDS = 2_000;

let bundle: string;
beforeAll(async () => {
  bundle = await bundleWorker('worker-under-test');
});

describe('the refresher', () => {
  it(`keeps every promise in ${SEEDS.toLocaleString('en')} worlds in which everything goes wrong`, async () => {
    const { seeds, failed } = await runSeeds({ bundle, from: 1, count: SEEDS });

    const broken = failed.map(({ seed, violation }) => `seed ${seed}: ${describeViolation(violation)}`);
    expect(broken, 'told step by step by: npm run simulate -- --replay SEED').toEqual([]);
    expect(seeds).toBe(SEEDS);
  }, 300_000);
});

describe('a world', () => {
  it('is the same world again from the same seed, step by step', async () => {
    const tellings = await Promise.all([tellWorld(7), tellWorld(7)]);

    expect(tellings[0]?.length).toBeGreaterThan(100);
    expect(tellings[1]).toEqual(tellings[0]);
  });

  it('is another one from another seed', async () => {
    const [one, other] = [await new World({ seed: 7 }).run(), await new World({ seed: 8 }).run()];

    expect(other.fingerprint).not.toBe(one.fingerprint);
  });

  it('adds up to the same sums however many threads share the seeds', async () => {
    const alone = await runSeeds({ bundle, from: 1, count: 30, threads: 1 });
    const shared = await runSeeds({
      bundle,
      from: 1,
      count: 30,
      threads: availableParallelism(),
      batchSize: 7,
    });

    expect(shared).toEqual(alone);
  });

  it('without anything extraordinary is calm, and every connection is served', async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, seed) => new World({ seed, allowed: new Set() }).run()),
    );

    expect(results.filter(({ violation }) => violation !== undefined)).toEqual([]);
    expect(results.flatMap(({ taken }) => taken)).toEqual([]);
    expect(results.every(({ calls }) => calls.zoho > 0)).toBe(true);
  });
});

async function tellWorld(seed: number): Promise<string[]> {
  const lines: string[] = [];
  await new World({ seed, tell: (atMs, text) => lines.push(`${atMs} ${text}`) }).run();
  return lines;
}
