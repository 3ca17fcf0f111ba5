import { describe, expect, it } from 'vitest';
import { createAlarmEvaluator } from '../../../../sandbox/alarms/alarm-evaluator.ts';
import { evaluationRangeAt } from '../../../../sandbox/alarms/evaluation-range.ts';
import { readAlarms } from '../../../../sandbox/alarms/read-alarms.ts';
import { MetricStore } from '../../../../sandbox/aws/metric-store.ts';
import { FAULTS, templateWith, watching } from './alarm-templates.ts';

const MINUTE_MS = 60_000;

describe('the evaluation range', () => {
  it('ends with the last full minute, and begins two periods before those that are evaluated', () => {
    const range = evaluationRangeAt(100 * MINUTE_MS + 59_999, {
      periodMs: 5 * MINUTE_MS,
      evaluationPeriods: 3,
    });

    expect(range).toEqual({
      startMs: 75 * MINUTE_MS,
      endMs: 100 * MINUTE_MS,
      periodMs: 5 * MINUTE_MS,
      count: 5,
    });
  });

  it('slides by a minute, whatever the period', () => {
    const settings = { periodMs: 5 * MINUTE_MS, evaluationPeriods: 1 };
    const endsMs = [5, 6, 7].map((minute) => evaluationRangeAt(minute * MINUTE_MS, settings).endMs);

    expect(endsMs).toEqual([5 * MINUTE_MS, 6 * MINUTE_MS, 7 * MINUTE_MS]);
  });
});

describe('a state change', () => {
  it('says what it was for', () => {
    const { store, alarms } = deploy({ EvaluationPeriods: 3, DatapointsToAlarm: 2 });
    store.addValue(FAULTS, { value: 2, atMs: duringMinute(3) });
    store.addValue(FAULTS, { value: 1, atMs: duringMinute(5) });

    const changes = alarms.evaluate(5 * MINUTE_MS + 1000);

    expect(changes).toEqual([
      {
        alarm: 'faults',
        from: 'INSUFFICIENT_DATA',
        to: 'ALARM',
        reason:
          '2 of 2 are >= 1, 2 of 3 make an alarm: datapoints 1 (period beginning 00:04 UTC), 2 (period beginning 00:02 UTC); ' +
          '1 missing, treated as notBreaching',
        atMs: 5 * MINUTE_MS + 1000,
      },
    ]);
  });

  it('is reported once', () => {
    const { store, alarms } = deploy();
    store.addValue(FAULTS, { value: 1, atMs: duringMinute(1) });
    alarms.evaluate(MINUTE_MS);

    expect(alarms.evaluate(2 * MINUTE_MS)).toEqual([]);
    expect(alarms.stateOf('faults')).toBe('ALARM');
  });
});

it.each([
  ['GreaterThanOrEqualToThreshold', ['OK', 'ALARM', 'ALARM']],
  ['GreaterThanThreshold', ['OK', 'OK', 'ALARM']],
  ['LessThanOrEqualToThreshold', ['ALARM', 'ALARM', 'OK']],
  ['LessThanThreshold', ['ALARM', 'OK', 'OK']],
])('%s compares what is below, at and above the threshold', (ComparisonOperator, expected) => {
  const states = [4, 5, 6].map((value) => {
    const { store, alarms } = deploy({ ComparisonOperator, Threshold: 5 });
    store.addValue(FAULTS, { value, atMs: duringMinute(1) });
    alarms.evaluate(MINUTE_MS);
    return alarms.stateOf('faults');
  });

  expect(states).toEqual(expected);
});

describe('missing data', () => {
  it('that is ignored leaves the alarm as it is', () => {
    const { store, alarms } = deploy({ TreatMissingData: 'ignore' });
    store.addValue(FAULTS, { value: 1, atMs: duringMinute(1) });
    alarms.evaluate(MINUTE_MS);

    expect(alarms.evaluate(10 * MINUTE_MS)).toEqual([]);
    expect(alarms.stateOf('faults')).toBe('ALARM');
  });

  it('that is left missing makes for insufficient data, once the evaluation range is empty', () => {
    const { store, alarms } = deploy({ TreatMissingData: 'missing' });
    store.addValue(FAULTS, { value: 0, atMs: duringMinute(1) });

    const states = [1, 2, 3, 4].map((minute) => {
      alarms.evaluate(minute * MINUTE_MS);
      return alarms.stateOf('faults');
    });
    expect(states).toEqual(['OK', 'OK', 'OK', 'INSUFFICIENT_DATA']);
  });
});

describe('an alarm on an expression', () => {
  it('evaluates what the expression makes of its metrics', () => {
    const { store, alarms } = deploy({ ...watching('100 * faults / calls'), Threshold: 50 });
    const calls = { ...FAULTS, name: 'Calls' };
    for (const minute of [1, 2]) store.addValue(calls, { value: 4, atMs: duringMinute(minute) });
    store.addValue(FAULTS, { value: 1, atMs: duringMinute(1) });
    store.addValue(FAULTS, { value: 2, atMs: duringMinute(2) });

    const changes = [1, 2].flatMap((minute) => alarms.evaluate(minute * MINUTE_MS));
    expect(changes.map(({ to, reason }) => [to, reason.match(/datapoints (\d+)/)?.[1]])).toEqual([
      ['OK', '25'],
      ['ALARM', '50'],
    ]);
  });

  it('may be made of other expressions', () => {
    const doubled = { Id: 'doubled', Expression: '2 * faults', ReturnData: false };
    const { store, alarms } = deploy({ ...watching('2 * doubled', doubled), Threshold: 12 });
    store.addValue(FAULTS, { value: 3, atMs: duringMinute(1) });

    expect(alarms.evaluate(MINUTE_MS)).toMatchObject([{ to: 'ALARM' }]);
  });
});

describe('a composite alarm', () => {
  const composites = {
    Outer: composite('outer', 'NOT ALARM(inner)'),
    Inner: composite('inner', 'ALARM(faults)'),
  };

  it('is evaluated after the alarms that it refers to, in the same minute', () => {
    const { store, alarms } = deploy({}, composites);
    alarms.evaluate(MINUTE_MS);
    store.addValue(FAULTS, { value: 1, atMs: duringMinute(2) });

    const changes = alarms.evaluate(2 * MINUTE_MS);

    expect(changes.map(({ alarm, from, to }) => `${alarm}: ${from} to ${to}`)).toEqual([
      'faults: OK to ALARM',
      'inner: OK to ALARM',
      'outer: ALARM to OK',
    ]);
    expect(changes[1]?.reason).toBe('The rule is true: faults is ALARM');
  });

  it('that refers to an alarm that is not there is refused', () => {
    expect(() => deploy({}, { Inner: composite('inner', 'ALARM(other)') })).toThrow(
      'The rule of "inner" refers to the alarm "other", which does not exist.',
    );
  });

  it('that refers to itself, by whatever way, is refused', () => {
    const circle = { A: composite('a', 'ALARM(b)'), B: composite('b', 'OK(a)') };

    expect(() => deploy({}, circle)).toThrow('Composite alarms refer to each other in a circle: a, b, a.');
  });
});

describe('the evaluator', () => {
  it('does not go back in time', () => {
    const { alarms } = deploy();
    alarms.evaluate(2 * MINUTE_MS);

    expect(() => alarms.evaluate(MINUTE_MS)).toThrow('which is after 60000 ms');
  });

  it('knows an alarm before it is evaluated, and no other', () => {
    const { alarms } = deploy();

    expect(alarms.stateOf('faults')).toBe('INSUFFICIENT_DATA');
    expect(() => alarms.stateOf('fault')).toThrow('No alarm "fault" exists. Existing alarms: faults.');
  });

  it('refuses two alarms of one name', () => {
    expect(() => deploy({}, { Other: composite('faults', 'TRUE') })).toThrow('same name: faults');
  });
});

function deploy(
  changes: Readonly<Record<string, unknown>> = {},
  others: Parameters<typeof templateWith>[1] = {},
) {
  const store = new MetricStore();
  return { store, alarms: createAlarmEvaluator(readAlarms(templateWith(changes, others)), store) };
}

function composite(AlarmName: string, AlarmRule: string) {
  return { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmName, AlarmRule } };
}

/** Some time in the first, second … minute. */
function duringMinute(minute: number): number {
  return minute * MINUTE_MS - 30_000;
}
