import { availableParallelism } from 'node:os';
import type { BatchResult, SeedFailure } from './worker.ts';
import type { WorldName } from './world-store.ts';
import { WorldThread } from './world-thread.ts';

export interface RunSeedsOptions {
  /** The bundle of the simulation, see `bundleWorker`. */
  readonly bundle: string;
  readonly worlds: readonly WorldName[];
  /** @default one per processor */
  readonly threads?: number | undefined;
  /** @default 20 */
  readonly batchSize?: number;
  /** No further batch starts once this is true. @default when a promise was broken */
  readonly isDone?: (failed: readonly SeedFailure[]) => boolean;
  readonly onProgress?: (total: Progress) => void;
}

/** The totals of all batches that have run. */
export type Progress = BatchResult;

/** `count` consecutive seeds. */
export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** Runs worlds on several threads. The totals do not depend on the number of threads. */
export async function runSeeds(options: RunSeedsOptions): Promise<Progress> {
  const { bundle, worlds, threads = availableParallelism(), batchSize = 20, onProgress } = options;
  const isDone = options.isDone ?? ((failed) => failed.length > 0);
  const batches = batchesOf(worlds, batchSize);
  let total: Progress = { worlds: 0, failed: [], simulatedMs: 0, awsCalls: 0, zohoCalls: 0, fingerprint: 0 };

  async function work(): Promise<void> {
    const thread = new WorldThread();
    try {
      while (!isDone(total.failed)) {
        const batch = batches.next();
        if (batch.done) return;
        const result = await thread.run(bundle, batch.value);
        total = add(total, result);
        onProgress?.(total);
      }
    } finally {
      await thread.end();
    }
  }
  await Promise.all(Array.from({ length: Math.min(threads, Math.ceil(worlds.length / batchSize)) }, work));
  return { ...total, failed: total.failed.toSorted((one, other) => one.seed - other.seed) };
}

function* batchesOf(worlds: readonly WorldName[], size: number): Generator<readonly WorldName[]> {
  for (let start = 0; start < worlds.length; start += size) yield worlds.slice(start, start + size);
}

function add(total: Progress, result: BatchResult): Progress {
  return {
    worlds: total.worlds + result.worlds,
    failed: [...total.failed, ...result.failed],
    simulatedMs: total.simulatedMs + result.simulatedMs,
    awsCalls: total.awsCalls + result.awsCalls,
    zohoCalls: total.zohoCalls + result.zohoCalls,
    fingerprint: (total.fingerprint + result.fingerprint) >>> 0,
  };
}
