import type { SecretRecord } from './secret-record.ts';

/** The greatest possible lag of a read: older states are dropped. */
const MAX_LAG_MS = 60 * 60 * 1000;

/**
 * How stale reads are. `forMs` is the greatest staleness; `random` (0 to below 1) says how much of it the next
 * read gets: by default always all of it, the worst case. With a random source later reads may be older than
 * earlier ones, as eventual consistency allows.
 */
export interface Lag {
  readonly forMs: number;
  readonly random?: () => number;
}

interface PastState {
  readonly sinceMs: number;
  /** Undefined from a deletion on. */
  readonly secret: SecretRecord | undefined;
}

/** The past states of a secret, as far back as a read may lag. */
export class SecretHistory {
  #states: PastState[] = [];

  /** The secret as it is; undefined when it has been deleted for good. */
  get latest(): SecretRecord | undefined {
    return this.#states.at(-1)?.secret;
  }

  /** Records the latest state, and drops those that no read can see. */
  record(secret: SecretRecord | undefined, nowMs: number): void {
    const oldestReadMs = nowMs - MAX_LAG_MS;
    const firstNeeded = this.#states.findLastIndex(({ sinceMs }) => sinceMs <= oldestReadMs);
    const reachable = this.#states.slice(Math.max(firstNeeded, 0)).filter(({ sinceMs }) => sinceMs !== nowMs);
    this.#states = [...reachable, { sinceMs: nowMs, secret }];
  }

  /** What a reader sees now. */
  seenBy(nowMs: number, lag: Lag | undefined): SecretRecord | undefined {
    return this.#asOf(nowMs - stalenessMs(lag));
  }

  /** The newest state that was current at the time; undefined when there was no secret. */
  #asOf(atMs: number): SecretRecord | undefined {
    return this.#states.findLast(({ sinceMs }) => sinceMs <= atMs)?.secret;
  }
}

function stalenessMs(lag: Lag | undefined): number {
  if (lag === undefined) return 0;
  const share = lag.random?.() ?? 1;
  return Math.min(share * lag.forMs, MAX_LAG_MS);
}
