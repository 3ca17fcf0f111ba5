import {
  createDataCenterMemory,
  type DataCenterMemory,
} from '../../../lambdas/refresher/data-center-memory.ts';

interface Call {
  readonly endsAtMs: number;
  readonly connection: string;
  readonly dataCenter: string;
  readonly isAnswered: boolean;
}

/** The product's memory of data centers, which learns of calls when they have ended. */
export class Breaker {
  readonly #memory: DataCenterMemory = createDataCenterMemory();
  /** Calls of the same length end in the order in which they began. */
  readonly #short: Call[] = [];
  readonly #long: Call[] = [];
  #hasFailed = false;

  called(call: Call, isLong: boolean): void {
    // While all answer, there is nothing to learn.
    if (call.isAnswered && !this.#hasFailed) return;
    this.#hasFailed = true;
    (isLong ? this.#long : this.#short).push(call);
  }

  mayAsk(dataCenter: string, nowMs: number): boolean {
    if (!this.#hasFailed) return true;
    for (const calls of [this.#short, this.#long]) {
      for (let call = calls[0]; call !== undefined && call.endsAtMs <= nowMs; call = calls[0]) {
        calls.shift();
        this.#memory.record(call.dataCenter, call);
      }
    }
    return this.#memory.mayAsk(dataCenter, nowMs);
  }

  /** When the next call ends, of those that are known; undefined if there is none. */
  nextEndMs(): number | undefined {
    const ends = [this.#short[0]?.endsAtMs, this.#long[0]?.endsAtMs].filter((atMs) => atMs !== undefined);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }
}
