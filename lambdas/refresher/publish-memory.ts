/** Longer than the longest pause between two tries of a publish, so that a burst is over before the next one begins. */
const QUIET_MS = 20_000;

/**
 * Whether Secrets Manager throttles publishes, for as long as the Lambda environment lives. Its writes have one limit for the account and
 * region, and the schedule needs most of it. Each request on demand runs in an environment of its own, so there is no pace in common:
 * instead, an environment that was throttled mints nothing for consumers until the burst is over. So a storm of rejected tokens keeps
 * no more publishes waiting than Lambda runs environments, and in between the schedule has its turn.
 */
export interface PublishMemory {
  /** Secrets Manager has throttled a publish. Times are elapsed ones. */
  recordThrottle(elapsedMs: number): void;
  /** How long no token should be minted on demand. 0: one may be. */
  quietForMs(elapsedMs: number): number;
}

export function createPublishMemory(): PublishMemory {
  let throttledAtMs = Number.NEGATIVE_INFINITY;
  return {
    recordThrottle: (elapsedMs) => {
      throttledAtMs = elapsedMs;
    },
    quietForMs: (elapsedMs) => Math.max(0, throttledAtMs + QUIET_MS - elapsedMs),
  };
}
