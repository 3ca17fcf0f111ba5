/** What a metric is known by: the dimensions belong to its identity, and are matched whole. */
export interface MetricIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Values that were measured at one moment, as CloudWatch keeps them. */
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

/** A time with its periods: the start is part of it, the end is not. */
export interface MetricWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly periodMs: number;
}

/** The metrics of one account and region. */
export class MetricStore {
  readonly #samples = new Map<string, MetricSample[]>();

  /** Adds a value, or the same value `count` times. */
  addValue(
    metric: MetricIdentity,
    { value, count = 1, atMs }: { value: number; count?: number; atMs: number },
  ) {
    this.addSample(metric, { atMs, count, sum: value * count, minimum: value, maximum: value });
  }

  /** Adds values of which only the statistics are known. */
  addSample(metric: MetricIdentity, sample: MetricSample): void {
    const key = keyOf(metric);
    const samples = this.#samples.get(key) ?? [];
    this.#samples.set(key, samples);
    samples.push(sample);
  }

  /** One value per period that has any, oldest first, each at the start of its period. Periods count from `startMs`. */
  read(
    metric: MetricIdentity,
    { startMs, endMs, periodMs }: MetricWindow,
    statistic: Statistic,
  ): { atMs: number; value: number }[] {
    const periods = new Map<number, MetricSample>();
    for (const sample of this.#samples.get(keyOf(metric)) ?? []) {
      if (sample.atMs < startMs || sample.atMs >= endMs) continue;
      const atMs = startMs + Math.floor((sample.atMs - startMs) / periodMs) * periodMs;
      periods.set(atMs, merge({ ...sample, atMs }, periods.get(atMs)));
    }
    return [...periods.values()]
      .sort((one, other) => one.atMs - other.atMs)
      .map((period) => ({ atMs: period.atMs, value: statisticOf(period, statistic) }));
  }
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
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);
}
