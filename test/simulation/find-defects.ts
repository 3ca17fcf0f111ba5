import { bundleWorker } from './bundle.ts';
import type { Defect } from './promises/defect.ts';
import { type RunSeedsOptions, runSeeds } from './run-seeds.ts';
import type { SeedFailure } from './worker.ts';

export interface DefectResult {
  /** The first seed that broke one of the promises that the defect may break; undefined when the defect was not found. */
  readonly caughtBy: SeedFailure | undefined;
  /** How many worlds were run. */
  readonly seeds: number;
}

/** Plants one defect in the product and runs seeds until one of its promises is broken. */
export async function findDefect(
  defect: Defect,
  index: number,
  {
    seeds,
    threads,
    onProgress,
  }: Pick<RunSeedsOptions, 'seeds' | 'threads'> & { onProgress?: (worlds: number) => void },
): Promise<DefectResult> {
  const catches = ({ violation }: SeedFailure) => defect.breaks.includes(violation.promise);
  const total = await runSeeds({
    bundle: await bundleWorker(`defect-${index}`, defect.edits),
    seeds,
    threads,
    batchSize: 10,
    isDone: (failed) => failed.some(catches),
    onProgress: (progress) => onProgress?.(progress.seeds),
  });
  return { caughtBy: total.failed.find(catches), seeds: total.seeds };
}
