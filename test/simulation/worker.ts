import type { Violation } from './promises/promise.ts';
import { World } from './world.ts';

/** For a bundle that is loaded into the main thread. */
export { World };

/** The totals of one batch of seeds. */
export interface BatchResult {
  readonly seeds: number;
  readonly failed: readonly SeedFailure[];
  readonly simulatedMs: number;
  readonly awsCalls: number;
  readonly zohoCalls: number;
  /** Differs when anything observable differs in any of the worlds. Does not depend on the order of the seeds. */
  readonly fingerprint: number;
}

export interface SeedFailure {
  readonly seed: number;
  readonly violation: Violation;
  readonly incidents: readonly string[];
}

/** What a thread runs, see `WorldThread`. */
export async function runBatch(seeds: readonly number[]): Promise<BatchResult> {
  const failed: SeedFailure[] = [];
  const sum = { simulatedMs: 0, awsCalls: 0, zohoCalls: 0, fingerprint: 0 };
  for (const seed of seeds) {
    const { violation, incidents, elapsedMs, calls, fingerprint } = await new World({ seed }).run();
    if (violation !== undefined) failed.push({ seed, violation, incidents });
    sum.simulatedMs += elapsedMs;
    sum.awsCalls += calls.aws;
    sum.zohoCalls += calls.zoho;
    sum.fingerprint = (sum.fingerprint + fingerprint) >>> 0;
  }
  return { seeds: seeds.length, failed, ...sum };
}
