import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type MetricIdentity,
  type MetricSample,
  MetricStore,
  type MetricWindow,
  STATISTICS,
  type Statistic,
} from '../../sandbox/aws/metric-store.ts';
import { forAll, runs } from './fuzz-runs.ts';

/** One metric occurs twice, with its dimensions in another order. The others differ in one property each. */
const METRICS: readonly MetricIdentity[] = [
  { namespace: 'ours', name: 'Calls', dimensions: { service: 'zoho', connection: 'crm' } },
  { namespace: 'ours', name: 'Calls', dimensions: { connection: 'crm', service: 'zoho' } },
  { namespace: 'ours', name: 'Calls', dimensions: { service: 'zoho' } },
  { namespace: 'ours', name: 'Calls', dimensions: {} },
  { namespace: 'ours', name: 'Other', dimensions: {} },
  { namespace: 'theirs', name: 'Calls', dimensions: {} },
];

/** Quarters of small numbers, whose sums are exact in any order. */
const value = fc.integer({ min: -400, max: 400 }).map((quarters) => quarters / 4);
/** Few points in time, so that several values share one, and windows begin and end at values. */
const atMs = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30_000 }));
const metric = fc.nat({ max: METRICS.length - 1 });

const sample: fc.Arbitrary<MetricSample> = fc
  .record({ atMs, values: fc.array(value, { minLength: 1, maxLength: 4 }) })
  .map(({ atMs, values }) => ({
    atMs,
    count: values.length,
    sum: values.reduce((total, each) => total + each, 0),
    minimum: Math.min(...values),
    maximum: Math.max(...values),
  }));
const window: fc.Arbitrary<MetricWindow> = fc
  .record({ startMs: atMs, lengthMs: fc.nat({ max: 30_000 }), periodMs: fc.integer({ min: 1, max: 5_000 }) })
  .map(({ startMs, lengthMs, periodMs }) => ({ startMs, endMs: startMs + lengthMs, periodMs }));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ metric, sample }) },
  { weight: 1, arbitrary: fc.record({ metric, window }) },
);

describe('metrics that come in any order', () => {
  test('read the same as a scan of all values', () =>
    forAll([fc.array(step, { maxLength: 80 }), fc.array(window)], runs(100), (steps, windows) => {
      const store = new MetricStore();
      const added: { readonly key: string; readonly sample: MetricSample }[] = [];
      const readAll = (identity: MetricIdentity, at: MetricWindow) =>
        STATISTICS.map((statistic) => store.read(identity, at, statistic));
      const scanAll = (identity: MetricIdentity, at: MetricWindow) => {
        const samples = added.filter(({ key }) => key === keyOf(identity));
        return STATISTICS.map((statistic) =>
          scan(
            samples.map(({ sample }) => sample),
            at,
            statistic,
          ),
        );
      };

      for (const each of steps) {
        const identity = METRICS[each.metric] as MetricIdentity;
        if ('window' in each) {
          expect(readAll(identity, each.window)).toEqual(scanAll(identity, each.window));
        } else {
          store.addSample(identity, each.sample);
          added.push({ key: keyOf(identity), sample: each.sample });
        }
      }

      for (const at of [...windows, { startMs: 0, endMs: 30_001, periodMs: 30_001 }])
        for (const identity of METRICS) expect(readAll(identity, at)).toEqual(scanAll(identity, at));
    }));
});

/** Each period over all samples: slow but obvious. */
function scan(
  samples: readonly MetricSample[],
  { startMs, endMs, periodMs }: MetricWindow,
  statistic: Statistic,
): { atMs: number; value: number }[] {
  const inWindow = samples.filter(({ atMs }) => atMs >= startMs && atMs < endMs);
  const used = new Set(inWindow.map(({ atMs }) => Math.floor((atMs - startMs) / periodMs)));
  return [...used]
    .sort((one, other) => one - other)
    .map((index) => {
      const beginMs = startMs + index * periodMs;
      const within = inWindow.filter(({ atMs }) => atMs >= beginMs && atMs < beginMs + periodMs);
      return { atMs: beginMs, value: statisticOf(within, statistic) };
    });
}

function statisticOf(samples: readonly MetricSample[], statistic: Statistic): number {
  const total = (of: 'count' | 'sum') => samples.reduce((sum, sample) => sum + sample[of], 0);
  switch (statistic) {
    case 'Sum':
      return total('sum');
    case 'SampleCount':
      return total('count');
    case 'Average':
      return total('sum') / total('count');
    case 'Minimum':
      return Math.min(...samples.map(({ minimum }) => minimum));
    case 'Maximum':
      return Math.max(...samples.map(({ maximum }) => maximum));
  }
}

function keyOf({ namespace, name, dimensions }: MetricIdentity): string {
  return [namespace, name, dimensions.service, dimensions.connection].join('|');
}
