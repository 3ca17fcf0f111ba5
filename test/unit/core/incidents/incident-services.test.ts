import { expect, test } from 'vitest';
import { PROBLEMS } from '../../../../lambdas/core/connection/connection.ts';
import { composeNotification } from '../../../../lambdas/core/incidents/connection-notification.ts';
import { blockedConnection, NOW_MS } from '../../../support/builders.ts';

const SENDER = {
  secretPrefix: 'zoho',
  partition: 'aws',
  account: '111122223333',
  region: 'eu-central-1',
  runbookBaseUrl: 'https://wiki.example.com',
};

/**
 * What CloudWatch publishes about any alarm, the sample of a composite alarm, which has no `Trigger`. Sources:
 * https://github.com/aws/aws-lambda-go/tree/main/events/testdata (cloudwatch-alarm-sns-payload-*.json), and for PagerDuty's rules
 * http://cetinich.net/content/2022/cloudwatch-pagerduty-sns/: JSON without a mistake, a subject that begins with the state, and the
 * same state in `NewStateValue`. PagerDuty itself documents none of this.
 */
const FIELDS = {
  AlarmName: /./,
  AlarmDescription: /./,
  AWSAccountId: /^\d{12}$/,
  NewStateValue: /^(ALARM|OK)$/,
  OldStateValue: /^(ALARM|OK)$/,
  NewStateReason: /./,
  StateChangeTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/,
  Region: /./,
  AlarmArn: /^arn:aws:cloudwatch:eu-central-1:111122223333:alarm:/,
} as const;

const STATES = [
  ['begun', 'ALARM'],
  ['ended', 'OK'],
] as const;
const CASES = PROBLEMS.filter((problem) => problem !== 'client-refused').flatMap((problem) =>
  STATES.map(([state, value]) => [problem, state, value] as const),
);

test.each(CASES)(
  '%s %s looks to an incident service like an alarm that is in %s',
  (problem, state, value) => {
    const notification = composeNotification(
      blockedConnection(),
      { problem, sinceMs: NOW_MS, state },
      { declared: undefined, sender: SENDER, nowMs: NOW_MS },
    );
    const alarm = JSON.parse(JSON.stringify(notification?.alarm)) as Record<string, string>;

    expect(Object.keys(alarm).toSorted()).toEqual(Object.keys(FIELDS).toSorted());
    for (const [field, form] of Object.entries(FIELDS)) expect(alarm[field], field).toMatch(form);
    expect(alarm.NewStateValue).toBe(value);
    expect(notification?.subject.startsWith(`${value}: `)).toBe(true);
    expect(Number.isNaN(Date.parse(alarm.StateChangeTime ?? ''))).toBe(false);
  },
);
