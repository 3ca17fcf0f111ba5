/** Time as everything in the sandbox sees it, in milliseconds since the epoch. It moves only when told to. */
export class ManualClock {
  #nowMs: number;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  advance(ms: number): void {
    if (ms < 0) throw new RangeError(`Time does not go back: ${ms} ms was given.`);
    this.#nowMs += ms;
  }

  /** Moves to a moment that is not in the past. */
  advanceTo(timeMs: number): void {
    this.advance(timeMs - this.#nowMs);
  }
}
