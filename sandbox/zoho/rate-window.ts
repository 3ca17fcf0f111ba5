/**
 * One of Zoho's "n in ten minutes" limits. Above the limit, calls are refused until the oldest admitted one is a whole
 * window old. A retry while refused starts a full window of refusal, so a caller that keeps retrying is never admitted.
 */
export class RateWindow {
  readonly #limit: number;
  readonly #windowMs: number;
  #admittedAtMs: number[] = [];
  #refusedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Whether a call at `nowMs` is admitted. Each question counts as a call. */
  admit(nowMs: number): boolean {
    const isRefused = nowMs < this.#refusedUntilMs;
    if (isRefused) {
      this.#refusedUntilMs = nowMs + this.#windowMs;
      return false;
    }

    this.#admittedAtMs = this.#admittedAtMs.filter((atMs) => nowMs - atMs < this.#windowMs);
    const oldestAtMs = this.#admittedAtMs[0];
    if (oldestAtMs !== undefined && this.#admittedAtMs.length >= this.#limit) {
      this.#refusedUntilMs = oldestAtMs + this.#windowMs;
      return false;
    }

    this.#admittedAtMs.push(nowMs);
    return true;
  }
}
