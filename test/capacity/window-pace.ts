/**
 * The arithmetic of `p-throttle`, with which the refresher paces: windows that begin with the first start, and as many starts in each. What
 * does not fit reserves a place in the next window. A rate that is no whole number has windows of one start.
 */
export class WindowPace {
  readonly #limit: number;
  readonly #intervalMs: number;
  #windowMs = 0;
  #inWindow = 0;

  constructor(perSecond: number) {
    const isWhole = Number.isInteger(perSecond);
    this.#limit = isWhole ? perSecond : 1;
    this.#intervalMs = isWhole ? 1000 : 1000 / perSecond;
  }

  /** When a start may happen that is asked for now. */
  startAtMs(nowMs: number): number {
    if (nowMs - this.#windowMs > this.#intervalMs) {
      this.#windowMs = nowMs;
      this.#inWindow = 1;
    } else if (this.#inWindow + 1 <= this.#limit) {
      this.#inWindow += 1;
    } else {
      this.#windowMs += this.#intervalMs;
      this.#inWindow = 1;
    }
    return Math.max(nowMs, this.#windowMs);
  }
}
