/** Time as everything in the sandbox sees it, in milliseconds since the epoch. It moves only when told to. */
export class ManualClock {
  #nowMs: number;
  #timers: { readonly atMs: number; readonly controller: AbortController }[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** A signal that aborts when the clock has been moved on by so many milliseconds. */
  abortAfter(ms: number): AbortSignal {
    const controller = new AbortController();
    if (ms <= 0) controller.abort(timeoutError());
    else this.#timers.push({ atMs: this.#nowMs + ms, controller });
    return controller.signal;
  }

  advance(ms: number): void {
    if (ms < 0) throw new RangeError(`Time does not go back: ${ms} ms was given.`);
    this.#nowMs += ms;
    const isOver = ({ atMs }: { atMs: number }) => atMs <= this.#nowMs;
    const over = this.#timers.filter(isOver);
    this.#timers = this.#timers.filter((timer) => !isOver(timer));
    for (const { controller } of over) controller.abort(timeoutError());
  }

  /** Moves to a moment that is not in the past. */
  advanceTo(timeMs: number): void {
    this.advance(timeMs - this.#nowMs);
  }
}

/** The machine's own time. */
export const realClock = {
  now: () => Date.now(),
  abortAfter: (ms: number) => AbortSignal.timeout(ms),
};

function timeoutError(): DOMException {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError');
}
