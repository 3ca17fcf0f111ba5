/**
 * How often something may start: windows that begin with the first start, and as many starts in each. What does not fit reserves a place
 * in the next window. A rate that is no whole number has windows of one start.
 */
export class WindowPace {
  readonly #limit: number;
  readonly #intervalMs: number;
  #windowMs = Number.NEGATIVE_INFINITY;
  #inWindow = 0;

  constructor(perSecond: number) {
    const isWhole = Number.isInteger(perSecond);
    this.#limit = isWhole ? perSecond : 1;
    this.#intervalMs = isWhole ? 1000 : 1000 / perSecond;
  }

  /** When a start may happen that is asked for now. Undefined if that is later than `latestMs`: then nothing is reserved. */
  startAtMs(nowMs: number): number;
  startAtMs(nowMs: number, latestMs: number): number | undefined;
  startAtMs(nowMs: number, latestMs = Number.POSITIVE_INFINITY): number | undefined {
    const isNew = nowMs - this.#windowMs > this.#intervalMs;
    const isFull = this.#inWindow >= this.#limit;
    const windowMs = isNew ? nowMs : isFull ? this.#windowMs + this.#intervalMs : this.#windowMs;
    const startMs = Math.max(nowMs, windowMs);
    if (startMs > latestMs) return undefined;
    this.#inWindow = isNew || isFull ? 1 : this.#inWindow + 1;
    this.#windowMs = windowMs;
    return startMs;
  }
}
