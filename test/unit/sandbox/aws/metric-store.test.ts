import { describe, expect, it } from 'vitest';
import { MetricStore } from '../../../../sandbox/aws/metric-store.ts';

const CALLS = { namespace: 'ours', name: 'Calls', dimensions: { service: 'zoho' } };
const WINDOW = { startMs: 7, endMs: 37, periodMs: 10 };

/** How it reads windows and statistics is a property: `test/property/metric-store.test.ts`. */
describe('a metric store', () => {
  it('keeps every value of one moment', () => {
    const store = new MetricStore();
    store.addValue(CALLS, { value: 3, atMs: 10 });
    store.addValue(CALLS, { value: 1, count: 2, atMs: 10 });
    store.addSample(CALLS, { atMs: 10, count: 4, sum: 10, minimum: -1, maximum: 7 });

    const statistics = (['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'] as const).map((statistic) =>
      store.read(CALLS, WINDOW, statistic),
    );

    expect(statistics).toEqual([7, 15, 15 / 7, -1, 7].map((value) => [{ atMs: 7, value }]));
  });

  it('tells values apart that would look alike when joined', () => {
    const store = new MetricStore();
    store.addValue({ ...CALLS, dimensions: { a: 'b","c","d' } }, { value: 1, atMs: 10 });

    expect(store.read({ ...CALLS, dimensions: { a: 'b', c: 'd' } }, WINDOW, 'Sum')).toEqual([]);
  });
});
