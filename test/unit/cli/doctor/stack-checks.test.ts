import { describe, expect, test } from 'vitest';
import { judgeAlarms } from '../../../../cli/doctor/alarms.ts';
import { judgeDeadLetterQueue } from '../../../../cli/doctor/dead-letter-queue.ts';
import { judgeHeartbeats } from '../../../../cli/doctor/heartbeat.ts';
import { judgeSchedule, type ScheduleFacts } from '../../../../cli/doctor/schedule.ts';
import { translateAwsError } from '../../../../lambdas/adapters/aws-errors.ts';
import { InfrastructureError } from '../../../../lambdas/core/failures.ts';
import { failureOf, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';

const seen = <Value>(value: Value) => ({ kind: 'seen', value }) as const;

/** As services answer that leave "Exception" out of the error's name. */
function denied(action: string) {
  const answer = Object.assign(new Error('…'), { name: 'AccessDenied' });
  return { kind: 'unseen', error: translateAwsError(answer, { action, resource: 'something' }) } as const;
}

describe('schedule', () => {
  const judge = (overrides: Partial<ScheduleFacts> = {}) =>
    judgeSchedule({
      functionName: 'Refresher',
      scheduleName: 'EveryMinute',
      state: seen('ENABLED'),
      reservedConcurrency: seen(undefined),
      ...overrides,
    });

  test('an enabled one passes, with any concurrency but 0', () => {
    expect(judge().result).toBe('pass');
    expect(judge({ reservedConcurrency: seen(1) }).result).toBe('pass');
  });

  test('a disabled or deleted one, and a function that may not run, fail', () => {
    const notFound = new InfrastructureError(failureOf('aws_not_found'));

    expect(judge({ state: seen('DISABLED') })).toMatchObject({
      result: 'fail',
      found: 'the schedule EveryMinute is DISABLED: nothing is refreshed',
    });
    expect(judge({ state: { kind: 'unseen', error: notFound } }).result).toBe('fail');
    expect(judge({ reservedConcurrency: seen(0) })).toMatchObject({
      result: 'fail',
      fix: 'aws lambda delete-function-concurrency --function-name Refresher',
    });
  });

  test('a stack that does not name it, and a missing permission, are unknown', () => {
    expect(judge({ scheduleName: undefined, state: seen(undefined) })).toMatchObject({
      result: 'unknown',
      fix: 'npm run deploy',
    });
    expect(judge({ state: denied('scheduler:GetSchedule') })).toMatchObject({
      result: 'unknown',
      fix: 'You have no permission for scheduler:GetSchedule.',
    });
    expect(judge({ reservedConcurrency: denied('lambda:GetFunctionConcurrency') })).toMatchObject({
      result: 'unknown',
      fix: 'You have no permission for lambda:GetFunctionConcurrency.',
    });
  });
});

describe('dead-letter queue', () => {
  const url = 'https://sqs.eu-west-1.amazonaws.com/000000000000/Undelivered';

  test('is empty, or some ticks were lost', () => {
    expect(judgeDeadLetterQueue({ url, messages: seen(0) }).result).toBe('pass');
    expect(judgeDeadLetterQueue({ url, messages: seen(3) })).toMatchObject({
      result: 'fail',
      found: expect.stringContaining('3 ticks'),
    });
  });

  test('is unknown where nobody says or sees', () => {
    expect(judgeDeadLetterQueue({ url: undefined, messages: seen(0) }).result).toBe('unknown');
    expect(judgeDeadLetterQueue({ url, messages: denied('sqs:GetQueueAttributes') })).toMatchObject({
      result: 'unknown',
      fix: 'You have no permission for sqs:GetQueueAttributes.',
    });
  });
});

describe('heartbeat', () => {
  test('one in five minutes is a sign of life, none is none', () => {
    expect(judgeHeartbeats(seen(1)).result).toBe('pass');
    expect(judgeHeartbeats(seen(0))).toMatchObject({
      result: 'fail',
      fix: 'docs/runbooks/RefresherSilent.md',
    });
    expect(judgeHeartbeats(denied('cloudwatch:GetMetricData')).result).toBe('unknown');
  });
});

describe('alarms', () => {
  const judge = (...names: string[]) =>
    judgeAlarms(
      seen(names.map((name) => ({ name, sinceMs: NOW_MS - 5 * MINUTE_MS, reason: 'Threshold Crossed' }))),
      { name: 'crm-prod', stackName: 'ZohoTokenRefresher' },
      NOW_MS,
    );

  test('those of the fleet and of the connection fail, each with its runbook', () => {
    const finding = judge(
      'ZohoTokenRefresher-RefreshFailing',
      'ZohoTokenRefresher-UnauthorizedSpike-crm-prod',
    );

    expect(finding).toMatchObject({
      result: 'fail',
      fix: 'docs/runbooks/RefreshFailing.md, docs/runbooks/UnauthorizedSpike.md',
    });
    expect(finding.details).toEqual([
      'ZohoTokenRefresher-RefreshFailing for 5 min: Threshold Crossed',
      'ZohoTokenRefresher-UnauthorizedSpike-crm-prod for 5 min: Threshold Crossed',
    ]);
  });

  test('those of another connection, or of a stack whose name begins like this one’s, are theirs', () => {
    const finding = judge(
      'ZohoTokenRefresher-UnauthorizedSpike-crm-test',
      'ZohoTokenRefresher-Staging-RefreshFailing',
    );

    expect(finding).toEqual({ result: 'pass', found: 'none is in ALARM' });
  });

  test('who may not see them is told so', () => {
    const stack = { name: 'crm-prod', stackName: 'ZohoTokenRefresher' };

    expect(judgeAlarms(denied('cloudwatch:DescribeAlarms'), stack, NOW_MS).result).toBe('unknown');
  });
});
