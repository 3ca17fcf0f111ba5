/** Longer than the longest pause after a failure, so that each connection that fails is counted until it succeeds. */
const WINDOW_MS = 35 * 60_000;

/** An environment that has watched for less knows too little. */
const WATCHED_MS = 15 * 60_000;

/**
 * Which connections fail on schedule, for as long as the Lambda environment lives. Times are elapsed ones. A connection without a token
 * is a problem of its own only while few others fail: an outage of Zoho or AWS must not be one ticket for each tenant.
 */
export interface FailingMemory {
  record(connection: string, hasFailed: boolean, elapsedMs: number): void;
  /** False also as long as too little is known. */
  areAtMost(most: number, elapsedMs: number): boolean;
}

export function createFailingMemory(): FailingMemory {
  const failedAtMs = new Map<string, number>();
  let firstAtMs = Number.POSITIVE_INFINITY;
  return {
    record: (connection, hasFailed, elapsedMs) => {
      firstAtMs = Math.min(firstAtMs, elapsedMs);
      failedAtMs.delete(connection);
      if (hasFailed) failedAtMs.set(connection, elapsedMs);
    },
    areAtMost: (most, elapsedMs) => {
      // The oldest come first.
      for (const [connection, atMs] of failedAtMs) {
        if (elapsedMs - atMs <= WINDOW_MS) break;
        failedAtMs.delete(connection);
      }
      return failedAtMs.size <= most && elapsedMs - firstAtMs >= WATCHED_MS;
    },
  };
}
