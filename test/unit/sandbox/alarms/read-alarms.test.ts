import { describe, expect, it } from 'vitest';
import type { AlarmDefinition, MetricAlarmDefinition } from '../../../../sandbox/alarms/alarm-definition.ts';
import { readAlarms } from '../../../../sandbox/alarms/read-alarms.ts';
import { FAULTS, metricQuery, templateWith, watching } from './alarm-templates.ts';

describe('an alarm on a metric', () => {
  it('is read whole', () => {
    const template = templateWith({
      AlarmDescription: 'Something is wrong.',
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
      Period: 300,
      AlarmActions: [{ Ref: 'Topic' }],
      OKActions: ['arn:aws:sns:eu-west-1:1:fine'],
      Tags: [{ Key: 'application', Value: 'x' }],
    });
    const topic = { Type: 'AWS::SNS::Topic', Properties: {} };

    const alarms = readAlarms({ Resources: { ...template.Resources, Topic: topic } }, { account: '1' });

    expect(alarms).toEqual([
      {
        kind: 'metric',
        name: 'faults',
        description: 'Something is wrong.',
        periodMs: 300_000,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
        treatMissingData: 'notBreaching',
        comparison: 'GreaterThanOrEqualToThreshold',
        threshold: 1,
        terms: new Map([['Faults', { metric: FAULTS, statistic: 'Sum' }]]),
        watchedId: 'Faults',
        actions: {
          ALARM: ['arn:aws:sns:eu-west-1:1:Topic'],
          OK: ['arn:aws:sns:eu-west-1:1:fine'],
          INSUFFICIENT_DATA: [],
        },
      },
    ]);
  });

  it('asks for all of its datapoints, and leaves missing ones missing, when nothing is said', () => {
    const alarm = readOne({ EvaluationPeriods: 4, TreatMissingData: undefined });

    expect(alarm).toMatchObject({ datapointsToAlarm: 4, treatMissingData: 'missing', description: '' });
  });

  it('ignores missing data of DynamoDB when nothing is said', () => {
    const changes = { Namespace: 'AWS/DynamoDB', TreatMissingData: undefined };

    expect(readOne(changes)).toMatchObject({ treatMissingData: 'ignore' });
    expect(readOne({ ...changes, TreatMissingData: 'missing' })).toMatchObject({
      treatMissingData: 'missing',
    });
  });

  it('notifies no one when its actions are disabled', () => {
    const { actions } = readOne({ ActionsEnabled: false, AlarmActions: ['arn:a'] });

    expect(actions).toEqual({ ALARM: [], OK: [], INSUFFICIENT_DATA: [] });
  });
});

it('an alarm on an expression has its metrics by their ids', () => {
  const alarm = readOne(watching('faults / calls')) as MetricAlarmDefinition;

  expect(alarm).toMatchObject({ watchedId: 'watched', periodMs: 60_000 });
  expect(alarm.terms.get('watched')).toMatchObject({ text: 'faults / calls' });
  expect(alarm.terms.get('faults')).toEqual({ metric: FAULTS, statistic: 'Sum' });
  expect([...alarm.terms.keys()]).toEqual(['watched', 'faults', 'calls']);
});

describe('a name', () => {
  const queue = { Type: 'AWS::SQS::Queue', Properties: {} };
  const watchingQueue = {
    Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['Queue', 'QueueName'] } }],
  };

  it('is the one of the template', () => {
    const named = {
      ...queue,
      Properties: { QueueName: { 'Fn::Join': ['-', ['ticks', { Ref: 'AWS::Region' }]] } },
    };

    expect(queueIn(readAlarms(templateWith(watchingQueue, { Queue: named })))).toBe('ticks-eu-west-1');
  });

  it('is the one it was deployed with, or else the logical ID', () => {
    const template = templateWith(watchingQueue, { Queue: queue });

    expect(queueIn(readAlarms(template, { names: { Queue: 'ticks-1A2B' } }))).toBe('ticks-1A2B');
    expect(queueIn(readAlarms(template))).toBe('Queue');
  });

  function queueIn([alarm]: readonly AlarmDefinition[]): string | undefined {
    const term = (alarm as MetricAlarmDefinition).terms.get('Faults');
    return term !== undefined && 'metric' in term ? term.metric.dimensions.QueueName : undefined;
  }
});

it('a composite alarm names its children, by whatever reference', () => {
  const rule = {
    'Fn::Join': ['', ['ALARM("', { 'Fn::GetAtt': ['Faults', 'Arn'] }, '") OR OK(', { Ref: 'Faults' }, ')']],
  };
  const all = compositeWith({ AlarmRule: rule });

  const [, composite] = readAlarms(templateWith({}, { All: all }));

  expect(composite).toMatchObject({ kind: 'composite', name: 'all' });
  expect(composite?.kind === 'composite' && [...composite.rule.alarms]).toEqual(['faults']);
});

describe('what is not supported is an error that names alarm and property', () => {
  it.each([
    [{ ExtendedStatistic: 'p99' }, 'ExtendedStatistic is not supported'],
    [{ EvaluationWindow: { WallClockWindow: {} } }, 'EvaluationWindow is not supported'],
    [{ ThresholdMetricId: 'ad1' }, 'ThresholdMetricId is not supported'],
    [{ Unit: 'Count' }, 'Unit is not supported'],
    [{ Statistic: 'p99' }, 'Statistic: .*, given "p99"'],
    [{ Statistic: undefined, Period: undefined }, 'Statistic, Period: not given'],
    [
      { Namespace: undefined, Statistic: undefined, MetricName: undefined },
      'Namespace, MetricName, Statistic: not given',
    ],
    [
      { ComparisonOperator: 'GreaterThanUpperThreshold' },
      'ComparisonOperator: .*, given "GreaterThanUpperThreshold"',
    ],
    [{ TreatMissingData: 'good' }, 'TreatMissingData: .*, given "good"'],
    [{ Threshold: undefined }, 'Threshold: .*, given nothing'],
    [{ Period: 10 }, 'Period: only multiples of 60 seconds are supported, no high resolution, given 10'],
    [{ Period: 90 }, 'Period: only multiples of 60 seconds'],
    [{ EvaluationPeriods: 0 }, 'EvaluationPeriods: .*, given 0'],
    [{ DatapointsToAlarm: 2 }, 'DatapointsToAlarm: 2 is more than the 1 of EvaluationPeriods'],
    [{ Period: 3600, EvaluationPeriods: 25 }, 'EvaluationPeriods: 25 of 3600 s are more than a day'],
    [{ Dimensions: [{ Name: 'a', Value: { Ref: 'Nowhere' } }] }, 'has no resource "Nowhere"'],
    [{ Dimensions: [{ Name: 'a', Value: { 'Fn::Sub': 'x' } }] }, 'Fn::Sub of "x" is not supported'],
    [
      { Dimensions: [{ Name: 'a', Value: { 'Fn::GetAtt': ['Faults', 'Id'] } }] },
      'The value of Id of "Faults" .* is not known',
    ],
    [{ Metrics: [] }, 'Metrics: '],
    [{ Metrics: watching('faults').Metrics }, 'Namespace together with Metrics is not supported'],
    [watching('RATE(faults)'), 'the function RATE is not supported'],
    [watching('faults + errors'), 'Metrics: watched refers to errors, which does not exist'],
    [watching('faults + watched'), 'Metrics: watched refers to watched'],
  ])('%j', (changes, why) => {
    expect(() => readAlarms(templateWith(changes))).toThrow(
      new RegExp(`^The alarm "faults" cannot be evaluated: .*${why}`),
    );
  });

  const watched = { Id: 'watched', Expression: 'faults + calls' };
  const faults = metricQuery('faults', 'Faults');
  const calls = metricQuery('calls', 'Calls');

  it.each([
    ['no result', [faults, calls], 'ReturnData has to be true for exactly one, and is for 0'],
    ['two results', [watched, { ...faults, ReturnData: true }, calls], 'exactly one, and is for 2'],
    ['an id twice', [watched, faults, faults], 'an Id is used twice'],
    [
      'two periods',
      [watched, faults, metricQuery('calls', 'Calls', { Period: 300 })],
      'one Period, and have 60 and 300',
    ],
    ['no metric', [{ Id: 'a', Expression: 'a' }], 'a refers to a'],
    ['neither of both', [{ Id: 'a' }], 'a has to have either Expression or MetricStat'],
    ['both', [{ ...faults, Expression: 'calls' }, watched, calls], 'faults has to have either'],
    ['an account', [watched, faults, { ...calls, AccountId: '1' }], 'Metrics.2.AccountId is not supported'],
    [
      'a unit',
      [watched, faults, metricQuery('calls', 'Calls', { Unit: 'Count' })],
      'Metrics.2.MetricStat.Unit is not supported',
    ],
    [
      'another statistic',
      [watched, faults, metricQuery('calls', 'Calls', { Stat: 'p50' })],
      'Metrics.2.MetricStat.Stat: .*, given "p50"',
    ],
  ])('Metrics with %s', (_, Metrics, why) => {
    const template = templateWith({ ...watching('faults'), Metrics });

    expect(() => readAlarms(template)).toThrow(
      new RegExp(`^The alarm "faults" cannot be evaluated: .*${why}`),
    );
  });

  it.each([
    [{ ActionsSuppressor: 'other' }, 'ActionsSuppressor is not supported'],
    [{ AlarmRule: 'AT_LEAST(1, ALARM, (a))' }, '"AT_LEAST" is not supported'],
    [{ AlarmRule: '' }, 'AlarmRule: '],
  ])('a composite alarm with %j', (changes, why) => {
    const template = templateWith({}, { All: compositeWith(changes) });

    expect(() => readAlarms(template)).toThrow(new RegExp(`^The alarm "all" cannot be evaluated: .*${why}`));
  });

  it('a name that CloudFormation would make up', () => {
    expect(() => readAlarms(templateWith({ AlarmName: undefined }))).toThrow(
      /^The alarm "Faults" cannot be evaluated: AlarmName: /,
    );
  });

  it('a condition of the template', () => {
    const { Resources } = templateWith();
    const conditional = { ...Resources?.Faults, Type: 'AWS::CloudWatch::Alarm', Condition: 'IsProduction' };

    expect(() => readAlarms({ Resources: { Faults: conditional } })).toThrow('Condition is not supported');
  });
});

function readOne(changes: Readonly<Record<string, unknown>>): AlarmDefinition {
  const [alarm] = readAlarms(templateWith(changes));
  if (alarm === undefined) throw new Error('no alarm was read');
  return alarm;
}

function compositeWith(changes: Readonly<Record<string, unknown>>) {
  const Properties = { AlarmName: 'all', AlarmRule: 'ALARM(faults)', ...changes };
  return { Type: 'AWS::CloudWatch::CompositeAlarm', Properties };
}
