import { parentPort } from 'node:worker_threads';
import type { Violation } from './promises/promise.ts';
import { World } from './world.ts';

/** Seeds to run, one after the other. */
export interface Batch {
  readonly from: number;
  readonly count: number;
}

/** What came of one batch. */
export interface BatchResult {
  readonly batch: Batch;
  readonly violations: readonly FailedSeed[];
  readonly simulatedMs: number;
  readonly awsCalls: number;
  readonly zohoCalls: number;
  /** Differs when any run differs in anything that was seen of it. */
  readonly fingerprint: number;
}

export interface FailedSeed {
  readonly seed: number;
  readonly violation: Violation;
  readonly taken: readonly string[];
}

/** One thread of `npm run simulate`. */
parentPort?.on('message', async (batch: Batch) => {
  parentPort?.postMessage(await runBatch(batch));
});

async function runBatch(batch: Batch): Promise<BatchResult> {
  const violations: FailedSeed[] = [];
  const sum = { simulatedMs: 0, awsCalls: 0, zohoCalls: 0, fingerprint: 0 };
  for (let seed = batch.from; seed < batch.from + batch.count; seed += 1) {
    const { violation, taken, elapsedMs, calls, fingerprint } = await new World({ seed }).run();
    if (violation !== undefined) violations.push({ seed, violation, taken });
    sum.simulatedMs += elapsedMs;
    sum.awsCalls += calls.aws;
    sum.zohoCalls += calls.zoho;
    sum.fingerprint = (sum.fingerprint + fingerprint) >>> 0;
  }
  return { batch, violations, ...sum };
}
