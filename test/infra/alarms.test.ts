import { Duration } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { METRICS, type MetricName } from '../../lambdas/core/metrics.ts';
import { createStack, logicalId, synthesize } from './synthesize.ts';

const deployed = synthesize();
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
    [1800, 180],
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

describe('every alarm', () => {
  test('watches what this deployment emits', () => {
    for (const { Namespace, Dimensions, MetricName } of alarms) {
      expect(Namespace).toBe('ZohoTokenRefresher');
      expect(Dimensions).toEqual([{ Name: 'service', Value: 'zoho' }]);
      expect(Object.keys(METRICS)).toContain(MetricName);
    }
  });

  test('tells the topic when it goes off and when it is over', () => {
    for (const { AlarmActions, OKActions } of alarms) {
      expect(AlarmActions).toEqual([{ Ref: logicalId(deployed, 'AWS::SNS::Topic') }]);
      expect(OKActions).toEqual(AlarmActions);
    }
  });

  test('says what to do first and where its runbook is', () => {
    const template = synthesize({ runbookBaseUrl: 'https://wiki.example.com/runbooks/' });
    const elsewhere = Object.values(template.findResources('AWS::CloudWatch::Alarm'));

    for (const { Properties } of elsewhere) {
      const name = Properties.AlarmName.replace('ZohoTokenRefresher-', '');
      expect(Properties.AlarmDescription).toMatch(/ First: /);
      expect(Properties.AlarmDescription).toMatch(
        new RegExp(` Runbook: https://wiki\\.example\\.com/runbooks/${name}\\.md$`),
      );
    }
  });

  test('has a description that CloudWatch accepts, even with the longest runbook address', () => {
    const template = synthesize({ runbookBaseUrl: `https://example.com/${'r'.repeat(280)}` });

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

function alarm(name: string) {
  const found = alarms.find(({ AlarmName }) => AlarmName === `ZohoTokenRefresher-${name}`);
  if (found === undefined) throw new Error(`no alarm ${name}`);
  return found;
}
