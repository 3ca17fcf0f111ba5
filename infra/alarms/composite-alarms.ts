import { Token } from 'aws-cdk-lib';
import { type Alarm, AlarmRule, AlarmState, type IAlarmRule } from 'aws-cdk-lib/aws-cloudwatch';

/** An alarm that does not notify its audience itself, and what it waits for. */
export interface LatchedAlarm {
  readonly alarm: Alarm;
  readonly latch: Alarm;
  /** The full names of both. */
  readonly names: readonly string[];
}

/** The rule of a composite alarm: one of the alarms is in ALARM, and its latch is set. Throws if it is too long for CloudWatch. */
export function latchedRule(latched: readonly LatchedAlarm[]): IAlarmRule {
  checkLength(latched);
  const rules = latched.map(({ alarm, latch }) =>
    AlarmRule.allOf(
      AlarmRule.fromAlarm(alarm, AlarmState.ALARM),
      AlarmRule.not(AlarmRule.fromAlarm(latch, AlarmState.INSUFFICIENT_DATA)),
    ),
  );
  const [only, ...others] = rules;
  return only !== undefined && others.length === 0 ? only : AlarmRule.anyOf(...rules);
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html; it also allows 100 alarms in a rule. */
const LONGEST_RULE = 10_240;
/** Of each alarm: the longest beginning of its ARN, and its state with the operators around it. */
const BESIDES_NAME = 'arn:aws-us-gov:cloudwatch:ap-southeast-1:111122223333:alarm:'.length + 30;

function checkLength(latched: readonly LatchedAlarm[]): void {
  const names = latched.flatMap((each) => each.names);
  if (names.some((name) => Token.isUnresolved(name))) return;
  const characters = names.reduce((sum, name) => sum + name.length + BESIDES_NAME, 0);
  if (characters <= LONGEST_RULE) return;
  throw new Error(
    `The composite alarm of ${latched.length} shards has a rule of about ${characters} characters. Allowed: ${LONGEST_RULE}. Use a shorter name for the stack or the secretPrefix, or fewer shards.`,
  );
}
