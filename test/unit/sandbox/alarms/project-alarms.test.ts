import { describe, expect, it } from 'vitest';
import type { METRICS } from '../../../../lambdas/core/metrics.ts';
import { createAlarmEvaluator, type StateChange } from '../../../../sandbox/alarms/alarm-evaluator.ts';
import { readAlarms } from '../../../../sandbox/alarms/read-alarms.ts';
import { type MetricIdentity, MetricStore } from '../../../../sandbox/aws/metric-store.ts';
import { readMetricLine } from '../../../../sandbox/deployment/metric-log.ts';
import { logicalId, synthesize, TWO_CONNECTIONS } from '../../../infra/synthesize.ts';

const MINUTE_MS = 60_000;
const LAST_MINUTE = 100;

const template = synthesize({ connections: TWO_CONNECTIONS });
const names = {
  [logicalId(template, 'AWS::Lambda::Function')]: 'refresher',
  [logicalId(template, 'AWS::SQS::Queue')]: 'undelivered',
};
const definitions = readAlarms(template.toJSON(), { names });

/** Values of a metric: what is measured in a minute that is counted from 0. */
interface Story {
  readonly alarm: string;
  readonly metrics: readonly {
    readonly metric: MetricIdentity;
    readonly valuesIn: (minute: number) => readonly number[];
  }[];
  /** The minutes at whose beginning the alarm is found to have changed. */
  readonly goesOffAt: number;
  readonly isOverAt: number;
}

const STORIES: readonly Story[] = [
  {
    alarm: 'ReauthorizationNeeded',
    metrics: [{ metric: ours('Blocked'), valuesIn: onlyIn([10, 15], 1) }],
    goesOffAt: 11,
    isOverAt: 25,
  },
  {
    alarm: 'TokenExpiringSoon',
    metrics: [
      {
        metric: ours('SoonestExpirySeconds'),
        valuesIn: (minute) => (minute === 10 ? [200, 179] : [3600, 300]),
      },
    ],
    goesOffAt: 11,
    isOverAt: 12,
  },
  {
    alarm: 'RefresherSilent',
    metrics: [{ metric: ours('Heartbeat'), valuesIn: (minute) => (minute >= 10 && minute < 20 ? [] : [1]) }],
    goesOffAt: 15,
    isOverAt: 21,
  },
  ...['', '-crm-prod', '-desk-test'].map((suffix) => ({
    alarm: `UnauthorizedSpike${suffix}`,
    metrics: [
      {
        metric: ours('Unauthorized', suffix === '' ? {} : { connection: suffix.slice(1) }),
        valuesIn: (minute: number) => [...Array(50).fill(0), ...(minute === 10 ? [1, 1, 1] : [])],
      },
    ],
    goesOffAt: 11,
    isOverAt: 16,
  })),
  {
    alarm: 'RefreshFailing',
    metrics: [{ metric: ours('RefreshFailed'), valuesIn: onlyIn([10, 12, 14], 1) }],
    goesOffAt: 15,
    isOverAt: 18,
  },
  {
    alarm: 'ZohoThrottling',
    metrics: [{ metric: ours('BudgetExhausted'), valuesIn: onlyIn([10], 1) }],
    goesOffAt: 11,
    isOverAt: 26,
  },
  {
    alarm: 'RefresherErrors',
    metrics: [
      { metric: lambda('Errors'), valuesIn: onlyIn([10, 13], 1) },
      { metric: lambda('Throttles'), valuesIn: onlyIn([11], 2) },
    ],
    goesOffAt: 14,
    isOverAt: 16,
  },
  {
    alarm: 'DeliveryFailed',
    metrics: [
      {
        metric: {
          namespace: 'AWS/SQS',
          name: 'ApproximateNumberOfMessagesVisible',
          dimensions: { QueueName: 'undelivered' },
        },
        valuesIn: (minute) => [minute >= 10 && minute < 20 ? 1 : 0],
      },
    ],
    goesOffAt: 11,
    isOverAt: 25,
  },
  {
    alarm: 'ScopeDrift',
    metrics: [{ metric: ours('ScopeDrift'), valuesIn: onlyIn([10], 1) }],
    goesOffAt: 11,
    isOverAt: 91,
  },
];

describe("the alarms of this project's template", () => {
  it('can be read, all of them', () => {
    const inTemplate = ['Alarm', 'CompositeAlarm'].flatMap((type) =>
      Object.values(template.findResources(`AWS::CloudWatch::${type}`)).map(
        ({ Properties }) => Properties.AlarmName,
      ),
    );

    expect(definitions.map(({ name }) => name)).toEqual(inTemplate);
  });

  it('are all tried here', () => {
    const metricAlarms = definitions.filter(({ kind }) => kind === 'metric').map(({ name }) => name);

    expect(STORIES.map(({ alarm }) => fullName(alarm)).sort()).toEqual(metricAlarms.sort());
  });

  it.each(STORIES.map((story) => [story.alarm, story] as const))(
    '%s goes off, and is over',
    (alarm, story) => {
      const changes = play(story);

      expect(minutesOf(changes, alarm)).toEqual([`ALARM at ${story.goesOffAt}`, `OK at ${story.isOverAt}`]);
    },
  );

  it.each([
    ['page', 'TokenExpiringSoon'],
    ['ticket', 'RefresherErrors'],
  ])('%s goes off and is over together with %s', (audience, alarm) => {
    const story = STORIES.find((each) => each.alarm === alarm);
    if (story === undefined) throw new Error(`no story of ${alarm}`);

    const changes = play(story);

    expect(minutesOf(changes, audience)).toEqual([`ALARM at ${story.goesOffAt}`, `OK at ${story.isOverAt}`]);
  });

  it('stay off with two 401s of three calls, and with three of a thousand', () => {
    const unauthorized = (unauthorizedCount: number, count: number) =>
      play({
        metrics: [
          {
            metric: ours('Unauthorized'),
            valuesIn: (minute) =>
              minute === 10
                ? Array.from({ length: count }, (_, index) => Number(index < unauthorizedCount))
                : [],
          },
        ],
      });

    expect(minutesOf(unauthorized(2, 3), 'UnauthorizedSpike')).toEqual([]);
    expect(minutesOf(unauthorized(3, 1000), 'UnauthorizedSpike')).toEqual([]);
    expect(minutesOf(unauthorized(3, 500), 'UnauthorizedSpike')[0]).toBe('ALARM at 11');
  });

  it('take their metrics from lines of embedded metric format', () => {
    const store = new MetricStore();
    const line = {
      _aws: {
        Timestamp: 30_000,
        CloudWatchMetrics: [
          { Namespace: 'ZohoTokenRefresher', Dimensions: [['service']], Metrics: [{ Name: 'Blocked' }] },
        ],
      },
      service: 'zoho',
      Blocked: 1,
    };
    for (const { namespace, point } of readMetricLine(JSON.stringify(line)))
      store.addValue({ namespace, name: point.name, dimensions: point.dimensions }, point);

    const changes = createAlarmEvaluator(definitions, store).evaluate(MINUTE_MS);

    expect(changes).toContainEqual(
      expect.objectContaining({ alarm: fullName('ReauthorizationNeeded'), to: 'ALARM' }),
    );
  });
});

/** What changes when a story is evaluated minute by minute, with a refresher that is alive in all stories but its own. */
function play({ metrics }: Pick<Story, 'metrics'>): StateChange[] {
  const store = new MetricStore();
  const tellsOfHeartbeat = metrics.some(({ metric }) => metric.name === 'Heartbeat');
  const told = tellsOfHeartbeat ? metrics : [...metrics, { metric: ours('Heartbeat'), valuesIn: () => [1] }];
  const evaluator = createAlarmEvaluator(definitions, store);
  return Array.from({ length: LAST_MINUTE }, (_, minute) => minute).flatMap((minute) => {
    for (const { metric, valuesIn } of told) {
      for (const value of valuesIn(minute))
        store.addValue(metric, { value, atMs: minute * MINUTE_MS + 30_000 });
    }
    return evaluator.evaluate((minute + 1) * MINUTE_MS);
  });
}

/** An alarm's changes, without the first: from nothing known to OK. */
function minutesOf(changes: readonly StateChange[], alarm: string): string[] {
  return changes
    .filter((change) => change.alarm === fullName(alarm) && change.from !== 'INSUFFICIENT_DATA')
    .map(({ to, atMs }) => `${to} at ${atMs / MINUTE_MS}`);
}

function fullName(alarm: string): string {
  return `ZohoTokenRefresher-${alarm}`;
}

function ours(name: keyof typeof METRICS, dimensions: Readonly<Record<string, string>> = {}): MetricIdentity {
  return { namespace: 'ZohoTokenRefresher', name, dimensions: { service: 'zoho', ...dimensions } };
}

function lambda(name: string): MetricIdentity {
  return { namespace: 'AWS/Lambda', name, dimensions: { FunctionName: 'refresher' } };
}

function onlyIn(minutes: readonly number[], value: number): (minute: number) => readonly number[] {
  return (minute) => (minutes.includes(minute) ? [value] : []);
}
