import type { Item } from '../expressions.ts';
import { attemptAtIn, type ConnectionTruth, isUnusableToken, timesIn, type WorldView } from './promise.ts';

const MINUTE_MS = 60_000;
/** How long a call counts against the budget. */
const MINT_WINDOW_MS = 11.75 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** One tick to find it due, and some seconds to refresh it. */
const FOUND_AND_DONE_MS = 75_000;
const LONGEST_BACKOFF_MS = 100_000;
/** How long after its answer a refusal is recorded, and clock skew. */
const RECORDED_MS = MINUTE_MS;

/** Whether a connection waits because Zoho throttles or issues tokens that are too long, or the budget is used up. */
export function isWaiting(row: Item | undefined, now: number): boolean {
  const isPostponed = isUnusableToken(row?.lastFailure?.M?.code?.S);
  if (row?.status?.S === 'cooling-down' || isPostponed) return (attemptAtIn(row) ?? 0) > now;
  const calls = timesIn(row, 'mints').filter((atMs) => atMs + MINT_WINDOW_MS > now);
  const versions = timesIn(row, 'publishes').filter((atMs) => atMs + DAY_MS > now);
  return calls.length >= 10 || versions.length >= 90;
}

/**
 * How long after the last fault a connection in service may lack a valid token. A call that hangs since before ends with its attempt,
 * whose lease is over by then, and the back-off follows.
 */
export function recoveryMs(world: WorldView, row: Item | undefined, calmSinceMs: number): number {
  const failedAfterMs = Number(row?.lastFailure?.M?.at?.N) - calmSinceMs;
  const wasHanging = failedAfterMs > 0 && failedAfterMs <= world.longestLeaseMs;
  return Math.max(
    3 * MINUTE_MS,
    world.longestLeaseMs + FOUND_AND_DONE_MS,
    wasHanging ? failedAfterMs + LONGEST_BACKOFF_MS + FOUND_AND_DONE_MS : 0,
  );
}

/** Whether Zoho refuses the valid credentials of a connection, or did so when it was last asked. */
export function isRefusedWrongly(world: WorldView, { name, goodSinceMs = 0 }: ConnectionTruth): boolean {
  const now = world.now();
  const refusedAtMs = (world.row(name)?.refusedCredentials?.L ?? []).map(({ M }) => Number(M?.at?.N));
  return world.wrongRefusals(name).some(({ fromMs, untilMs }) => {
    const isRecorded = (atMs: number) =>
      atMs > Math.max(fromMs, goodSinceMs) - RECORDED_MS && atMs < untilMs + RECORDED_MS;
    return (fromMs <= now && now < untilMs) || refusedAtMs.some(isRecorded);
  });
}
