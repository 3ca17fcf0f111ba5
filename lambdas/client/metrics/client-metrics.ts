import type { Warn } from '../warn-once.ts';
import { offBeforeExit, onBeforeExit } from './before-exit.ts';
import { type MetricsDelivery, type MetricsSource, MISSING, type MinuteCounts } from './metrics-delivery.ts';

const MINUTE_MS = 60_000;

/** Counts are held for an hour while CloudWatch does not accept them. */
const MAX_HELD_MS = 60 * MINUTE_MS;

export interface ClientMetricsOptions {
  readonly delivery: MetricsDelivery;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: Warn;
}

/** An API call, by whether Zoho's answer was "not authorized", or a failed read of the secret with a valid token in memory. */
export type ClientEvent = keyof typeof NO_EVENTS;

/** Counts the events of connections. */
export interface ClientMetrics {
  /** API calls that are missing from the metric `Unauthorized` for good. */
  readonly droppedCalls: number;
  /** Counts one event of a connection. Never throws: a call that cannot be counted is dropped. */
  record(source: MetricsSource, event: ClientEvent): void;
  /**
   * Sends what is held. Resolves even if that fails. At most one delivery runs at a time: flushes that are called during
   * one share the next, which sends everything counted by then.
   */
  flush(): Promise<void>;
}

/**
 * Counts events, and holds the counts until they are delivered: when the delivery calls them urgent, when they
 * have waited long enough, on `flush()`, and before the process ends by itself. A process that ends otherwise (a signal,
 * `process.exit`) calls `flush()` first. Counts that cannot be delivered are held for 60 minutes, then dropped.
 *
 * PutMetricData is not idempotent: if its response is lost, the same counts are sent twice. The rate of 401s does not
 * change, because both of its parts are doubled.
 */
export const createHeldMetrics = ({ delivery, now, warn }: ClientMetricsOptions): ClientMetrics => {
  /** By minute and connection. */
  const held = new Map<string, MinuteCounts>();
  let droppedCalls = 0;
  let lastFlush: Promise<void> = Promise.resolve();
  let nextFlush: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let hasNewCounts = false;

  const record = (source: MetricsSource, event: ClientEvent): void => {
    try {
      const counts = hold({ source, firstAtMs: now(), ...NO_EVENTS, [event]: 1 });
      hasNewCounts = true;
      if (delivery.isUrgent(counts)) void flush();
      else scheduleFlush();
    } catch {
      // A call of Zoho must not fail because it cannot be counted.
      droppedCalls += 1;
    }
  };

  const hold = (counts: MinuteCounts): MinuteCounts => {
    const { source, firstAtMs } = counts;
    const key = `${Math.floor(firstAtMs / MINUTE_MS)} ${source.connection}`;
    const before = held.get(key) ?? { ...counts, ...NO_EVENTS };
    const sum = { ...counts, firstAtMs: Math.min(firstAtMs, before.firstAtMs) };
    for (const event of EVENTS) sum[event] += before[event];
    held.set(key, sum);
    return sum;
  };

  const flush = (): Promise<void> => {
    lastFlush = nextFlush ??= lastFlush.then(() => {
      nextFlush = undefined;
      return deliver();
    });
    return lastFlush;
  };

  const deliver = async (): Promise<void> => {
    const counts = [...held.values()];
    held.clear();
    stopWaiting();
    if (counts.length === 0) return;
    const oldestMs = now() - MAX_HELD_MS;
    for (const kept of await delivery.deliver(counts, drop)) {
      if (kept.firstAtMs > oldestMs) hold(kept);
      else {
        drop([kept]);
        warn({
          code: 'metrics_dropped',
          message: `Metrics of an hour are undelivered. The oldest are dropped. ${MISSING} An earlier warning says why.`,
        });
      }
    }
    if (held.size > 0) scheduleFlush();
  };

  const drop = (lost: readonly MinuteCounts[]): void => {
    for (const { accepted, unauthorized } of lost) droppedCalls += accepted + unauthorized;
  };

  /** The timer and the listener exist only while something is held, so that an unused client can be collected. */
  const scheduleFlush = (): void => {
    timer ??= setTimeout(flush, delivery.maxWaitMs).unref();
    onBeforeExit(flushBeforeExit);
  };

  const stopWaiting = (): void => {
    clearTimeout(timer);
    timer = undefined;
    offBeforeExit(flushBeforeExit);
  };

  /** Once for new counts: a process must end even if CloudWatch never accepts them. */
  const flushBeforeExit = (): void => {
    if (hasNewCounts) void flush();
    hasNewCounts = false;
  };

  return {
    get droppedCalls() {
      return droppedCalls;
    },
    record,
    flush,
  };
};

const NO_EVENTS = { accepted: 0, unauthorized: 0, secretUnavailable: 0 };
const EVENTS = Object.keys(NO_EVENTS) as ClientEvent[];
