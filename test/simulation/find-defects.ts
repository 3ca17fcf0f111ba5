import { bundleWorker } from './bundle.ts';
import type { Defect } from './promises/defect.ts';
import { runSeeds } from './run-seeds.ts';
import type { FailedSeed } from './worker.ts';

/** What the simulation made of a defect. */
export interface DefectResult {
  readonly defect: Defect;
  /** The first seed that broke one of the promises that the defect may break; undefined: it survived. */
  readonly caughtBy: FailedSeed | undefined;
  readonly seeds: number;
}

/** Puts one defect into the product and runs seeds until a promise is broken. */
export async function findDefect(
  defect: Defect,
  index: number,
  { from, count, onProgress }: { from: number; count: number; onProgress: (seeds: number) => void },
): Promise<DefectResult> {
  const bundle = await bundleWorker(`defect-${index}`, defect.edits);
  const isIts = ({ violation }: FailedSeed) => defect.breaks.includes(violation.promise);
  const { failed, seeds } = await runSeeds({
    bundle,
    from,
    count,
    batchSize: 10,
    isEnough: (all) => all.some(isIts),
    onProgress: ({ seeds: done }) => onProgress(done),
  });
  return { defect, caughtBy: failed.find(isIts), seeds };
}
