/** Two clocks that run apart by more than this have been changed, or the process was frozen. */
const JUMP_MS = 1_000;
/** The `Date` of a response has whole seconds. */
const DATE_PRECISION_MS = 1_000;

/** The clocks of this machine, in milliseconds. */
interface OwnClocks {
  /** Since the epoch. */
  now(): number;
  /** Since some moment, unaffected by changes of the system's clock. */
  monotonic(): number;
}

/** The time by AWS's clock, in whole milliseconds: a `Timestamp` of CloudWatch's embedded metric format has no fraction. */
export interface AwsTime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since it was created, for pauses and durations: a corrected clock neither ends nor prolongs them. */
  elapsed(): number;
  /**
   * Corrects the time by the `Date` of a response. `sentAtMs` is what `elapsed()` was before the request: AWS wrote the date
   * between then and now, so that a slow response says little, and one that was frozen on its way nothing.
   */
  correct(date: string | undefined, sentAtMs: number): void;
}

/**
 * The time by AWS's clock, which tokens follow. It is the system's time, corrected by the `Date` of AWS's
 * responses. Between responses the system's clock and the monotonic one are compared. The one that has moved further is
 * trusted, because a token that expires too early costs one read, and one that expires too late costs failed calls: the
 * monotonic clock ignores changes of the system's clock, and may stand still while the process is frozen.
 */
export const createAwsTime = (clock: OwnClocks): AwsTime => {
  let lastSystemMs = clock.now();
  let lastMonotonicMs = clock.monotonic();
  let elapsedMs = 0;
  let startMs = Math.floor(lastSystemMs);

  const elapsed = (): number => {
    const systemMs = clock.now() - lastSystemMs;
    const monotonicMs = clock.monotonic() - lastMonotonicMs;
    const movedMs = Math.floor(Math.max(systemMs, monotonicMs, 0));
    if (Math.abs(systemMs - monotonicMs) <= JUMP_MS) return elapsedMs + movedMs;
    lastSystemMs += systemMs;
    lastMonotonicMs += monotonicMs;
    elapsedMs += movedMs;
    return elapsedMs;
  };

  const now = () => startMs + elapsed();

  const correct = (date: string | undefined, sentAtMs: number): void => {
    const earliestMs = Date.parse(date ?? '');
    const latestMs = earliestMs + DATE_PRECISION_MS + elapsed() - sentAtMs;
    const nowMs = now();
    if (nowMs < earliestMs || nowMs > latestMs) startMs += latestMs - nowMs;
  };

  return { now, elapsed, correct };
};
