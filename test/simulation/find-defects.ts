import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { bundleWorker } from './bundle.ts';
import type { Defect } from './promises/defect.ts';
import { KNOWN_SEEDS } from './promises/known-seeds.ts';
import type { SeedFailure } from './worker.ts';
import type { World } from './world.ts';
import type { WorldThread } from './world-thread.ts';
import { hasTraits, type WorldTrait } from './world-traits.ts';

export interface DefectResult {
  /** The first seed that broke one of the promises that the defect may break; undefined when the defect was not found. */
  readonly caughtBy: SeedFailure | undefined;
  /** How many worlds were run. */
  readonly worlds: number;
}

export interface FindDefectOptions {
  /** The seeds of the worlds, see {@link seedsWithTraits}. */
  readonly seeds: Iterable<number>;
  readonly thread: WorldThread;
  readonly onProgress?: (worlds: number) => void;
}

/**
 * Plants one defect in the product and runs worlds until one of its promises is broken, on one thread: most defects are found
 * within a few worlds, so several defects at once waste less than several threads for one.
 */
export async function findDefect(
  defect: Defect,
  index: number,
  { seeds, thread, onProgress }: FindDefectOptions,
): Promise<DefectResult> {
  const bundle = await bundleWorker(`defect-${index}`, defect.edits);
  let worlds = 0;
  for (const seed of seeds) {
    const { failed } = await thread.run(bundle, [{ seed, store: defect.store }]);
    worlds += 1;
    onProgress?.(worlds);
    const caughtBy = failed.find(({ violation }) => defect.breaks.includes(violation.promise));
    if (caughtBy !== undefined) return { caughtBy, worlds };
  }
  return { caughtBy: undefined, worlds };
}

/** The seeds in which a defect is looked for: first the one that found it last time, if that took many worlds. */
export function* seedsOf(
  defect: Defect,
  options: Omit<SeedsWithTraits, 'traits' | 'store'>,
): Generator<number> {
  const known = KNOWN_SEEDS[defect.name];
  if (known !== undefined) yield known;
  yield* seedsWithTraits({ ...options, traits: defect.foundIn, store: defect.store });
}

export interface SeedsWithTraits {
  readonly from: number;
  readonly count: number;
  readonly traits: readonly WorldTrait[];
  readonly store: SecretStoreName;
  /** The simulation without a defect. */
  readonly SimulatedWorld: typeof World;
}

/** The next `count` seeds whose worlds have all of the traits. */
export function* seedsWithTraits({
  from,
  count,
  traits,
  store,
  SimulatedWorld,
}: SeedsWithTraits): Generator<number> {
  let found = 0;
  for (let seed = from; found < count; seed += 1) {
    if (traits.length > 0 && !hasTraits(new SimulatedWorld({ seed, store }).plan, traits)) continue;
    found += 1;
    yield seed;
  }
}
