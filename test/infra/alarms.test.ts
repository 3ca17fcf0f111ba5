import { Duration } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { METRICS, type MetricName } from '../../lambdas/core/metrics.ts';
import { createStack, propertiesOf, synthesize, TWO_CONNECTIONS, topicId } from './synthesize.ts';

const deployed = synthesize({ connections: TWO_CONNECTIONS });
/** Remembers the first runs of the refresher. Not an alarm for people. */
const LATCH = 'ZohoTokenRefresher-RefresherStarted';
const alarms = alarmsOf(deployed);

const REACHES_ONE = {
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'notBreaching',
};
const sumOf = (MetricName: MetricName) => ({ MetricName, Statistic: 'Sum' });
const datapoints = (DatapointsToAlarm: number, EvaluationPeriods: number) => ({
  DatapointsToAlarm,
  EvaluationPeriods,
});
const SPIKE = {
  Threshold: 0.5,
  ComparisonOperator: 'GreaterThanThreshold',
  ...datapoints(1, 1),
  TreatMissingData: 'notBreaching',
};

describe('the alarm', () => {
  test.each([
    [
      'ReauthorizationNeeded',
      'in the minute in which a connection is blocked',
      { ...sumOf('Blocked'), Period: 60, ...REACHES_ONE, DatapointsToAlarm: 1 },
    ],
    [
      'TokenExpiringSoon',
      'when tokens of weight 1 expire in less than 3 minutes',
      {
        MetricName: 'FleetExpirySeconds',
        Statistic: 'Minimum',
        Period: 60,
        Threshold: 180,
        ComparisonOperator: 'LessThanThreshold',
        ...datapoints(1, 1),
        TreatMissingData: 'ignore',
      },
    ],
    [
      'RefreshFailing',
      'when refreshes failed in 3 of 5 minutes',
      { ...sumOf('FailingWeight'), Period: 60, ...REACHES_ONE, Threshold: 0.9999, ...datapoints(3, 5) },
    ],
    [
      'RefresherSilent',
      'after 3 minutes without a completed run',
      {
        Threshold: 1,
        ComparisonOperator: 'LessThanThreshold',
        ...datapoints(3, 3),
        TreatMissingData: 'breaching',
      },
    ],
    [
      'ZohoThrottling',
      'at the first throttle or exhausted budget, for 15 minutes',
      { ...REACHES_ONE, Threshold: 0.9999, ...datapoints(1, 1) },
    ],
    [
      'RefresherErrors',
      'when the function failed or was throttled in 3 of 5 minutes',
      { ...REACHES_ONE, ...datapoints(3, 5) },
    ],
    [
      'DeliveryFailed',
      'at the first message in the dead-letter queue, until it is deleted',
      {
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Statistic: 'Maximum',
        Period: 300,
        ...REACHES_ONE,
        EvaluationPeriods: 1,
      },
    ],
    [
      'ContractChanged',
      'at the first answer of Zoho that is not as documented',
      { ...sumOf('ContractChanged'), ...REACHES_ONE, DatapointsToAlarm: 1 },
    ],
    [
      'NotificationFailed',
      'when notifications could not be published in 2 of 5 minutes',
      { ...sumOf('NotificationFailed'), Period: 60, ...REACHES_ONE, ...datapoints(2, 5) },
    ],
    ['UnauthorizedSpike', 'in the first window with more than 0.5 % of 401s', SPIKE],
    ['UnauthorizedSpike-crm-prod', 'in the first window with more than 0.5 % of 401s', SPIKE],
  ])('%s goes off %s', (name, _, condition) => {
    expect(alarm(name)).toMatchObject(condition);
  });

  test.each([
    ['ReauthorizationNeeded', 'two looks at a blocked connection, 5 minutes apart', 6],
    ['ContractChanged', 'two refreshes', 60],
  ])('%s looks back over the time between %s, so it stays until the problem is fixed', (name, _, minutes) => {
    const { Period, EvaluationPeriods } = alarm(name);

    expect(Period * EvaluationPeriods).toBeGreaterThan(Duration.minutes(minutes).toSeconds());
  });

  test.each([
    [300, 180],
    [1725, 180],
    [240, 120],
    [180, 60],
  ])(
    'TokenExpiringSoon with a margin of %i s goes off at %i s, two ticks after a token is due',
    (margin, threshold) => {
      const template = synthesize({ refreshMarginSeconds: margin });

      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        AlarmName: 'ZohoTokenRefresher-TokenExpiringSoon',
        Threshold: threshold,
      });
    },
  );

  test('ZohoThrottling watches a window of 15 minutes', () => {
    const Dimensions = [{ Name: 'service', Value: 'zoho' }];
    const Metric = { Namespace: 'ZohoTokenRefresher', MetricName: 'ThrottlingWeight', Dimensions };

    expect(alarm('ZohoThrottling').Metrics).toEqual([
      expect.objectContaining({ Expression: 'FILL(weight, 0)' }),
      { Id: 'weight', MetricStat: { Metric, Period: 900, Stat: 'Sum' }, ReturnData: false },
    ]);
  });

  test('RefresherSilent watches heartbeats, and what Lambda counts for the alias of the schedule', () => {
    const ofAlias = (MetricName: string) => ({
      MetricStat: expect.objectContaining({
        Metric: {
          Namespace: 'AWS/Lambda',
          MetricName,
          Dimensions: [
            { Name: 'FunctionName', Value: { Ref: expect.stringMatching(/^ZohoRefresher/) } },
            { Name: 'Resource', Value: expect.objectContaining({ 'Fn::Join': expect.anything() }) },
          ],
        },
        Stat: 'Sum',
      }),
    });

    expect(alarm('RefresherSilent').Metrics).toEqual([
      expect.objectContaining({ Expression: 'MAX([heartbeats, invocations - errors])' }),
      expect.objectContaining({
        MetricStat: { ...sumPerMinute('Heartbeat'), Stat: 'SampleCount' },
      }),
      expect.objectContaining(ofAlias('Invocations')),
      expect.objectContaining(ofAlias('Errors')),
    ]);
    expect(JSON.stringify(alarm('RefresherSilent').Metrics)).toContain(':schedule');
  });

  test('RefresherErrors watches errors and throttles of the function', () => {
    expect(watchedMetrics(alarm('RefresherErrors'))).toMatchObject([
      { Namespace: 'AWS/Lambda', MetricName: 'Errors' },
      { Namespace: 'AWS/Lambda', MetricName: 'Throttles' },
    ]);
  });
});

describe('UnauthorizedSpike', () => {
  const SERVICE = { Name: 'service', Value: 'zoho' };

  test.each([
    ['UnauthorizedSpike', [SERVICE]],
    ['UnauthorizedSpike-crm-prod', [{ Name: 'connection', Value: 'crm-prod' }, SERVICE]],
    ['UnauthorizedSpike-desk-test', [{ Name: 'connection', Value: 'desk-test' }, SERVICE]],
  ])('%s watches the sum and the rate of 401s in 5 minutes', (name, dimensions) => {
    const metric = { Namespace: 'ZohoTokenRefresher', MetricName: 'Unauthorized', Dimensions: dimensions };

    expect(alarm(name).Metrics.slice(0, 3)).toEqual([
      expect.objectContaining({
        Expression: expect.stringContaining('IF(unauthorized >= 3, 100 * rate, 0)'),
      }),
      {
        Id: 'unauthorized',
        MetricStat: { Metric: metric, Period: 300, Stat: 'Sum' },
        ReturnData: false,
      },
      { Id: 'rate', MetricStat: { Metric: metric, Period: 300, Stat: 'Average' }, ReturnData: false },
    ]);
  });

  test('of a connection does not go off while that connection is out of service', () => {
    const { Metrics } = alarm('UnauthorizedSpike-crm-prod');
    const Dimensions = [{ Name: 'connection', Value: 'crm-prod' }, SERVICE];
    const Metric = { Namespace: 'ZohoTokenRefresher', MetricName: 'OutOfService', Dimensions };

    expect(Metrics[0].Expression).toContain(
      'IF(MAX([FILL(outOfService, REPEAT), 0 * unauthorized]) > 0, 0, ',
    );
    expect(Metrics[3]).toMatchObject({
      Id: 'outOfService',
      MetricStat: { Metric, Period: 300, Stat: 'Sum' },
    });
    expect(alarm('UnauthorizedSpike').Metrics).toHaveLength(3);
  });

  test('has the thresholds of the settings', () => {
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

  test('names its connection in the description', () => {
    expect(alarm('UnauthorizedSpike-desk-test').AlarmDescription).toMatch('consumers of desk-test');
  });
});

describe('every alarm', () => {
  test('watches metrics of this deployment', () => {
    const ours = alarms.flatMap(watchedMetrics).filter(({ Namespace }) => !Namespace.startsWith('AWS/'));

    for (const { Namespace, Dimensions, MetricName } of ours) {
      expect(Namespace).toBe('ZohoTokenRefresher');
      expect(Dimensions).toContainEqual({ Name: 'service', Value: 'zoho' });
      expect(Object.keys(METRICS)).toContain(MetricName);
    }
  });

  test('notifies the alarm topic when it goes off and when it is over', () => {
    for (const { AlarmActions, OKActions } of alarms) {
      expect(AlarmActions).toContainEqual({ Ref: topicId(deployed, 'alarms') });
      expect(OKActions).toEqual(AlarmActions);
    }
  });

  test('of one connection notifies the audience of the connection', () => {
    const template = synthesize({
      connections: {
        first: TWO_CONNECTIONS['crm-prod'],
        second: { ...TWO_CONNECTIONS['crm-prod'], severity: 'ticket' },
        third: { ...TWO_CONNECTIONS['crm-prod'], severity: 'none' },
      },
    });
    const topicsOf = (name: string) =>
      alarmsOf(template)
        .find(({ AlarmName }) => AlarmName.endsWith(`UnauthorizedSpike-${name}`))
        .AlarmActions.slice(1);

    expect(['first', 'second', 'third'].map(topicsOf)).toEqual([
      [{ Ref: topicId(template, 'page') }],
      [{ Ref: topicId(template, 'ticket') }],
      [],
    ]);
  });

  test('of the system notifies its audience itself, so that one that lasts hides no other', () => {
    const idsOf = (audience: 'page' | 'ticket') =>
      alarms
        .filter(({ AlarmActions }) =>
          AlarmActions.some(({ Ref }: { Ref: string }) => Ref === topicId(deployed, audience)),
        )
        .map(({ AlarmName }) => AlarmName.replace('ZohoTokenRefresher-', ''));

    expect(idsOf('page')).toEqual([
      'TokenExpiringSoon',
      'UnauthorizedSpike-crm-prod',
      'UnauthorizedSpike-desk-test',
      'NotificationFailed',
    ]);
    expect(idsOf('ticket')).toEqual([
      'RefreshFailing',
      'ZohoThrottling',
      'RefresherErrors',
      'DeliveryFailed',
      'ContractChanged',
    ]);
  });

  test('says what to do first and links to its runbook', () => {
    const template = synthesize({
      connections: TWO_CONNECTIONS,
      runbookBaseUrl: 'https://wiki.example.com/runbooks/',
    });

    for (const { AlarmName, AlarmDescription } of alarmsOf(template)) {
      const [, name] = AlarmName.split('-');
      expect(AlarmDescription).toMatch(/ First: /);
      expect(AlarmDescription).toMatch(
        new RegExp(` Runbook: https://wiki\\.example\\.com/runbooks/${name}\\.md$`),
      );
    }
  });

  test('has a description within the limit of CloudWatch, even with the longest names and address', () => {
    const longestName = 'c'.repeat(64);
    const template = synthesize({
      secretPrefix: 'p'.repeat(128),
      connections: { [longestName]: TWO_CONNECTIONS['crm-prod'] },
      runbookBaseUrl: `https://example.com/${'r'.repeat(280)}`,
    });

    for (const { AlarmDescription } of propertiesOf(template, 'AWS::CloudWatch::Alarm')) {
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
    }
  });

  test('links to the runbooks of this project by default', () => {
    expect(alarm('RefresherSilent').AlarmDescription).toMatch(
      'https://github.com/zoho-token-refresher/zoho-token-refresher/blob/main/docs/runbooks/RefresherSilent.md',
    );
  });
});

test('RefresherSilent pages only after RefresherStarted, which notifies no one and ignores missing data', () => {
  const ids = Object.fromEntries(
    Object.entries(deployed.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => [
      Properties.AlarmName,
      id,
    ]),
  );
  const arnOf = (name: string) => ({ 'Fn::GetAtt': [ids[`ZohoTokenRefresher-${name}`], 'Arn'] });
  const composites = propertiesOf(deployed, 'AWS::CloudWatch::CompositeAlarm');

  expect(composites).toEqual([
    expect.objectContaining({
      AlarmName: 'ZohoTokenRefresher-page',
      AlarmActions: [{ Ref: topicId(deployed, 'page') }],
      OKActions: [{ Ref: topicId(deployed, 'page') }],
      AlarmDescription: expect.stringMatching(/ Runbook: .*\/RefresherSilent\.md$/),
    }),
  ]);
  expect(composites[0]?.AlarmRule).toEqual({
    'Fn::Join': [
      '',
      [
        '(ALARM("',
        arnOf('RefresherSilent'),
        '") AND (NOT (INSUFFICIENT_DATA("',
        arnOf('RefresherStarted'),
        '"))))',
      ],
    ],
  });
  deployed.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: LATCH,
    MetricName: 'Heartbeat',
    Statistic: 'SampleCount',
    Period: 300,
    Threshold: 3,
    ComparisonOperator: 'LessThanThreshold',
    ...datapoints(12, 12),
    TreatMissingData: 'ignore',
    AlarmActions: Match.absent(),
    OKActions: Match.absent(),
    InsufficientDataActions: Match.absent(),
  });
});

test.each([
  [0, 12],
  [1, 13],
  [2, 14],
  [5, 17],
])('with %i declared connections there are %i alarms, all that CloudWatch charges for', (count, expected) => {
  const names = Array.from({ length: count }, (_, index) => `crm-${index}`);
  const connections = Object.fromEntries(names.map((name) => [name, TWO_CONNECTIONS['crm-prod']]));
  const { Resources } = synthesize({ connections }).toJSON() as {
    Resources: Record<string, { Type: string }>;
  };

  const found = Object.values(Resources).filter(({ Type }) => /^AWS::CloudWatch::.*Alarm/.test(Type));
  expect(found).toHaveLength(expected);
});

describe('the metrics of the construct', () => {
  const { zoho } = createStack({ secretPrefix: 'team-a' });

  test.each([
    ['Heartbeat', zoho.metricHeartbeat(), 'Sum'],
    ['RefreshSucceeded', zoho.metricRefreshSucceeded(), 'Sum'],
    ['RefreshFailed', zoho.metricRefreshFailed(), 'Sum'],
    ['Throttled', zoho.metricThrottled(), 'Sum'],
    ['BudgetExhausted', zoho.metricBudgetExhausted(), 'Sum'],
    ['ComplaintsDeclined', zoho.metricComplaintsDeclined(), 'Sum'],
    ['Blocked', zoho.metricBlocked(), 'Sum'],
    ['NotificationFailed', zoho.metricNotificationFailed(), 'Sum'],
    ['ScopeDrift', zoho.metricScopeDrift(), 'Sum'],
    ['ContractChanged', zoho.metricContractChanged(), 'Sum'],
    ['Unauthorized', zoho.metricUnauthorized(), 'Sum'],
    ['SoonestExpirySeconds', zoho.metricSoonestExpirySeconds(), 'Minimum'],
  ] as const)('include %s of this deployment', (name: MetricName, metric, statistic) => {
    expect(metric).toMatchObject({
      namespace: 'ZohoTokenRefresher',
      metricName: name,
      dimensions: { service: 'team-a' },
      statistic,
    });
  });

  test('accept the options of every metric', () => {
    const hourly = zoho.metricRefreshFailed({ period: Duration.hours(1), label: 'failures' });

    expect(hourly.period.toMinutes()).toBe(60);
    expect(hourly.label).toBe('failures');
  });
});

describe('the 401 metric of a connection', () => {
  const { zoho } = createStack({ secretPrefix: 'team-a', connections: TWO_CONNECTIONS });

  test('is the one that its consumers emit', () => {
    expect(zoho.connection('crm-prod').metricUnauthorized()).toMatchObject({
      namespace: 'ZohoTokenRefresher',
      metricName: 'Unauthorized',
      dimensions: { service: 'team-a', connection: 'crm-prod' },
      statistic: 'Sum',
    });
  });

  test('is the rate of 401s with the statistic Average', () => {
    const rate = zoho.connection('crm-prod').metricUnauthorized({ statistic: 'Average' });

    expect(rate.statistic).toBe('Average');
    expect(rate.dimensions).toEqual({ service: 'team-a', connection: 'crm-prod' });
  });
});

interface WatchedMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { Name: string; Value: string }[];
}

/** The metric of a plain alarm, or those of an expression. */
function watchedMetrics(properties: (typeof alarms)[number]): WatchedMetric[] {
  if (properties.Metrics === undefined) return [properties as WatchedMetric];
  return properties.Metrics.flatMap((query: { MetricStat?: { Metric: WatchedMetric } }) =>
    query.MetricStat === undefined ? [] : [query.MetricStat.Metric],
  );
}

function alarmsOf(template: Template) {
  return propertiesOf(template, 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) => AlarmName !== LATCH);
}

function alarm(name: string) {
  const found = alarms.find(({ AlarmName }) => AlarmName === `ZohoTokenRefresher-${name}`);
  if (found === undefined) throw new Error(`no alarm ${name}`);
  return found;
}

function sumPerMinute(MetricName: MetricName) {
  const Dimensions = [{ Name: 'service', Value: 'zoho' }];
  return { Metric: { Namespace: 'ZohoTokenRefresher', MetricName, Dimensions }, Period: 60, Stat: 'Sum' };
}
