import { expect, test } from 'vitest';
import { MetricLog } from '../../../../sandbox/deployment/metric-log.ts';

const lineOf = (Timestamp: number, Calls: unknown) =>
  JSON.stringify({
    _aws: {
      Timestamp,
      CloudWatchMetrics: [{ Namespace: 'Zoho', Dimensions: [['service']], Metrics: [{ Name: 'Calls' }] }],
    },
    service: 'zoho',
    Calls,
  });

test('a line has whole milliseconds and numbers', () => {
  const log = new MetricLog();

  log.add(lineOf(1_767_603_600_100, [0, 1.5]));

  expect(log.ofFleet('Calls').map(({ value }) => value)).toEqual([0, 1.5]);
});

test.each([
  ['a fraction of a millisecond', lineOf(1_767_603_600_100.6, 1), 'Timestamp must be whole milliseconds'],
  ['no number', lineOf(1_767_603_600_100, Number.NaN), 'Calls must be a number, is null'],
  ['no value', lineOf(1_767_603_600_100, undefined), 'Calls must be a number, is undefined'],
])('a line with %s is refused', (_, line, problem) => {
  expect(() => new MetricLog().add(line)).toThrow(problem);
});
