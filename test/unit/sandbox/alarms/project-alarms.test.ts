import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { METRICS } from '../../../../lambdas/core/metrics.ts';
import { createAlarmEvaluator, type StateChange } from '../../../../sandbox/alarms/alarm-evaluator.ts';
import { readAlarms } from '../../../../sandbox/alarms/read-alarms.ts';
import { type MetricIdentity, MetricStore } from '../../../../sandbox/aws/metric-store.ts';
import { addMetricLine } from '../../../../sandbox/deployment/metric-log.ts';
import { logicalId, synthesize, TWO_CONNECTIONS } from '../../../infra/synthesize.ts';

const MINUTE_MS = 60_000;
const LAST_MINUTE = 100;
const LAST_REFUSAL = 15;

const template = synthesize({ connections: TWO_CONNECTIONS });
const names = {
  [logicalId(template, 'AWS::Lambda::Function')]: 'refresher',
  [logicalId(template, 'AWS::SQS::Queue')]: 'undelivered',
};
const definitions = readAlarms(template.toJSON(), { names });

/** A metric with what is measured in each minute, counted from 0. */
type Measured = readonly [metric: MetricIdentity, valuesIn: (minute: number) => readonly number[]];
/** The minutes at whose beginning the alarm is found to have changed, and what was measured. */
type Story = [alarm: string, goesOffAt: number, isOverAt: number, ...measured: Measured[]];

const STORIES: Story[] = [
  ['ReauthorizationNeeded', 11, 25, [ours('Blocked'), onlyIn([10, LAST_REFUSAL], 1)]],
  [
    'TokenExpiringSoon',
    11,
    12,
    [ours('FleetExpirySeconds'), (minute) => (minute === 10 ? [200, 179] : [3600, 300])],
  ],
  ['RefresherSilent', 15, 21, [ours('Heartbeat'), (minute) => (isBroken(minute) ? [] : [1])]],
  ...['', '-crm-prod', '-desk-test'].map((suffix): Story => {
    const metric = ours('Unauthorized', suffix === '' ? {} : { connection: suffix.slice(1) });
    const valuesIn = (minute: number) => [...Array(50).fill(0), ...(minute === 10 ? [1, 1, 1] : [])];
    return [`UnauthorizedSpike${suffix}`, 11, 16, [metric, valuesIn]];
  }),
  ['RefreshFailing', 15, 18, [ours('FailingWeight'), onlyIn([10, 12, 14], 1)]],
  ['ZohoThrottling', 11, 26, [ours('ThrottlingWeight'), onlyIn([10], 1)]],
  ['NotificationFailed', 13, 18, [ours('NotificationFailed'), onlyIn([10, 12], 1)]],
  [
    'RefresherErrors',
    14,
    16,
    [lambda('Errors'), onlyIn([10, 13], 1)],
    [lambda('Throttles'), onlyIn([11], 2)],
  ],
  ['DeliveryFailed', 11, 25, [undelivered(), (minute) => [isBroken(minute) ? 1 : 0]]],
  ['ContractChanged', 11, 91, [ours('ContractChanged'), onlyIn([10], 1)]],
];

describe("the alarms of this project's template", () => {
  it('can be read, all of them', () => {
    const inTemplate = ['Alarm', 'CompositeAlarm'].flatMap((type) =>
      Object.values(template.findResources(`AWS::CloudWatch::${type}`)).map(
        ({ Properties }) => Properties.AlarmName,
      ),
    );

    expect(definitions.map(({ name }) => name).sort()).toEqual(inTemplate.sort());
  });

  it('are all tried here', () => {
    const metricAlarms = definitions.filter(({ kind }) => kind === 'metric').map(({ name }) => name);

    const tried = [...STORIES.map(([alarm]) => alarm), 'RefresherStarted'].map(fullName);
    expect(tried.sort()).toEqual(metricAlarms.sort());
  });

  it.each([
    [
      'while Lambda counts runs of the schedule, although the heartbeats are lost',
      scheduleAlias('Invocations'),
      [],
    ],
    [
      'while only others than the schedule invoke the function',
      lambda('Invocations'),
      ['ALARM at 15', 'OK at 21'],
    ],
  ])('RefresherSilent judges both sources: %s', (_, invocations, changes) => {
    const heartbeats: Measured = [ours('Heartbeat'), (minute) => (isBroken(minute) ? [] : [1])];

    expect(minutesOf(play([heartbeats, [invocations, () => [1]]]), 'RefresherSilent')).toEqual(changes);
  });

  it('RefresherSilent goes off when every run of the schedule fails', () => {
    const story: Measured[] = [
      [ours('Heartbeat'), (minute) => (isBroken(minute) ? [] : [1])],
      [scheduleAlias('Invocations'), () => [1]],
      [scheduleAlias('Errors'), (minute) => [isBroken(minute) ? 1 : 0]],
    ];

    expect(minutesOf(play(story), 'RefresherSilent')).toEqual(['ALARM at 13', 'OK at 21']);
  });

  it('RefresherStarted is OK from the third run on, also when the refresher dies', () => {
    const changes = play([[ours('Heartbeat'), (minute) => (minute >= 5 && minute < 15 ? [1] : [])]]);

    expect(changes.filter(({ alarm }) => alarm === fullName('RefresherStarted'))).toEqual([
      expect.objectContaining({ from: 'INSUFFICIENT_DATA', to: 'OK', atMs: 8 * MINUTE_MS }),
    ]);
  });

  it.each<Story>(STORIES)(
    '%s goes off at minute %i, and is over at minute %i',
    (alarm, goesOffAt, isOverAt, ...measured) => {
      expect(minutesOf(play(measured), alarm)).toEqual([`ALARM at ${goesOffAt}`, `OK at ${isOverAt}`]);
    },
  );

  it('the runbook says how long after the last refusal ReauthorizationNeeded is over', () => {
    const [, , isOverAt = 0] = STORIES.find(([each]) => each === 'ReauthorizationNeeded') ?? [];
    const runbook = readFileSync('docs/runbooks/ReauthorizationNeeded.md', 'utf8');

    expect(runbook).toContain(`up to ${isOverAt - LAST_REFUSAL} minutes later`);
  });

  it('page goes off and is over together with RefresherSilent', () => {
    const [, , , ...measured] = STORIES.find(([each]) => each === 'RefresherSilent') ?? [];

    const changes = play(measured);

    expect(minutesOf(changes, 'page')).toHaveLength(2);
    expect(minutesOf(changes, 'page')).toEqual(minutesOf(changes, 'RefresherSilent'));
  });

  it('TokenExpiringSoon keeps its state while the refresher is silent', () => {
    const expired: Measured = [
      ours('FleetExpirySeconds'),
      (minute) => (isBroken(minute) ? [] : [minute < 40 ? 0 : 3600]),
    ];

    expect(minutesOf(play([expired]), 'TokenExpiringSoon')).toEqual(['OK at 41']);
  });

  it.each([
    ['TokenExpiringSoon', 'FleetExpirySeconds', 0],
    ['ContractChanged', 'ContractChanged', 1],
  ] as const)('%s notifies its topic itself while another one is in ALARM', (_, name, value) => {
    const lasting: Measured = [ours(name), () => [value]];
    const [, , , ...measured] = STORIES.find(([each]) => each === 'RefresherErrors') ?? [];

    const notifies = play([lasting, ...measured, [ours('Heartbeat'), () => [1]]])
      .filter(({ to }) => to === 'ALARM')
      .map(({ alarm }) => alarm);

    expect(notifies).toContain(fullName('RefresherErrors'));
    expect(notifies).not.toContain(fullName('page'));
  });

  it('stay off with two 401s of three calls, and with three of a thousand', () => {
    const unauthorized = (unauthorizedCount: number, count: number) => {
      const values = Array.from({ length: count }, (_, index) => Number(index < unauthorizedCount));
      return play([[ours('Unauthorized'), (minute) => (minute === 10 ? values : [])]]);
    };

    expect(minutesOf(unauthorized(2, 3), 'UnauthorizedSpike')).toEqual([]);
    expect(minutesOf(unauthorized(3, 1000), 'UnauthorizedSpike')).toEqual([]);
    expect(minutesOf(unauthorized(3, 500), 'UnauthorizedSpike')[0]).toBe('ALARM at 11');
  });

  describe('UnauthorizedSpike of a connection', () => {
    const OF = { connection: 'crm-prod' };
    const isRejected = (minute: number) => minute >= 10 && minute < 60;
    const rejected: Measured = [ours('Unauthorized', OF), (minute) => (isRejected(minute) ? [1, 1, 1] : [0])];

    it('stays off while the connection is out of service, which is counted every 5 to 6 minutes', () => {
      const looks = [10, 13, 18, 24, 30, 36, 42, 48, 54];
      const out: Measured = [ours('OutOfService', OF), (minute) => (looks.includes(minute) ? [1] : [])];

      expect(minutesOf(play([rejected, out]), 'UnauthorizedSpike-crm-prod')).toEqual([]);
    });

    it('goes off for a connection that was never out of service', () => {
      const changes = minutesOf(play([rejected]), 'UnauthorizedSpike-crm-prod');

      expect(changes).toEqual(['ALARM at 11', 'OK at 65']);
    });

    it('goes off a quarter of an hour after the connection is back in service, if its consumers still get 401s', () => {
      const out: Measured = [ours('OutOfService', OF), (minute) => (minute === 10 ? [1] : [])];

      expect(minutesOf(play([rejected, out]), 'UnauthorizedSpike-crm-prod')).toEqual([
        'ALARM at 26',
        'OK at 65',
      ]);
    });

    it('does not depend on what happens to other connections', () => {
      const out: Measured = [ours('OutOfService', { connection: 'desk-us' }), () => [1]];

      expect(minutesOf(play([rejected, out]), 'UnauthorizedSpike-crm-prod')).toEqual([
        'ALARM at 11',
        'OK at 65',
      ]);
    });
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
    addMetricLine(store, JSON.stringify(line));

    const changes = createAlarmEvaluator(definitions, store).evaluate(MINUTE_MS);

    expect(changes).toContainEqual(
      expect.objectContaining({ alarm: fullName('ReauthorizationNeeded'), to: 'ALARM' }),
    );
  });
});

/** What changes when a story is evaluated minute by minute, with a refresher that is alive in all stories but its own. */
function play(story: readonly Measured[]): StateChange[] {
  const store = new MetricStore();
  const hasHeartbeat = story.some(([metric]) => metric.name === 'Heartbeat');
  const measured: readonly Measured[] = hasHeartbeat ? story : [...story, [ours('Heartbeat'), () => [1]]];
  const evaluator = createAlarmEvaluator(definitions, store);
  return Array.from({ length: LAST_MINUTE }, (_, minute) => minute).flatMap((minute) => {
    for (const [metric, valuesIn] of measured)
      for (const value of valuesIn(minute))
        store.addValue(metric, { value, atMs: minute * MINUTE_MS + 30_000 });
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

function scheduleAlias(name: string): MetricIdentity {
  const dimensions = { FunctionName: 'refresher', Resource: 'refresher:schedule' };
  return { namespace: 'AWS/Lambda', name, dimensions };
}

function undelivered(): MetricIdentity {
  const name = 'ApproximateNumberOfMessagesVisible';
  return { namespace: 'AWS/SQS', name, dimensions: { QueueName: 'undelivered' } };
}

function isBroken(minute: number): boolean {
  return minute >= 10 && minute < 20;
}

function onlyIn(minutes: readonly number[], value: number): (minute: number) => readonly number[] {
  return (minute) => (minutes.includes(minute) ? [value] : []);
}
