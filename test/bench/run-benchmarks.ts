import { type Benchmark, isMet, type Measurement } from './benchmark.ts';

/** What a benchmark has measured. */
export interface BenchmarkResult {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  readonly measurements: readonly (Measurement & { readonly isMet: boolean })[];
  readonly isGood: boolean;
}

/** Measures, and measures again while a goal is missed and retries are left. The last figures count. */
export async function runBenchmark(
  name: string,
  { title, measure, retries = 0 }: Benchmark,
  onRetry: () => void,
): Promise<BenchmarkResult> {
  const startedAtMs = performance.now();
  let measured = await measure();
  for (let left = retries; left > 0 && !measured.every(isMet); left -= 1) {
    onRetry();
    measured = await measure();
  }
  const measurements = measured.map((each) => ({ ...each, isMet: isMet(each) }));
  return {
    name,
    title,
    seconds: Math.round((performance.now() - startedAtMs) / 100) / 10,
    measurements,
    isGood: measurements.every((each) => each.isMet),
  };
}
