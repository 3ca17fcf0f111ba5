/**
 * One of Zoho's "n in ten minutes" limits. Past the limit, calls are refused until the oldest admitted one is a whole
 * window old; asking again while refused starts a full window of refusal, so a caller that insists is never let in.
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

  /** Whether a call at `nowMs` is let in; it is counted, or held against the caller, by asking. */
  admit(nowMs: number): boolean {
    const insistsWhileRefused = nowMs < this.#refusedUntilMs;
    if (insistsWhileRefused) {
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
