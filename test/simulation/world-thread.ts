import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { BatchResult } from './worker.ts';
import type { WorldName } from './world-store.ts';

/** A thread that runs worlds, one batch after the other. */
export class WorldThread {
  readonly #worker = new Worker(new URL('./thread.mjs', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: 48 },
  });

  /** Runs worlds in the simulation of a bundle, see `bundleWorker`. */
  run(bundle: string, worlds: readonly WorldName[]): Promise<BatchResult> {
    return new Promise((resolve, reject) => {
      const onError = (cause: Error) =>
        reject(
          new Error(
            `The simulation failed in one of the seeds ${worlds.map(({ seed }) => seed).join(', ')}.`,
            { cause },
          ),
        );
      this.#worker.once('error', onError);
      this.#worker.once('message', (result: BatchResult) => {
        this.#worker.off('error', onError);
        resolve(result);
      });
      this.#worker.postMessage({ bundle: pathToFileURL(bundle).href, worlds });
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
