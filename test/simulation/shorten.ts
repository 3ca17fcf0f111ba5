import type { Violation } from './promises/promise.ts';

/** A failing run with as little as possible going wrong in it. */
export interface ShortRun {
  readonly violation: Violation;
  /** The extraordinary things without which it does not fail. */
  readonly needed: ReadonlySet<string>;
  readonly runs: number;
}

export interface ShortenOptions {
  /** Runs the world once more, with nothing extraordinary in it but what is allowed. */
  readonly run: (allowed: ReadonlySet<string>) => Promise<{
    readonly violation: Violation | undefined;
    readonly taken: readonly string[];
  }>;
  readonly violation: Violation;
  readonly taken: readonly string[];
  /** Tried at most so often. @default 400 */
  readonly maxRuns?: number;
  readonly onRun?: (runs: number) => void;
}

/**
 * Takes away one part after the other of what went wrong, ever smaller parts, for as long as the same promise is broken
 * (delta debugging; A. Zeller, R. Hildebrandt: Simplifying and Isolating Failure-Inducing Input, 2002).
 */
export async function shorten({
  run,
  violation,
  taken,
  maxRuns = 400,
  onRun,
}: ShortenOptions): Promise<ShortRun> {
  let best: { readonly violation: Violation; readonly needed: readonly string[] } = {
    violation,
    needed: taken,
  };
  let runs = 0;
  let parts = 2;
  while (best.needed.length > 0 && runs < maxRuns) {
    const size = Math.ceil(best.needed.length / parts);
    let isShorter = false;
    for (let from = 0; from < best.needed.length && runs < maxRuns && !isShorter; from += size) {
      const rest = best.needed.filter((_, index) => index < from || index >= from + size);
      const result = await run(new Set(rest));
      runs += 1;
      onRun?.(runs);
      if (result.violation?.promise !== violation.promise) continue;
      const happened = new Set(result.taken);
      best = { violation: result.violation, needed: rest.filter((name) => happened.has(name)) };
      isShorter = true;
    }
    if (isShorter) parts = Math.max(2, parts - 1);
    else if (size === 1) break;
    else parts = Math.min(best.needed.length, parts * 2);
  }
  return { violation: best.violation, needed: new Set(best.needed), runs };
}
