/** Identifies a metric. All dimensions must match. */
export interface MetricIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** The statistics of the values of one moment, as CloudWatch keeps them. */
export interface MetricSample {
  readonly atMs: number;
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** The statistics that can be asked for. */
export const STATISTICS = ['Sum', 'SampleCount', 'Average', 'Minimum', 'Maximum'] as const;
export type Statistic = (typeof STATISTICS)[number];

/** A time window with its period length: includes the start, excludes the end. */
export interface MetricWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly periodMs: number;
}

/** The metrics of one account and region. The cost of a read depends on its window only. */
export class MetricStore {
  /** By metric, sorted by time, each moment once. */
  readonly #moments = new Map<string, MetricSample[]>();

  /** Adds a value, or the same value `count` times. */
  addValue(
    metric: MetricIdentity,
    { value, count = 1, atMs }: { value: number; count?: number; atMs: number },
  ) {
    this.addSample(metric, { atMs, count, sum: value * count, minimum: value, maximum: value });
  }

  /** Adds statistics of values. */
  addSample(metric: MetricIdentity, sample: MetricSample): void {
    const key = keyOf(metric);
    const moments = this.#moments.get(key) ?? [];
    this.#moments.set(key, moments);
    const index = indexOfFirstFrom(moments, sample.atMs);
    const sameMoment = moments[index]?.atMs === sample.atMs ? moments[index] : undefined;
    if (sameMoment === undefined) moments.splice(index, 0, sample);
    else moments[index] = merge(sameMoment, sample);
  }

  /** One value per period that has any, oldest first, each at the start of its period. Periods count from `startMs`. */
  read(
    metric: MetricIdentity,
    { startMs, endMs, periodMs }: MetricWindow,
    statistic: Statistic,
  ): { atMs: number; value: number }[] {
    const moments = this.#moments.get(keyOf(metric)) ?? [];
    const inWindow = moments.slice(indexOfFirstFrom(moments, startMs), indexOfFirstFrom(moments, endMs));
    const periods = new Map<number, MetricSample>();
    for (const moment of inWindow) {
      const atMs = startMs + Math.floor((moment.atMs - startMs) / periodMs) * periodMs;
      periods.set(atMs, merge(moment, periods.get(atMs)));
    }
    return [...periods].map(([atMs, period]) => ({ atMs, value: statisticOf(period, statistic) }));
  }
}

/** The index of the first moment that is not before a time; the length if there is none. */
function indexOfFirstFrom(moments: readonly MetricSample[], timeMs: number): number {
  let low = 0;
  let high = moments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((moments[middle] as MetricSample).atMs < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merge(one: MetricSample, other: MetricSample | undefined): MetricSample {
  if (other === undefined) return one;
  return {
    atMs: one.atMs,
    count: one.count + other.count,
    sum: one.sum + other.sum,
    minimum: Math.min(one.minimum, other.minimum),
    maximum: Math.max(one.maximum, other.maximum),
  };
}

function statisticOf({ count, sum, minimum, maximum }: MetricSample, statistic: Statistic): number {
  switch (statistic) {
    case 'Sum':
      return sum;
    case 'SampleCount':
      return count;
    case 'Average':
      return sum / count;
    case 'Minimum':
      return minimum;
    case 'Maximum':
      return maximum;
  }
}

function keyOf({ namespace, name, dimensions }: MetricIdentity): string {
  const parts = [namespace, name];
  for (const each of Object.keys(dimensions).sort()) parts.push(each, dimensions[each] as string);
  return JSON.stringify(parts);
}
