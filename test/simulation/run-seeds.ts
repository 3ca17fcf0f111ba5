import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Batch, BatchResult, FailedSeed } from './worker.ts';

export interface RunSeedsOptions {
  /** The bundle of the simulation, see `bundleWorker`. */
  readonly bundle: string;
  readonly from: number;
  readonly count: number;
  /** @default as many as there are processors */
  readonly threads?: number;
  /** @default 20 */
  readonly batchSize?: number;
  /** Ends the run: no further batch is begun. @default when a promise was broken */
  readonly isEnough?: (failed: readonly FailedSeed[]) => boolean;
  readonly onProgress?: (done: Progress) => void;
}

export interface Progress {
  readonly seeds: number;
  readonly failed: readonly FailedSeed[];
  readonly simulatedMs: number;
  readonly awsCalls: number;
  readonly zohoCalls: number;
  readonly fingerprint: number;
}

/** Runs a range of seeds on several threads. The order of the results does not matter to any of the sums. */
export async function runSeeds(options: RunSeedsOptions): Promise<Progress> {
  const { bundle, from, count, threads = availableParallelism(), batchSize = 20, onProgress } = options;
  const isEnough = options.isEnough ?? ((failed) => failed.length > 0);
  const batches = batchesOf(from, count, batchSize);
  let total: Progress = { seeds: 0, failed: [], simulatedMs: 0, awsCalls: 0, zohoCalls: 0, fingerprint: 0 };

  async function work(): Promise<void> {
    const worker = new Worker(bundle, { resourceLimits: { maxYoungGenerationSizeMb: 48 } });
    try {
      while (!isEnough(total.failed)) {
        const batch = batches.next();
        if (batch.done) return;
        const result = await resultOf(worker, batch.value);
        total = added(total, result);
        onProgress?.(total);
      }
    } finally {
      await worker.terminate();
    }
  }
  await Promise.all(Array.from({ length: Math.min(threads, Math.ceil(count / batchSize)) }, work));
  return { ...total, failed: total.failed.toSorted((one, other) => one.seed - other.seed) };
}

function* batchesOf(from: number, count: number, size: number): Generator<Batch> {
  for (let first = from; first < from + count; first += size) {
    yield { from: first, count: Math.min(size, from + count - first) };
  }
}

function resultOf(worker: Worker, batch: Batch): Promise<BatchResult> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => {
      reject(
        new Error(
          `The simulation itself failed between seeds ${batch.from} and ${batch.from + batch.count - 1}.`,
          { cause: error },
        ),
      );
    };
    worker.once('error', onError);
    worker.once('message', (result: BatchResult) => {
      worker.off('error', onError);
      resolve(result);
    });
    worker.postMessage(batch);
  });
}

function added(total: Progress, result: BatchResult): Progress {
  return {
    seeds: total.seeds + result.batch.count,
    failed: [...total.failed, ...result.violations],
    simulatedMs: total.simulatedMs + result.simulatedMs,
    awsCalls: total.awsCalls + result.awsCalls,
    zohoCalls: total.zohoCalls + result.zohoCalls,
    fingerprint: (total.fingerprint + result.fingerprint) >>> 0,
  };
}
