import type { FleetRun, Judgement, QuotaUse, Usage } from './fleet-run.ts';

const MINUTE_MS = 60_000;
const MARGIN_MS = 300_000;

/** A published token of a connection, by its index in the fleet. */
export interface Published {
  readonly index: number;
  readonly atMs: number;
  readonly expiresAtMs: number;
}

/**
 * What a fleet did, minute by minute, and how much time the tokens had left that were replaced. Real fleets and modeled ones are recorded
 * by the same code.
 */
export class Recorder {
  readonly #startMs: number;
  readonly #expiresAtMs: Float64Array;
  readonly #hasFailed: Uint8Array;
  readonly #isCounted: Uint8Array;
  readonly #starts: number[] = [];
  readonly #published: number[] = [];
  #left = Number.POSITIVE_INFINITY;
  #leftAfterOwnFailure = Number.POSITIVE_INFINITY;
  #late = 0;
  #expired = 0;
  #ticks = 0;
  #busyMs = 0;
  #longestTickMs = 0;

  /** The time at which each token of the fleet expires; 0 for a connection without one, which is not counted. */
  constructor(startMs: number, expiresAtMs: Float64Array) {
    this.#startMs = startMs;
    this.#expiresAtMs = expiresAtMs.slice();
    this.#hasFailed = new Uint8Array(expiresAtMs.length);
    this.#isCounted = new Uint8Array(expiresAtMs.length).fill(1);
  }

  /** Leaves connections out whose tokens are late for a reason that is measured: a data center that hangs. */
  countOnly(isCounted: (index: number) => boolean): void {
    for (let index = 0; index < this.#isCounted.length; index += 1)
      this.#isCounted[index] = isCounted(index) ? 1 : 0;
  }

  /** Judges tokens that are published from now on. */
  judgeFromNow(): void {
    this.#left = Number.POSITIVE_INFINITY;
    this.#leftAfterOwnFailure = Number.POSITIVE_INFINITY;
    this.#late = 0;
    this.#expired = 0;
  }

  started(nowMs: number): void {
    increment(this.#starts, this.#minuteOf(nowMs));
  }

  /** An attempt of the connection failed for a reason of its own. */
  failed(index: number): void {
    this.#hasFailed[index] = 1;
  }

  published({ index, atMs, expiresAtMs }: Published): void {
    increment(this.#published, this.#minuteOf(atMs));
    const leftMs = (this.#expiresAtMs[index] ?? 0) - atMs;
    const isOwnFailure = this.#hasFailed[index] === 1;
    this.#expiresAtMs[index] = expiresAtMs;
    this.#hasFailed[index] = 0;
    if (this.#isCounted[index] === 0) return;
    if (isOwnFailure) {
      this.#leftAfterOwnFailure = Math.min(this.#leftAfterOwnFailure, leftMs);
      return;
    }
    this.#left = Math.min(this.#left, leftMs);
    if (leftMs < MARGIN_MS) this.#late += 1;
    if (leftMs <= 0) this.#expired += 1;
  }

  ticked(durationMs: number): void {
    this.#ticks += 1;
    this.#busyMs += durationMs;
    this.#longestTickMs = Math.max(this.#longestTickMs, durationMs);
  }

  /** What is known so far about tokens that were judged. */
  judged(): Judgement {
    return {
      leastLeftMs: this.#left,
      leastLeftAfterOwnFailureMs: this.#leftAfterOwnFailure,
      late: this.#late,
      expired: this.#expired,
    };
  }

  /** Of the connections that are counted, those whose token has expired. */
  countExpired(nowMs: number): number {
    let expired = 0;
    for (let index = 0; index < this.#expiresAtMs.length; index += 1) {
      const expiresAtMs = this.#expiresAtMs[index] ?? 0;
      if (this.#isCounted[index] === 1 && expiresAtMs > 0 && expiresAtMs <= nowMs) expired += 1;
    }
    return expired;
  }

  summary(minutes: number, usage: Usage, quotas: readonly QuotaUse[]): FleetRun {
    const whole = (counts: readonly number[]) => Array.from({ length: minutes }, (_, n) => counts[n] ?? 0);
    return {
      minutes,
      starts: whole(this.#starts),
      published: whole(this.#published),
      ...this.judged(),
      ticks: this.#ticks,
      busyMs: this.#busyMs,
      longestTickMs: this.#longestTickMs,
      usage,
      quotas,
    };
  }

  #minuteOf(nowMs: number): number {
    return Math.floor((nowMs - this.#startMs) / MINUTE_MS);
  }
}

function increment(counts: number[], minute: number): void {
  counts[minute] = (counts[minute] ?? 0) + 1;
}
