import type { Warn } from '../warn-once.ts';
import { onBeforeExit } from './before-exit.ts';
import type { MetricsDelivery, MinuteCounts } from './metrics-delivery.ts';

const MINUTE_MS = 60_000;

/** Minutes with events in them that are held while CloudWatch does not accept them. */
const MAX_HELD_MINUTES = 60;

export interface ClientMetricsOptions {
  readonly delivery: MetricsDelivery;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: Warn;
}

/**
 * Counts a client's events and holds the counts until they are delivered: when the delivery calls them urgent, when they
 * have waited long enough, on `flush()`, and before the process ends by itself. A process that ends otherwise (a signal,
 * `process.exit`) calls `flush()` first. Counts that cannot be delivered are held for 60 minutes, then dropped.
 *
 * PutMetricData is not idempotent: if its response is lost, the same counts are sent twice. The rate of 401s does not
 * change, because both of its parts are doubled.
 */
export class ClientMetrics {
  readonly #options: ClientMetricsOptions;
  /** By minutes since the epoch. */
  readonly #held = new Map<number, MinuteCounts>();
  #droppedCalls = 0;
  #lastFlush: Promise<void> = Promise.resolve();
  #nextFlush: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopListening: (() => void) | undefined;
  #hasNewCounts = false;

  constructor(options: ClientMetricsOptions) {
    this.#options = options;
  }

  /** API calls that are missing from the metric `Unauthorized` for good. */
  get droppedCalls(): number {
    return this.#droppedCalls;
  }

  /** Counts one API call. Never throws: a call that cannot be counted is dropped. */
  recordCall({ unauthorized }: { readonly unauthorized: boolean }): void {
    this.#record(unauthorized ? { unauthorized: 1 } : { accepted: 1 });
  }

  /** Counts one failed read of the token secret while a valid token is in memory. */
  recordUnavailableSecret(): void {
    this.#record({ secretUnavailable: 1 });
  }

  /**
   * Sends what is held. Resolves even if that fails. At most one delivery runs at a time: flushes that are called during
   * one share the next, which sends everything counted by then.
   */
  flush(): Promise<void> {
    this.#nextFlush ??= this.#lastFlush.then(() => {
      this.#nextFlush = undefined;
      return this.#deliver();
    });
    this.#lastFlush = this.#nextFlush;
    return this.#nextFlush;
  }

  #record(event: Partial<MinuteCounts>): void {
    const { delivery, now } = this.#options;
    try {
      const counts = this.#hold({ ...NOTHING, firstAtMs: now(), ...event });
      this.#hasNewCounts = true;
      if (delivery.isUrgent(counts)) void this.flush();
      else this.#scheduleFlush(delivery.maxWaitMs);
    } catch {
      // A call of Zoho must not fail because it cannot be counted.
      this.#droppedCalls += 1;
    }
  }

  #hold(counts: MinuteCounts): MinuteCounts {
    const minute = Math.floor(counts.firstAtMs / MINUTE_MS);
    const held = this.#held.get(minute) ?? NOTHING;
    const sum = {
      firstAtMs: Math.min(held.firstAtMs, counts.firstAtMs),
      accepted: held.accepted + counts.accepted,
      unauthorized: held.unauthorized + counts.unauthorized,
      secretUnavailable: held.secretUnavailable + counts.secretUnavailable,
    };
    this.#held.set(minute, sum);
    if (this.#held.size > MAX_HELD_MINUTES) this.#dropOldestMinute();
    return sum;
  }

  #dropOldestMinute(): void {
    const oldest = Math.min(...this.#held.keys());
    this.#drop(this.#held.get(oldest));
    this.#held.delete(oldest);
    this.#options.warn({
      code: 'metrics_dropped',
      reason: 'held-too-long',
      message: `The metrics of ${MAX_HELD_MINUTES} minutes could not be delivered. The oldest are dropped from now on, and the alarm UnauthorizedSpike never sees these API calls. An earlier warning says why the delivery fails.`,
    });
  }

  #drop({ accepted, unauthorized }: MinuteCounts = NOTHING): void {
    this.#droppedCalls += accepted + unauthorized;
  }

  async #deliver(): Promise<void> {
    const minutes = [...this.#held.values()];
    this.#held.clear();
    this.#stopWaiting();
    if (minutes.length === 0) return;
    const { kept, dropped } = await this.#options.delivery.deliver(minutes);
    for (const counts of dropped) this.#drop(counts);
    for (const counts of kept) this.#hold(counts);
    if (this.#held.size > 0) this.#scheduleFlush(this.#options.delivery.maxWaitMs);
  }

  /** The timer and the listener exist only while something is held, so that an unused client can be collected. */
  #scheduleFlush(waitMs: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), waitMs).unref();
    this.#stopListening ??= onBeforeExit(() => this.#flushBeforeExit());
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#stopListening?.();
    this.#timer = undefined;
    this.#stopListening = undefined;
  }

  /** Once for new counts: a process must end even if CloudWatch never accepts them. */
  #flushBeforeExit(): void {
    if (!this.#hasNewCounts) return;
    this.#hasNewCounts = false;
    void this.flush();
  }
}

const NOTHING: MinuteCounts = {
  firstAtMs: Number.POSITIVE_INFINITY,
  accepted: 0,
  unauthorized: 0,
  secretUnavailable: 0,
};
