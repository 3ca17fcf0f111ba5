import { describe, expect, it } from 'vitest';
import { MetricStore } from '../../../../sandbox/aws/metric-store.ts';

const CALLS = { namespace: 'ours', name: 'Calls', dimensions: { service: 'zoho' } };
const WINDOW = { startMs: 7, endMs: 37, periodMs: 10 };

describe('a metric store', () => {
  it('counts periods from the start of the window, whatever that is', () => {
    const store = storeWith([7, 16, 17, 36]);

    expect(store.read(CALLS, WINDOW, 'SampleCount')).toEqual([
      { atMs: 7, value: 2 },
      { atMs: 17, value: 1 },
      { atMs: 27, value: 1 },
    ]);
  });

  it('takes the start as part of the window, and the end as not', () => {
    const store = storeWith([6, 7, 36, 37]);

    expect(store.read(CALLS, { ...WINDOW, periodMs: 30 }, 'SampleCount')).toEqual([{ atMs: 7, value: 2 }]);
  });

  it('puts a late value where it belongs', () => {
    const store = storeWith([100, 30, 8, 200, 19]);

    expect(store.read(CALLS, WINDOW, 'SampleCount').map(({ atMs }) => atMs)).toEqual([7, 17, 27]);
  });

  it('keeps every value of one moment', () => {
    const store = new MetricStore();
    store.addValue(CALLS, { value: 3, atMs: 10 });
    store.addValue(CALLS, { value: 1, count: 2, atMs: 10 });
    store.addSample(CALLS, { atMs: 10, count: 4, sum: 10, minimum: -1, maximum: 7 });

    const read = (statistic: Parameters<MetricStore['read']>[2]) =>
      store.read(CALLS, WINDOW, statistic).map(({ value }) => value);

    expect(read('SampleCount')).toEqual([7]);
    expect(read('Sum')).toEqual([15]);
    expect(read('Average')).toEqual([15 / 7]);
    expect(read('Minimum')).toEqual([-1]);
    expect(read('Maximum')).toEqual([7]);
  });

  it('says nothing of a metric with other dimensions, nor of one that was never there', () => {
    const store = storeWith([10]);

    expect(store.read({ ...CALLS, dimensions: {} }, WINDOW, 'Sum')).toEqual([]);
    expect(store.read({ ...CALLS, name: 'Other' }, WINDOW, 'Sum')).toEqual([]);
  });

  it('tells values apart that would look alike when joined', () => {
    const store = new MetricStore();
    store.addValue({ ...CALLS, dimensions: { a: 'b","c","d' } }, { value: 1, atMs: 10 });

    expect(store.read({ ...CALLS, dimensions: { a: 'b', c: 'd' } }, WINDOW, 'Sum')).toEqual([]);
  });
});

function storeWith(timesMs: readonly number[]): MetricStore {
  const store = new MetricStore();
  for (const atMs of timesMs) store.addValue(CALLS, { value: 1, atMs });
  return store;
}
