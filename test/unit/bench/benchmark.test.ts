import { describe, expect, it } from 'vitest';
import { isMet } from '../../bench/benchmark.ts';
import { renderResult } from '../../bench/render-result.ts';
import { runBenchmark } from '../../bench/run-benchmarks.ts';

const TIMES = 'times as long';

/** A benchmark that measures these values, one after the other. */
function measuring(values: readonly number[], retries: number) {
  const left = [...values];
  const goal = { atMost: 2 };
  return {
    title: 'a test',
    retries,
    measure: () => Promise.resolve([{ what: 'a ratio', value: left.shift() ?? 0, unit: TIMES, goal }]),
  };
}

describe('a goal', () => {
  it.each([
    ['at most 2, and 2 is measured', { value: 2, goal: { atMost: 2 } }, true],
    ['at most 2, and 2.1 is measured', { value: 2.1, goal: { atMost: 2 } }, false],
    ['at least 3, and 2.9 is measured', { value: 2.9, goal: { atLeast: 3 } }, false],
    ['exactly 1, and 0 is measured', { value: 0, goal: { atLeast: 1, atMost: 1 } }, false],
    ['at most 2, and nothing could be measured', { value: Number.NaN, goal: { atMost: 2 } }, false],
  ])('of %s', (_, measured, expected) => {
    expect(isMet(measured)).toBe(expected);
  });

  it('is met by anything if there is none', () => {
    expect(isMet({ value: Number.NaN })).toBe(true);
  });
});

describe('a benchmark', () => {
  it('that misses its goal is measured again, and the last figures count', async () => {
    let retried = 0;

    const result = await runBenchmark('test', measuring([5, 4, 1], 2), () => {
      retried += 1;
    });

    expect(retried).toBe(2);
    expect(result).toMatchObject({ isGood: true, measurements: [{ value: 1, isMet: true }] });
  });

  it('that always misses its goal fails', async () => {
    const result = await runBenchmark('test', measuring([5, 4, 3], 2), () => {});

    expect(result).toMatchObject({ isGood: false, measurements: [{ value: 3, isMet: false }] });
  });

  it('that counts is not measured again', async () => {
    const result = await runBenchmark('test', measuring([5, 1], 0), () => {});

    expect(result.isGood).toBe(false);
  });

  it('shows figures, goals and verdicts', () => {
    const measurements = [
      { what: 'a ratio', value: 1.5, unit: TIMES, goal: { atMost: 2 }, isMet: true },
      { what: 'a count', value: 3, unit: 'mints', goal: { atLeast: 1, atMost: 1 }, isMet: false },
      { what: 'a time', value: 1234.5, unit: 'ns', isMet: true },
    ];

    const text = renderResult({ name: 'test', title: 'a test', seconds: 1, measurements, isGood: false });

    expect(text.replaceAll(/ +/g, ' ').split('\n')).toEqual([
      'test: a test (1 s)',
      ' a ratio 1.50 times as long at most 2 met',
      ' a count 3 mints exactly 1 MISSED',
      ' a time 1,235 ns',
      '',
    ]);
  });
});
