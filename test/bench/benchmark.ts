/** Something that `npm run bench` measures. */
export interface Benchmark {
  /** One line. */
  readonly title: string;
  readonly measure: () => Promise<readonly Measurement[]>;
  /**
   * How often a miss is measured again before it counts. For ratios of times, which other load on the machine disturbs; what is
   * counted is counted once.
   *
   * @default 0
   */
  readonly retries?: number;
}

/** One figure. Without a goal it is information: absolute times never decide. */
export interface Measurement {
  readonly what: string;
  readonly value: number;
  /** e.g. `times`, `mints` or `ms`. */
  readonly unit: string;
  readonly goal?: Goal;
}

/** What a figure must be. `times` and sizes have slack for a busy machine and for other versions of Node.js. */
export interface Goal {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Whether the figure meets its goal. A figure that is not a number meets none. */
export function isMet({ value, goal }: Pick<Measurement, 'value' | 'goal'>): boolean {
  if (goal === undefined) return true;
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = goal;
  return value <= atMost && value >= atLeast;
}
