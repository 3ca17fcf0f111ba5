import type { Violation } from './promises/promise.ts';
import { World } from './world.ts';
import type { WorldName } from './world-store.ts';

/** For a bundle that is loaded into the main thread. */
export { World };

/** The totals of one batch of worlds. */
export interface BatchResult {
  readonly worlds: number;
  readonly failed: readonly SeedFailure[];
  readonly simulatedMs: number;
  readonly awsCalls: number;
  readonly zohoCalls: number;
  /** Differs when anything observable differs in any of the worlds. Does not depend on the order of the worlds. */
  readonly fingerprint: number;
}

export interface SeedFailure extends WorldName {
  readonly violation: Violation;
  readonly incidents: readonly string[];
}

/** What a thread runs, see `WorldThread`. */
export async function runBatch(worlds: readonly WorldName[]): Promise<BatchResult> {
  const failed: SeedFailure[] = [];
  const sum = { simulatedMs: 0, awsCalls: 0, zohoCalls: 0, fingerprint: 0 };
  for (const { seed, store } of worlds) {
    const { violation, incidents, elapsedMs, calls, fingerprint } = await new World({ seed, store }).run();
    if (violation !== undefined) failed.push({ seed, store, violation, incidents });
    sum.simulatedMs += elapsedMs;
    sum.awsCalls += calls.aws;
    sum.zohoCalls += calls.zoho;
    sum.fingerprint = (sum.fingerprint + fingerprint) >>> 0;
  }
  return { worlds: worlds.length, failed, ...sum };
}
