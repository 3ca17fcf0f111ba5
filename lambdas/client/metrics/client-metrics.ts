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

/** Counts a client's events. */
export interface ClientMetrics {
  /** API calls that are missing from the metric `Unauthorized` for good. */
  readonly droppedCalls: number;
  /** Counts one API call. Never throws: a call that cannot be counted is dropped. */
  recordCall(isUnauthorized: boolean): void;
  /** Counts one failed read of the token secret while a valid token is in memory. */
  recordUnavailableSecret(): void;
  /**
   * Sends what is held. Resolves even if that fails. At most one delivery runs at a time: flushes that are called during
   * one share the next, which sends everything counted by then.
   */
  flush(): Promise<void>;
}

/**
 * Counts a client's events and holds the counts until they are delivered: when the delivery calls them urgent, when they
 * have waited long enough, on `flush()`, and before the process ends by itself. A process that ends otherwise (a signal,
 * `process.exit`) calls `flush()` first. Counts that cannot be delivered are held for 60 minutes, then dropped.
 *
 * PutMetricData is not idempotent: if its response is lost, the same counts are sent twice. The rate of 401s does not
 * change, because both of its parts are doubled.
 */
export function createHeldMetrics({ delivery, now, warn }: ClientMetricsOptions): ClientMetrics {
  /** By minutes since the epoch. */
  const held = new Map<number, MinuteCounts>();
  let droppedCalls = 0;
  let lastFlush: Promise<void> = Promise.resolve();
  let nextFlush: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopListening: (() => void) | undefined;
  let hasNewCounts = false;

  function record(event: (typeof EVENTS)[number]): void {
    try {
      const counts = hold({ ...NOTHING, firstAtMs: now(), [event]: 1 });
      hasNewCounts = true;
      if (delivery.isUrgent(counts)) void flush();
      else scheduleFlush();
    } catch {
      // A call of Zoho must not fail because it cannot be counted.
      droppedCalls += 1;
    }
  }

  function hold(counts: MinuteCounts): MinuteCounts {
    const minute = Math.floor(counts.firstAtMs / MINUTE_MS);
    const before = held.get(minute) ?? NOTHING;
    const sum = { ...before, firstAtMs: Math.min(before.firstAtMs, counts.firstAtMs) };
    for (const event of EVENTS) sum[event] += counts[event];
    held.set(minute, sum);
    if (held.size > MAX_HELD_MINUTES) dropOldestMinute();
    return sum;
  }

  function dropOldestMinute(): void {
    const oldest = Math.min(...held.keys());
    drop(held.get(oldest));
    held.delete(oldest);
    warn({
      code: 'metrics_dropped',
      message: `The metrics of ${MAX_HELD_MINUTES} minutes are undelivered. The oldest are dropped, and are missing in the alarm UnauthorizedSpike. An earlier warning says why.`,
    });
  }

  function drop({ accepted, unauthorized }: MinuteCounts = NOTHING): void {
    droppedCalls += accepted + unauthorized;
  }

  function flush(): Promise<void> {
    nextFlush ??= lastFlush.then(() => {
      nextFlush = undefined;
      return deliver();
    });
    lastFlush = nextFlush;
    return nextFlush;
  }

  async function deliver(): Promise<void> {
    const minutes = [...held.values()];
    held.clear();
    stopWaiting();
    if (minutes.length === 0) return;
    const { kept, dropped } = await delivery.deliver(minutes);
    for (const counts of dropped) drop(counts);
    for (const counts of kept) hold(counts);
    if (held.size > 0) scheduleFlush();
  }

  /** The timer and the listener exist only while something is held, so that an unused client can be collected. */
  function scheduleFlush(): void {
    timer ??= setTimeout(() => void flush(), delivery.maxWaitMs).unref();
    stopListening ??= onBeforeExit(flushBeforeExit);
  }

  function stopWaiting(): void {
    clearTimeout(timer);
    stopListening?.();
    timer = undefined;
    stopListening = undefined;
  }

  /** Once for new counts: a process must end even if CloudWatch never accepts them. */
  function flushBeforeExit(): void {
    if (!hasNewCounts) return;
    hasNewCounts = false;
    void flush();
  }

  return {
    get droppedCalls() {
      return droppedCalls;
    },
    recordCall: (isUnauthorized) => record(isUnauthorized ? 'unauthorized' : 'accepted'),
    recordUnavailableSecret: () => record('secretUnavailable'),
    flush,
  };
}

const EVENTS = ['accepted', 'unauthorized', 'secretUnavailable'] as const;
const NOTHING = {
  firstAtMs: Number.POSITIVE_INFINITY,
  accepted: 0,
  unauthorized: 0,
  secretUnavailable: 0,
};
