import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHeldMetrics } from '../../../../lambdas/client/metrics/client-metrics.ts';
import type { MinuteCounts } from '../../../../lambdas/client/metrics/metrics-delivery.ts';
import type { ClientWarning } from '../../../../lambdas/client/warn-once.ts';
import { ManualClock } from '../../../../sandbox/deployment/clock.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import { METRICS_SOURCE, metricsOf } from '../../../support/put-metric-data.ts';

const WAIT_MS = 5_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Undelivered {
  kept?: readonly MinuteCounts[];
  dropped?: readonly MinuteCounts[];
}

/** Metrics with a delivery that keeps or drops what the test says, and finds `urgent` accepted calls urgent. */
function startMetrics({ urgent = Number.POSITIVE_INFINITY } = {}) {
  const clock = new ManualClock(NOW_MS);
  const sent: MinuteCounts[][] = [];
  const warnings: ClientWarning[] = [];
  const delivery = {
    maxWaitMs: WAIT_MS,
    isUrgent: ({ accepted }: MinuteCounts) => accepted >= urgent,
    outcome: (_: readonly MinuteCounts[]): Undelivered | Promise<Undelivered> => ({}),
    deliver: async (minutes: readonly MinuteCounts[], drop: (lost: readonly MinuteCounts[]) => void) => {
      sent.push([...minutes]);
      const { kept = [], dropped = [] } = await delivery.outcome(minutes);
      drop(dropped);
      return kept;
    },
  };
  const warn = (warning: ClientWarning) => warnings.push(warning);
  const metrics = metricsOf(createHeldMetrics({ delivery, now: () => clock.now(), warn }));
  const record = (times: number, unauthorized = false) => {
    for (let call = 0; call < times; call += 1) metrics.recordCall(unauthorized);
  };
  return { clock, sent, warnings, delivery, metrics, record };
}

const keepAll = (minutes: readonly MinuteCounts[]) => ({ kept: minutes });
const dropAll = (minutes: readonly MinuteCounts[]) => ({ dropped: minutes });
const nothing = { source: METRICS_SOURCE, accepted: 0, unauthorized: 0, secretUnavailable: 0 };

describe('counting', () => {
  it('adds up the events of a minute, with the time of the first', async () => {
    const { clock, sent, metrics, record } = startMetrics();

    clock.advance(20_000);
    record(3);
    clock.advance(MINUTE_MS - 20_001);
    record(2, true);
    metrics.recordUnavailableSecret();
    clock.advance(1);
    record(1);
    await metrics.flush();

    expect(sent).toEqual([
      [
        { ...nothing, firstAtMs: NOW_MS + 20_000, accepted: 3, unauthorized: 2, secretUnavailable: 1 },
        { ...nothing, firstAtMs: NOW_MS + MINUTE_MS, accepted: 1 },
      ],
    ]);
  });

  it('keeps the minutes apart when the clock is set back', async () => {
    const { delivery } = startMetrics();
    const times = [NOW_MS + MINUTE_MS, NOW_MS];
    const sent: MinuteCounts[] = [];
    const now = () => times.shift() ?? Number.NaN;
    const deliver = (minutes: readonly MinuteCounts[]) => {
      sent.push(...minutes);
      return [];
    };
    const held = createHeldMetrics({ delivery: { ...delivery, deliver }, now, warn: () => {} });
    const metrics = metricsOf(held);

    metrics.recordCall(false);
    metrics.recordCall(false);
    await metrics.flush();

    expect(sent.map(({ firstAtMs }) => firstAtMs)).toEqual([NOW_MS + MINUTE_MS, NOW_MS]);
  });

  it('never fails a call of Zoho: a call that cannot be counted is dropped', async () => {
    const { delivery } = startMetrics();
    const now = () => {
      throw new Error('broken');
    };
    const metrics = metricsOf(createHeldMetrics({ delivery, now, warn: () => {} }));

    expect(() => metrics.recordCall(true)).not.toThrow();
    await expect(metrics.flush()).resolves.toBeUndefined();
    expect(metrics.droppedCalls).toBe(1);
  });

  it('loses nothing and counts nothing twice, whatever order calls, minutes and outages come in', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('calls'), unauthorized: fc.boolean() }),
      fc.record({ kind: fc.constant('minutes'), count: fc.constantFrom(1, 1, 70) }),
      fc.record({ kind: fc.constant('flush'), outcome: fc.constantFrom(keepAll, dropAll, () => ({})) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, delivery, metrics, record } = startMetrics();
        const delivered: MinuteCounts[] = [];
        const take = (minutes: readonly MinuteCounts[]) => {
          delivered.push(...minutes);
          return {};
        };
        let recorded = 0;
        const flushes: Promise<void>[] = [];

        for (const each of steps) {
          if ('unauthorized' in each) {
            record(1, each.unauthorized);
            recorded += 1;
          } else if ('outcome' in each) {
            const { outcome } = each;
            delivery.outcome = outcome === keepAll || outcome === dropAll ? outcome : take;
            flushes.push(metrics.flush());
          } else {
            for (let minute = 0; minute < each.count; minute += 1) {
              record(1);
              recorded += 1;
              clock.advance(MINUTE_MS);
            }
            await Promise.resolve();
          }
        }
        await Promise.all(flushes);
        delivery.outcome = take;
        await metrics.flush();

        const calls = delivered.reduce((sum, { accepted, unauthorized }) => sum + accepted + unauthorized, 0);
        expect(calls + metrics.droppedCalls).toBe(recorded);
      }),
      { numRuns: 50 },
    );
  });
});

describe('sending', () => {
  it('happens once the first event has waited long enough, while there is something to send', async () => {
    const { sent, record } = startMetrics();

    record(1);
    await vi.advanceTimersByTimeAsync(WAIT_MS - 1);
    record(1);
    expect(sent).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10 * WAIT_MS);
    expect(sent).toHaveLength(1);
    record(1);
    await vi.advanceTimersByTimeAsync(WAIT_MS);

    expect(sent).toHaveLength(2);
  });

  it('happens at once for urgent counts, which leave nothing to wait for', async () => {
    const { sent, metrics, record } = startMetrics({ urgent: 3 });

    record(2);
    expect(vi.getTimerCount()).toBe(1);
    record(1);
    await Promise.resolve();
    expect(sent).toHaveLength(1);
    await metrics.flush();

    expect(sent).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('of nothing is no delivery', async () => {
    const { sent, metrics } = startMetrics();

    await metrics.flush();

    expect(sent).toEqual([]);
  });

  it('is one at a time: flushes during one share the next, which has what was counted since', async () => {
    const { sent, delivery, metrics, record } = startMetrics();
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    delivery.outcome = () => answered.then(() => ({}));

    record(1);
    const first = metrics.flush();
    await vi.advanceTimersByTimeAsync(0);
    record(2);
    const second = metrics.flush();
    const third = metrics.flush();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toHaveLength(1);
    answer();
    await Promise.all([first, second, third]);

    expect(second).toBe(third);
    expect(sent.map(([counts]) => counts?.accepted)).toEqual([1, 2]);
  });
});

describe('counts that were not delivered', () => {
  it('are sent again, with what was counted since, when they have waited long enough', async () => {
    const { sent, delivery, metrics, record } = startMetrics();
    delivery.outcome = keepAll;

    record(2, true);
    await metrics.flush();
    record(1);
    await vi.advanceTimersByTimeAsync(WAIT_MS);

    const held = { ...nothing, firstAtMs: NOW_MS, unauthorized: 2 };
    expect(sent).toEqual([[held], [{ ...held, accepted: 1 }]]);
    expect(metrics.droppedCalls).toBe(0);
  });

  it('are sent again when nothing else is counted', async () => {
    const { sent, delivery, metrics, record } = startMetrics();
    delivery.outcome = keepAll;

    record(1);
    await metrics.flush();
    await vi.advanceTimersByTimeAsync(WAIT_MS);

    expect(sent).toHaveLength(2);
  });

  it('keep their time when they come back after newer ones of the same minute', async () => {
    const { clock, sent, delivery, metrics, record } = startMetrics();
    delivery.outcome = (minutes) => {
      clock.advance(1_000);
      record(1);
      return keepAll(minutes);
    };

    record(1);
    await metrics.flush();
    delivery.outcome = () => ({});
    await metrics.flush();

    expect(sent[1]).toEqual([{ ...nothing, firstAtMs: NOW_MS, accepted: 2 }]);
  });

  it('are counted as dropped when they can never be sent: all API calls, but no failed reads', async () => {
    const { delivery, metrics, record, sent } = startMetrics();
    delivery.outcome = dropAll;

    record(2);
    record(3, true);
    metrics.recordUnavailableSecret();
    await metrics.flush();
    await metrics.flush();

    expect(metrics.droppedCalls).toBe(5);
    expect(sent).toHaveLength(1);
  });

  it('are held for 60 minutes, then dropped, the oldest first and with a warning', async () => {
    const { clock, sent, warnings, delivery, metrics, record } = startMetrics();
    delivery.outcome = keepAll;

    for (let minute = 0; minute < 60; minute += 1) {
      record(10 + minute);
      await metrics.flush();
      clock.advance(MINUTE_MS);
    }
    expect([metrics.droppedCalls, warnings]).toEqual([0, []]);
    await metrics.flush();

    expect(metrics.droppedCalls).toBe(10);
    await metrics.flush();
    expect(sent.at(-1)?.map(({ firstAtMs }) => firstAtMs)).toEqual(
      Array.from({ length: 59 }, (_, index) => NOW_MS + (index + 1) * MINUTE_MS),
    );
    expect(warnings[0]).toEqual({
      code: 'metrics_dropped',
      message:
        'Metrics of an hour are undelivered. The oldest are dropped. The alarm UnauthorizedSpike does not see them. An earlier warning says why.',
    });
  });

  it('are sent first, however old they are, when the process was frozen', async () => {
    const { clock, sent, metrics, record } = startMetrics();

    record(7);
    clock.advance(2 * HOUR_MS);
    await metrics.flush();

    expect(sent.map(([counts]) => counts?.accepted)).toEqual([7]);
    expect(metrics.droppedCalls).toBe(0);
  });
});

describe('counts of several connections', () => {
  it('are held and sent together, each for its connection', async () => {
    const { delivery, sent } = startMetrics();
    const held = createHeldMetrics({ delivery, now: () => NOW_MS, warn: () => {} });
    const other = { ...METRICS_SOURCE, connection: 'desk-prod' };

    held.record(METRICS_SOURCE, 'accepted');
    held.record(other, 'unauthorized');
    held.record(METRICS_SOURCE, 'accepted');
    await held.flush();

    expect(sent).toEqual([
      [
        { ...nothing, firstAtMs: NOW_MS, accepted: 2 },
        { ...nothing, firstAtMs: NOW_MS, source: other, unauthorized: 1 },
      ],
    ]);
  });
});
