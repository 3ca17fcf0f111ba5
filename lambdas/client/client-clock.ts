/**
 * The clock of a client. Tests replace it.
 *
 * @example
 * const clock: ClientClock = { now: () => Date.UTC(2026, 0, 5), sleep: (ms, signal) => until(ms, signal) };
 */
export interface ClientClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Milliseconds since some moment, unaffected by changes of the system's clock.
   *
   * @default - the highest `now()` so far
   */
  monotonic?(): number;
  /**
   * Resolves after a number of milliseconds, or earlier, once `signal` aborts. Deadlines are sleeps, too. A function without
   * the parameter `signal` is used for other waits only, and deadlines then pass in real time.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A clock whose every member can be used. */
export interface CompleteClock extends Required<ClientClock> {
  /**
   * Runs `work` before the event loop waits for anything: timers, sockets, the next invocation. Only the real clock has it. Any
   * other one is read at every call.
   */
  readonly atEndOfTurn?: ((work: () => void) => void) | undefined;
}

export const REAL_TIME: CompleteClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  atEndOfTurn: (work) => process.nextTick(work),
  // `setTimeout` of node:timers/promises makes an error when the signal aborts, which every call does that ends in time.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, signal?.aborted ? 0 : ms);
      signal?.addEventListener('abort', wake);
    }),
};

/** A given clock, completed. */
export const completeClock = (given: ClientClock): CompleteClock => {
  let latestMs = -Infinity;
  const latest = () => {
    latestMs = Math.max(latestMs, given.now());
    return latestMs;
  };
  return {
    now: () => given.now(),
    monotonic: () => given.monotonic?.() ?? latest(),
    sleep: (ms, signal) =>
      signal && given.sleep.length < 2 ? REAL_TIME.sleep(ms, signal) : given.sleep(ms, signal),
  };
};
