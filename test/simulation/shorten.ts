import type { Violation } from './promises/promise.ts';

/** A failing run with as few incidents as possible. */
export interface ShortRun {
  readonly violation: Violation;
  /** The incidents without which the run does not fail. */
  readonly needed: ReadonlySet<string>;
  readonly runs: number;
}

export interface ShortenOptions {
  /** Runs the world again with only the allowed incidents. */
  readonly run: (allowed: ReadonlySet<string>) => Promise<{
    readonly violation: Violation | undefined;
    readonly incidents: readonly string[];
  }>;
  readonly violation: Violation;
  readonly incidents: readonly string[];
  /** @default 400 */
  readonly maxRuns?: number;
  readonly onRun?: (runs: number) => void;
}

/**
 * Removes ever smaller parts of the incidents while the same promise is still broken (delta debugging; A. Zeller,
 * R. Hildebrandt: Simplifying and Isolating Failure-Inducing Input, 2002).
 */
export async function shorten({ run, maxRuns = 400, onRun, ...failed }: ShortenOptions): Promise<ShortRun> {
  let { violation, incidents: needed } = failed;
  let runs = 0;
  let parts = 2;
  while (needed.length > 0 && runs < maxRuns) {
    const size = Math.ceil(needed.length / parts);
    let isShorter = false;
    for (let from = 0; from < needed.length && runs < maxRuns && !isShorter; from += size) {
      const rest = needed.filter((_, index) => index < from || index >= from + size);
      const result = await run(new Set(rest));
      runs += 1;
      onRun?.(runs);
      if (result.violation?.promise !== failed.violation.promise) continue;
      const happened = new Set(result.incidents);
      violation = result.violation;
      needed = rest.filter((name) => happened.has(name));
      isShorter = true;
    }
    if (isShorter) parts = Math.max(2, parts - 1);
    else if (size === 1) break;
    else parts = Math.min(needed.length, parts * 2);
  }
  return { violation, needed: new Set(needed), runs };
}
