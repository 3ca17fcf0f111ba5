import type { Clock } from '../core/ports.ts';

/** The longest time that a timer of Node.js waits. A longer one would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clocks of this machine, in whole milliseconds. */
export const systemClock: Clock & { monotonic(): number } = {
  now: () => Date.now(),
  monotonic: () => Math.floor(performance.now()),
  // `AbortSignal.timeout` throws a RangeError for a fraction and for less than 0.
  abortAfter: (ms) => AbortSignal.timeout(Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(ms)))),
};
