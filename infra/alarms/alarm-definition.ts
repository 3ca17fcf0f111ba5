import type { AlarmProps } from 'aws-cdk-lib/aws-cloudwatch';

/** Whom an alarm is for: `page` wakes somebody up, `ticket` waits for the next working day. */
export type Audience = 'page' | 'ticket';

/** One alarm, before it has a name of its own and somebody to tell. */
export interface AlarmDefinition {
  /** Name of its runbook, and, after the stack's name, of the alarm. */
  readonly name: string;
  /** The one connection that is watched; it becomes a part of the name. @default - all of them */
  readonly connection?: string;
  readonly audience: Audience;
  /** What it means, and who notices by when. One or two sentences. */
  readonly meaning: string;
  /** What to do first; completes "First: ". */
  readonly first: string;
  /** What is watched, and when it is alarming. Each definition says why its M of N and its missing data are as they are. */
  readonly condition: Omit<AlarmProps, 'alarmName' | 'alarmDescription'>;
}
