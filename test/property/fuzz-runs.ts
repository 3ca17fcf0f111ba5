import fc from 'fast-check';
import { vi } from 'vitest';

const TEST_TIMEOUT_MS = 30_000;

/** `FUZZ_RUNS` multiplies the usual number of runs: `FUZZ_RUNS=100 npx vitest run test/property`. */
const FACTOR = parseFactor(process.env.FUZZ_RUNS ?? '1');

if (FACTOR > 1) vi.setConfig({ testTimeout: TEST_TIMEOUT_MS * FACTOR });

/** Checks that something holds for all values of the arbitraries: `body` throws, or rejects, when it does not. */
export function forAll<Values extends [unknown, ...unknown[]]>(
  arbitraries: { readonly [Index in keyof Values]: fc.Arbitrary<Values[Index]> },
  parameters: NoInfer<fc.Parameters<Values>>,
  body: (...values: Values) => unknown,
): Promise<void> {
  const check = async (...values: Values) => {
    await body(...values);
  };
  return fc.assert(fc.asyncProperty(...arbitraries, check), parameters);
}

/** The usual number of runs in `npm test`, and more in a long run. */
export function runs(usual: number): { readonly numRuns: number } {
  return { numRuns: Math.ceil(usual * FACTOR) };
}

/** The same for a property of one value, after one run for each of the `examples`. */
export function runsAfter<T>(
  examples: readonly T[],
  usual: number,
): { readonly numRuns: number; readonly examples: [T][] } {
  return { numRuns: examples.length + runs(usual).numRuns, examples: examples.map((example) => [example]) };
}

function parseFactor(text: string): number {
  const factor = Number(text);
  if (factor > 0 && Number.isFinite(factor)) return factor;
  throw new Error(`FUZZ_RUNS must be a number above 0, is ${JSON.stringify(text)}.`);
}
