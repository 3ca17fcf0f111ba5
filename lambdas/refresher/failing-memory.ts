/** Longer than the longest pause after a failure, so that each connection that fails is counted until it succeeds. */
const WINDOW_MS = 35 * 60_000;

/** An environment that has watched for less knows too little. */
const WATCHED_MS = 15 * 60_000;

/** Every connection that works is renewed in this time. */
const RENEWED_WITHIN_MS = 60 * 60_000;

/** How a scheduled attempt ended. `set-aside`: the connection is blocked or paused, which says nothing about others. */
export type AttemptEnd = 'succeeded' | 'failed' | 'set-aside';

/**
 * Which connections fail on schedule, for as long as the Lambda environment lives. Times are elapsed ones. A connection without a token
 * is a problem of its own only while few others fail and others succeed: an outage of Zoho or AWS, which is an alarm, must not be one
 * ticket for each connection as well.
 */
export interface FailingMemory {
  record(connection: string, end: AttemptEnd, elapsedMs: number): void;
  /**
   * True if the connection fails for a reason of its own: at most `most` connections fail, and another one has succeeded since this one
   * began to. If no other one is in service, it is enough that an hour has passed. False also as long as too little is known.
   */
  failsAlone(connection: string, most: number, elapsedMs: number): boolean;
}

export function createFailingMemory(): FailingMemory {
  const failing = new Map<string, { readonly sinceMs: number; readonly atMs: number }>();
  let firstAtMs = Number.POSITIVE_INFINITY;
  let succeededAtMs = Number.NEGATIVE_INFINITY;

  function forget(elapsedMs: number): void {
    // The oldest come first.
    for (const [connection, { atMs }] of failing) {
      if (elapsedMs - atMs <= WINDOW_MS) break;
      failing.delete(connection);
    }
  }

  return {
    record: (connection, end, elapsedMs) => {
      firstAtMs = Math.min(firstAtMs, elapsedMs);
      const sinceMs = failing.get(connection)?.sinceMs ?? elapsedMs;
      failing.delete(connection);
      if (end === 'failed') failing.set(connection, { sinceMs, atMs: elapsedMs });
      if (end === 'succeeded') succeededAtMs = elapsedMs;
    },
    failsAlone: (connection, most, elapsedMs) => {
      forget(elapsedMs);
      const sinceMs = failing.get(connection)?.sinceMs;
      if (sinceMs === undefined || failing.size > most || elapsedMs - firstAtMs < WATCHED_MS) return false;
      const isOnlyOne = failing.size === 1 && elapsedMs - sinceMs >= RENEWED_WITHIN_MS;
      return succeededAtMs > sinceMs || isOnlyOne;
    },
  };
}
