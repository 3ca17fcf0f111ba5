import type { AlarmProps } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmName } from './alarm-names.ts';

/** Who an alarm is for: `page` needs attention now, `ticket` can wait for the next working day. */
export type Audience = 'page' | 'ticket';

/** One alarm, without its full name and its topic. */
export interface AlarmDefinition {
  /** Name of its runbook. The alarm is named `<prefix><name>`, plus the part if there is one. */
  readonly name: AlarmName;
  /** What is watched, if it is not all of them: a connection or a shard. It is the end of the alarm's name. */
  readonly part?: string;
  /**
   * Who is notified besides those who get every alarm.
   *
   * @default - no one: the refresher notifies of each connection by its name
   */
  readonly audience?: Audience;
  /** What is wrong, and what happens if no one acts. One or two sentences. */
  readonly meaning: string;
  /** What to do first; shown after "First: ". */
  readonly first: string;
  /** The metric and its threshold. Each definition explains its M of N datapoints and its treatment of missing data. */
  readonly condition: Condition;
  /**
   * The audience is not notified until the latch is set: a composite alarm, named after the audience, notifies it instead.
   *
   * @default - it is notified from the beginning
   */
  readonly latch?: LatchDefinition;
}

/**
 * An alarm that remembers that something has happened: it is INSUFFICIENT_DATA before, and never again. It notifies no one and
 * needs no runbook.
 */
export interface LatchDefinition {
  readonly name: string;
  /** What has happened once it is set. */
  readonly meaning: string;
  readonly condition: Condition;
  /** One composite alarm that is shared with other alarms. @default - one for this alarm, named after the audience */
  readonly composite?: { readonly name: string; readonly meaning: string };
}

export type Condition = Omit<AlarmProps, 'alarmName' | 'alarmDescription'>;
