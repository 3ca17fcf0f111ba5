/** The sandbox's clock, in milliseconds since the epoch. It stands still until it is advanced. */
export class ManualClock {
  #nowMs: number;
  #timers: { readonly atMs: number; readonly controller: AbortController }[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** A signal that aborts when the clock has advanced by the milliseconds. */
  abortAfter(ms: number): AbortSignal {
    const controller = new AbortController();
    if (ms <= 0) controller.abort(timeoutError());
    else this.#timers.push({ atMs: this.#nowMs + ms, controller });
    return controller.signal;
  }

  advance(ms: number): void {
    if (ms < 0) throw new RangeError(`A clock cannot go back: ${ms} ms was given.`);
    this.#nowMs += ms;
    const isOver = ({ atMs }: { atMs: number }) => atMs <= this.#nowMs;
    const over = this.#timers.filter(isOver);
    this.#timers = this.#timers.filter((timer) => !isOver(timer));
    for (const { controller } of over) controller.abort(timeoutError());
  }

  /** Advances to a moment that is not in the past. */
  advanceTo(timeMs: number): void {
    this.advance(timeMs - this.#nowMs);
  }
}

function timeoutError(): DOMException {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError');
}
