/** What a fleet used of AWS, over a span of time. */
export interface Usage {
  /** Calls by service and operation, e.g. `dynamodb:UpdateItem`. */
  readonly calls: Readonly<Record<string, number>>;
  /** Of DynamoDB: items that were read by their keys, and queries. */
  readonly itemReadUnits: number;
  readonly queryReadUnits: number;
  readonly writeUnits: number;
  /** Of log lines and of lines with metrics. */
  readonly logBytes: number;
}

/** How close a fleet came to a limit. */
export interface QuotaUse {
  readonly name: string;
  readonly limit: number;
  readonly total: number;
  /** Units of the busiest second. */
  readonly busiest: number;
  /** Requests that were refused because of it. */
  readonly throttled: number;
}

/** How early tokens were replaced. */
export interface Judgement {
  /** The least time that a replaced token had left, without those whose own attempt had failed. */
  readonly leastLeftMs: number;
  /** The same for the others. */
  readonly leastLeftAfterOwnFailureMs: number;
  /** Tokens that were published later than 300 s before the expiry of the one before, without a failure of their own. */
  readonly late: number;
  /** Of those, the ones that were published after it. */
  readonly expired: number;
}

/** What a fleet did in a span of simulated time. */
export interface FleetRun extends Judgement {
  readonly minutes: number;
  /** Refreshes that asked Zoho, in each minute. */
  readonly starts: readonly number[];
  /** Tokens that were published, in each minute. */
  readonly published: readonly number[];
  readonly ticks: number;
  /** How long the function ran, over all ticks. */
  readonly busyMs: number;
  readonly longestTickMs: number;
  readonly usage: Usage;
  readonly quotas: readonly QuotaUse[];
}

/** Refreshes or tokens of all minutes. */
export function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
