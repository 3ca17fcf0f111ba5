import { describe, expect, test } from 'vitest';
import { judgeAlarms } from '../../../../cli/doctor/alarms.ts';
import { judgeDeadLetterQueue } from '../../../../cli/doctor/dead-letter-queue.ts';
import type { Finding } from '../../../../cli/doctor/finding.ts';
import { judgeHeartbeats } from '../../../../cli/doctor/heartbeat.ts';
import { judgeSchedule, type ScheduleFacts } from '../../../../cli/doctor/schedule.ts';
import { translateAwsError } from '../../../../lambdas/adapters/aws-errors.ts';
import { MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import { finding, read, unavailable } from './findings.ts';

/** A service that leaves "Exception" out of the error's name. */
function denied(action: string) {
  const answer = Object.assign(new Error('…'), { name: 'AccessDenied' });
  return {
    kind: 'unavailable',
    error: translateAwsError(answer, { action, resource: 'something' }),
  } as const;
}

const schedule = (overrides: Partial<ScheduleFacts> = {}) =>
  judgeSchedule({
    functionArn: 'Refresher',
    scheduleName: 'EveryMinute',
    state: read('ENABLED'),
    reservedConcurrency: read(undefined),
    ...overrides,
  });
const url = 'https://sqs.eu-west-1.amazonaws.com/000000000000/Undelivered';
const queue = (messages: number) => judgeDeadLetterQueue({ url, messages: read(messages) });
const heartbeats = (count: number, runsOfSchedule = 0) =>
  judgeHeartbeats(read({ heartbeats: count, runsOfSchedule }));
const noPermission = (action: string) => finding('unknown', '', `You have no permission for ${action}.`);

test.each<[fact: string, actual: Finding, expected: unknown]>([
  ['an enabled schedule passes', schedule(), finding('pass')],
  ['any reserved concurrency but 0 passes', schedule({ reservedConcurrency: read(1) }), finding('pass')],
  [
    'a disabled schedule fails',
    schedule({ state: read('DISABLED') }),
    finding('fail', 'the schedule EveryMinute is DISABLED: nothing is refreshed'),
  ],
  ['a deleted schedule fails', schedule({ state: unavailable('aws_not_found') }), finding('fail')],
  [
    'a function that is not allowed to run fails',
    schedule({ reservedConcurrency: read(0) }),
    finding('fail', '', 'aws lambda delete-function-concurrency --function-name Refresher'),
  ],
  [
    'a schedule without permission is unknown',
    schedule({ state: denied('scheduler:GetSchedule') }),
    noPermission('scheduler:GetSchedule'),
  ],
  [
    'reserved concurrency without permission is unknown',
    schedule({ reservedConcurrency: denied('lambda:GetFunctionConcurrency') }),
    noPermission('lambda:GetFunctionConcurrency'),
  ],

  ['an empty dead-letter queue passes', queue(0), finding('pass')],
  ['ticks in the dead-letter queue fail', queue(3), finding('fail', '3 ticks')],
  [
    'a queue without permission is unknown',
    judgeDeadLetterQueue({ url, messages: denied('sqs:GetQueueAttributes') }),
    noPermission('sqs:GetQueueAttributes'),
  ],

  [
    'one heartbeat in five minutes passes',
    heartbeats(1),
    finding('pass', '1 completed run in the last 5 minutes'),
  ],
  [
    'no heartbeat fails',
    heartbeats(0),
    finding('fail', 'the refresher completed no run', 'docs/runbooks/RefresherSilent.md'),
  ],
  [
    'runs without heartbeats fail, because alarms lack their metrics',
    heartbeats(0, 5),
    finding('fail', 'the refresher runs (5 completed runs', 'Run zoho-tokens status'),
  ],
  [
    'heartbeats without permission are unknown',
    judgeHeartbeats(denied('cloudwatch:GetMetricData')),
    finding('unknown'),
  ],
])('%s', (_, actual, expected) => {
  expect(actual).toEqual(expected);
});

describe('alarms', () => {
  const stack = { concerned: { name: 'crm-prod', shard: undefined }, namePrefix: 'ZohoTokenRefresher-' };
  const judge = (...names: string[]) =>
    judgeAlarms(
      read(
        names.map((name) => ({
          ...{ name, sinceMs: NOW_MS - 5 * MINUTE_MS, reason: 'Threshold Crossed' },
          isComposite: name.endsWith('-page'),
        })),
      ),
      stack,
      NOW_MS,
    );

  test('of the connection and of all connections fail, each with its runbook', () => {
    const actual = judge(
      'ZohoTokenRefresher-RefreshFailing',
      'ZohoTokenRefresher-UnauthorizedSpike-crm-prod',
    );

    expect(actual).toEqual(
      finding('fail', '', 'See docs/runbooks/RefreshFailing.md, docs/runbooks/UnauthorizedSpike.md.'),
    );
    expect(actual.details).toEqual([
      'ZohoTokenRefresher-RefreshFailing for 5 min: Threshold Crossed. See docs/runbooks/RefreshFailing.md',
      'ZohoTokenRefresher-UnauthorizedSpike-crm-prod for 5 min: Threshold Crossed. See docs/runbooks/UnauthorizedSpike.md',
    ]);
  });

  test('of the refresher fail', () => {
    for (const name of ['RefresherSilent', 'RefresherErrors', 'DeliveryFailed'])
      expect(judge(`ZohoTokenRefresher-${name}`).result).toBe('fail');
  });

  test('of all connections alone are named, and do not fail the check: another connection may be their cause', () => {
    const actual = judge('ZohoTokenRefresher-ReauthorizationNeeded');

    expect(actual).toEqual({
      result: 'pass',
      found: 'none of this connection, but of all connections together',
      details: [
        'ZohoTokenRefresher-ReauthorizationNeeded for 5 min: Threshold Crossed. See docs/runbooks/ReauthorizationNeeded.md',
      ],
    });
  });

  test('of another connection or another stack, and composite ones, are ignored', () => {
    const actual = judge(
      'ZohoTokenRefresher-page',
      'ZohoTokenRefresher-UnauthorizedSpike-crm-test',
      'ZohoTokenRefresher-Staging-RefreshFailing',
    );

    expect(actual).toEqual({ result: 'pass', found: 'no alarm is in ALARM' });
  });

  test('without permission are unknown', () => {
    expect(judgeAlarms(denied('cloudwatch:DescribeAlarms'), stack, NOW_MS).result).toBe('unknown');
  });
});
