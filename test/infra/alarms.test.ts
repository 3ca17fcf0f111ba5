import { readFileSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import { METRICS, type MetricName } from '../../lambdas/core/metrics.ts';
import { createStack, logicalId, synthesize, TWO_CONNECTIONS } from './synthesize.ts';

const deployed = synthesize({ connections: TWO_CONNECTIONS });
const alarms = Object.values(deployed.findResources('AWS::CloudWatch::Alarm')).map(
  (alarm) => alarm.Properties,
);

describe('ReauthorizationNeeded', () => {
  test('goes off in the minute in which a connection is blocked', () => {
    expect(alarm('ReauthorizationNeeded')).toMatchObject({
      MetricName: 'Blocked',
      Statistic: 'Sum',
      Period: 60,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      DatapointsToAlarm: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  test('looks back over a whole poll of 5 minutes, so that it lasts until the connection is mended', () => {
    const { Period, EvaluationPeriods } = alarm('ReauthorizationNeeded');

    expect(Period * EvaluationPeriods).toBeGreaterThan(Duration.minutes(6).toSeconds());
  });
});

describe('TokenExpiringSoon', () => {
  test('goes off when the soonest expiry is less than 3 minutes away', () => {
    expect(alarm('TokenExpiringSoon')).toMatchObject({
      MetricName: 'SoonestExpirySeconds',
      Statistic: 'Minimum',
      Period: 60,
      Threshold: 180,
      ComparisonOperator: 'LessThanThreshold',
      DatapointsToAlarm: 1,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  test.each([
    [300, 180],
    [1740, 180],
    [240, 120],
    [180, 60],
  ])('with a margin of %i s waits for %i s, two ticks after a healthy token is due', (margin, threshold) => {
    const template = synthesize({ refreshMarginSeconds: margin });

    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'ZohoTokenRefresher-TokenExpiringSoon',
      Threshold: threshold,
    });
  });
});

test('RefreshFailing goes off when 3 of 5 minutes saw a failure', () => {
  expect(alarm('RefreshFailing')).toMatchObject({
    MetricName: 'RefreshFailed',
    Statistic: 'Sum',
    Period: 60,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    DatapointsToAlarm: 3,
    EvaluationPeriods: 5,
    TreatMissingData: 'notBreaching',
  });
});

test('RefresherSilent goes off when there is no heartbeat for 3 minutes', () => {
  expect(alarm('RefresherSilent')).toMatchObject({
    MetricName: 'Heartbeat',
    Statistic: 'SampleCount',
    Period: 60,
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    DatapointsToAlarm: 3,
    EvaluationPeriods: 3,
    TreatMissingData: 'breaching',
  });
});

test('ZohoThrottling goes off with the first throttle or refusal of our own, for a quarter of an hour', () => {
  expect(alarm('ZohoThrottling')).toMatchObject({
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    DatapointsToAlarm: 1,
    EvaluationPeriods: 15,
    TreatMissingData: 'notBreaching',
  });
  expect(alarm('ZohoThrottling').Metrics).toEqual([
    expect.objectContaining({ Expression: 'FILL(throttled, 0) + FILL(exhausted, 0)' }),
    expect.objectContaining({ MetricStat: sumPerMinute('Throttled') }),
    expect.objectContaining({ MetricStat: sumPerMinute('BudgetExhausted') }),
  ]);
});

test('RefresherErrors goes off when the function failed or was throttled in 3 of 5 minutes', () => {
  expect(alarm('RefresherErrors')).toMatchObject({
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    DatapointsToAlarm: 3,
    EvaluationPeriods: 5,
    TreatMissingData: 'notBreaching',
  });
  expect(watchedMetrics(alarm('RefresherErrors'))).toMatchObject([
    { Namespace: 'AWS/Lambda', MetricName: 'Errors' },
    { Namespace: 'AWS/Lambda', MetricName: 'Throttles' },
  ]);
});

test('DeliveryFailed goes off with the first message in the dead-letter queue, and lasts until it is gone', () => {
  expect(alarm('DeliveryFailed')).toMatchObject({
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Statistic: 'Maximum',
    Period: 300,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
  });
});

test('ScopeDrift goes off with the first refresh that lacks a scope, and looks back over the next one', () => {
  const { Period, EvaluationPeriods } = alarm('ScopeDrift');

  expect(alarm('ScopeDrift')).toMatchObject({
    MetricName: 'ScopeDrift',
    Statistic: 'Sum',
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    DatapointsToAlarm: 1,
    TreatMissingData: 'notBreaching',
  });
  expect(Period * EvaluationPeriods).toBeGreaterThan(Duration.minutes(60).toSeconds());
});

describe('UnauthorizedSpike', () => {
  const SERVICE = { Name: 'service', Value: 'zoho' };

  test.each([
    ['UnauthorizedSpike', [SERVICE]],
    ['UnauthorizedSpike-crm-prod', [{ Name: 'connection', Value: 'crm-prod' }, SERVICE]],
    ['UnauthorizedSpike-desk-test', [{ Name: 'connection', Value: 'desk-test' }, SERVICE]],
  ])('%s watches the sum and the rate of 401s in 5 minutes', (name, dimensions) => {
    const metric = { Namespace: 'ZohoTokenRefresher', MetricName: 'Unauthorized', Dimensions: dimensions };

    expect(alarm(name).Metrics).toEqual([
      expect.objectContaining({ Expression: 'IF(unauthorized >= 3, 100 * rate, 0)' }),
      {
        Id: 'unauthorized',
        MetricStat: { Metric: metric, Period: 300, Stat: 'Sum' },
        ReturnData: false,
      },
      { Id: 'rate', MetricStat: { Metric: metric, Period: 300, Stat: 'Average' }, ReturnData: false },
    ]);
  });

  test('goes off in the first window with more than 0.5 % and at least 3 of them, never without calls', () => {
    for (const name of ['UnauthorizedSpike', 'UnauthorizedSpike-crm-prod']) {
      expect(alarm(name)).toMatchObject({
        Threshold: 0.5,
        ComparisonOperator: 'GreaterThanThreshold',
        DatapointsToAlarm: 1,
        EvaluationPeriods: 1,
        TreatMissingData: 'notBreaching',
      });
    }
  });

  test('takes its thresholds from the settings', () => {
    const template = synthesize({ unauthorizedRatePercent: 12.5, unauthorizedMinimumCount: 40 });

    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'ZohoTokenRefresher-UnauthorizedSpike',
      AlarmDescription: Match.stringLikeRegexp('More than 12.5 % \\(and at least 40\\)'),
      Threshold: 12.5,
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression: 'IF(unauthorized >= 40, 100 * rate, 0)', ReturnData: true }),
      ]),
    });
  });

  test('names the connection that it watches', () => {
    expect(alarm('UnauthorizedSpike-desk-test').AlarmDescription).toMatch('consumers of desk-test');
  });
});

describe('every alarm', () => {
  test('watches what this deployment emits', () => {
    const ours = alarms.flatMap(watchedMetrics).filter(({ Namespace }) => !Namespace.startsWith('AWS/'));

    for (const { Namespace, Dimensions, MetricName } of ours) {
      expect(Namespace).toBe('ZohoTokenRefresher');
      expect(Dimensions).toContainEqual({ Name: 'service', Value: 'zoho' });
      expect(Object.keys(METRICS)).toContain(MetricName);
    }
  });

  test('tells the topic when it goes off and when it is over', () => {
    for (const { AlarmActions, OKActions } of alarms) {
      expect(AlarmActions).toEqual([{ Ref: topicNamed('alarms') }]);
      expect(OKActions).toEqual(AlarmActions);
    }
  });

  test('belongs to exactly one of page and ticket, which tell their own topics', () => {
    const names = Object.keys(deployed.findResources('AWS::CloudWatch::Alarm'));
    const members = (['page', 'ticket'] as const).flatMap((audience) => {
      const { AlarmRule, AlarmActions, OKActions } = composite(audience);
      expect(AlarmActions).toEqual([{ Ref: topicNamed(audience) }]);
      expect(OKActions).toEqual(AlarmActions);
      return [...JSON.stringify(AlarmRule).matchAll(/"Fn::GetAtt":\["(\w+)","Arn"\]/g)].map(([, id]) => id);
    });

    expect(members.sort()).toEqual(names.sort());
  });

  test('that must not wait for the morning is for page', () => {
    const rule = JSON.stringify(composite('page').AlarmRule);

    const paging = Object.entries(deployed.findResources('AWS::CloudWatch::Alarm'))
      .filter(([id]) => rule.includes(`"${id}"`))
      .map(([, { Properties }]) => Properties.AlarmName.replace('ZohoTokenRefresher-', ''));
    expect(paging).toEqual([
      'ReauthorizationNeeded',
      'TokenExpiringSoon',
      'RefresherSilent',
      'UnauthorizedSpike',
      'UnauthorizedSpike-crm-prod',
      'UnauthorizedSpike-desk-test',
    ]);
  });

  test('has a runbook with all of its parts', () => {
    for (const { AlarmName } of alarms) {
      const name = AlarmName.split('-')[1];
      const runbook = readFileSync(new URL(`../../docs/runbooks/${name}.md`, import.meta.url), 'utf8');
      const parts = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title);
      expect(parts).toEqual([name, 'Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'Escalation']);
    }
  });

  test('says what to do first and where its runbook is', () => {
    const template = synthesize({
      connections: TWO_CONNECTIONS,
      runbookBaseUrl: 'https://wiki.example.com/runbooks/',
    });
    const elsewhere = Object.values(template.findResources('AWS::CloudWatch::Alarm'));

    for (const { Properties } of elsewhere) {
      const [, name] = Properties.AlarmName.split('-');
      expect(Properties.AlarmDescription).toMatch(/ First: /);
      expect(Properties.AlarmDescription).toMatch(
        new RegExp(` Runbook: https://wiki\\.example\\.com/runbooks/${name}\\.md$`),
      );
    }
  });

  test('has a description that CloudWatch accepts, even with the longest runbook address', () => {
    const longestName = 'c'.repeat(64);
    const template = synthesize({
      secretPrefix: 'p'.repeat(128),
      connections: { [longestName]: TWO_CONNECTIONS['crm-prod'] },
      runbookBaseUrl: `https://example.com/${'r'.repeat(280)}`,
    });

    for (const { Properties } of Object.values(template.findResources('AWS::CloudWatch::Alarm'))) {
      expect(Properties.AlarmDescription.length).toBeLessThanOrEqual(1024);
    }
  });

  test('links to the runbooks of this project unless told otherwise', () => {
    expect(alarm('RefresherSilent').AlarmDescription).toMatch(
      'https://github.com/zoho-token-refresher/zoho-token-refresher/blob/main/docs/runbooks/RefresherSilent.md',
    );
  });
});

test('a connection costs one alarm, so that one of them stays within 12; those added at run time cost none', () => {
  const countOf = (connections: NonNullable<ZohoTokenRefresherProps['connections']>) => {
    const template = synthesize({ connections });
    return ['Alarm', 'CompositeAlarm'].flatMap((type) =>
      Object.keys(template.findResources(`AWS::CloudWatch::${type}`)),
    ).length;
  };
  const withNone = countOf({});

  expect(countOf({ 'crm-prod': TWO_CONNECTIONS['crm-prod'] })).toBe(withNone + 1);
  expect(withNone + 1).toBeLessThanOrEqual(12);
});

describe('the metrics of the construct', () => {
  const { zoho } = createStack({ secretPrefix: 'team-a/zoho' });

  test.each([
    [zoho.metricHeartbeat(), 'Heartbeat', 'Sum'],
    [zoho.metricRefreshSucceeded(), 'RefreshSucceeded', 'Sum'],
    [zoho.metricRefreshFailed(), 'RefreshFailed', 'Sum'],
    [zoho.metricThrottled(), 'Throttled', 'Sum'],
    [zoho.metricBudgetExhausted(), 'BudgetExhausted', 'Sum'],
    [zoho.metricBlocked(), 'Blocked', 'Sum'],
    [zoho.metricScopeDrift(), 'ScopeDrift', 'Sum'],
    [zoho.metricUnauthorized(), 'Unauthorized', 'Sum'],
    [zoho.metricSoonestExpirySeconds(), 'SoonestExpirySeconds', 'Minimum'],
  ] as const)('%s is emitted by this deployment as %s', (metric, name: MetricName, statistic) => {
    expect(metric).toMatchObject({
      namespace: 'ZohoTokenRefresher',
      metricName: name,
      dimensions: { service: 'team-a/zoho' },
      statistic,
    });
  });

  test('take the options of any metric', () => {
    const hourly = zoho.metricRefreshFailed({ period: Duration.hours(1), label: 'failures' });

    expect(hourly.period.toMinutes()).toBe(60);
    expect(hourly.label).toBe('failures');
  });
});

describe('the metric of 401s of a connection', () => {
  const { zoho } = createStack({ secretPrefix: 'team-a/zoho', connections: TWO_CONNECTIONS });

  test('is emitted by its consumers', () => {
    expect(zoho.connection('crm-prod').metricUnauthorized()).toMatchObject({
      namespace: 'ZohoTokenRefresher',
      metricName: 'Unauthorized',
      dimensions: { service: 'team-a/zoho', connection: 'crm-prod' },
      statistic: 'Sum',
    });
  });

  test('is the rate as an average', () => {
    const rate = zoho.connection('crm-prod').metricUnauthorized({ statistic: 'Average' });

    expect(rate.statistic).toBe('Average');
    expect(rate.dimensions).toEqual({ service: 'team-a/zoho', connection: 'crm-prod' });
  });
});

interface WatchedMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { Name: string; Value: string }[];
}

/** The one metric of a plain alarm, or those that an expression is made of. */
function watchedMetrics(properties: (typeof alarms)[number]): WatchedMetric[] {
  if (properties.Metrics === undefined) return [properties as WatchedMetric];
  return properties.Metrics.flatMap((query: { MetricStat?: { Metric: WatchedMetric } }) =>
    query.MetricStat === undefined ? [] : [query.MetricStat.Metric],
  );
}

function alarm(name: string) {
  const found = alarms.find(({ AlarmName }) => AlarmName === `ZohoTokenRefresher-${name}`);
  if (found === undefined) throw new Error(`no alarm ${name}`);
  return found;
}

function composite(audience: 'page' | 'ticket') {
  const found = Object.values(deployed.findResources('AWS::CloudWatch::CompositeAlarm')).find(
    ({ Properties }) => Properties.AlarmName === `ZohoTokenRefresher-${audience}`,
  );
  if (found === undefined) throw new Error(`no composite alarm ${audience}`);
  return found.Properties;
}

function topicNamed(what: string): string {
  return logicalId(deployed, 'AWS::SNS::Topic', { DisplayName: `Zoho Token Refresher ${what}` });
}

function sumPerMinute(MetricName: MetricName) {
  const Dimensions = [{ Name: 'service', Value: 'zoho' }];
  return { Metric: { Namespace: 'ZohoTokenRefresher', MetricName, Dimensions }, Period: 60, Stat: 'Sum' };
}
