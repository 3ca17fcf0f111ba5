import { bundleWorker } from './bundle.ts';
import type { Defect } from './promises/defect.ts';
import { runSeeds } from './run-seeds.ts';
import type { SeedFailure } from './worker.ts';

export interface DefectResult {
  /** The first seed that broke one of the promises that the defect may break; undefined when the defect was not found. */
  readonly caughtBy: SeedFailure | undefined;
  /** How many worlds were run. */
  readonly seeds: number;
}

export interface FindDefectOptions {
  readonly seeds: readonly number[];
  readonly onProgress?: (worlds: number) => void;
}

/**
 * Plants one defect in the product and runs seeds until one of its promises is broken, on one thread: most defects are found
 * within a few worlds, so several defects at once waste less than several threads for one.
 */
export async function findDefect(
  defect: Defect,
  index: number,
  { seeds, onProgress }: FindDefectOptions,
): Promise<DefectResult> {
  const catches = ({ violation }: SeedFailure) => defect.breaks.includes(violation.promise);
  const total = await runSeeds({
    bundle: await bundleWorker(`defect-${index}`, defect.edits),
    seeds,
    threads: 1,
    batchSize: 1,
    isDone: (failed) => failed.some(catches),
    onProgress: (progress) => onProgress?.(progress.seeds),
  });
  return { caughtBy: total.failed.find(catches), seeds: total.seeds };
}
