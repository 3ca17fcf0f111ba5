import { type CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { translateAwsError } from '../../lambdas/adapters/aws-errors.ts';
import { toSingleLine } from '../../lambdas/core/single-line.ts';

/** An alarm in state ALARM. */
export interface ActiveAlarm {
  readonly name: string;
  readonly sinceMs: number | undefined;
  readonly reason: string;
  /** Whether it only combines other alarms. */
  readonly isComposite: boolean;
}

/** The alarms in state ALARM whose names begin so, sorted by name. Throws `InfrastructureError`. */
export async function readActiveAlarms(
  client: CloudWatchClient,
  namePrefix: string,
): Promise<readonly ActiveAlarm[]> {
  const alarms: ActiveAlarm[] = [];
  try {
    const pages = paginateDescribeAlarms(
      { client },
      {
        AlarmNamePrefix: namePrefix,
        StateValue: 'ALARM',
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      },
    );
    for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages) {
      for (const alarm of [...MetricAlarms, ...CompositeAlarms]) {
        alarms.push({
          name: toSingleLine(alarm.AlarmName ?? ''),
          sinceMs: alarm.StateTransitionedTimestamp?.getTime() ?? alarm.StateUpdatedTimestamp?.getTime(),
          reason: toSingleLine(alarm.StateReason ?? ''),
          isComposite: CompositeAlarms.includes(alarm),
        });
      }
    }
  } catch (error) {
    throw translateAwsError(error, { action: 'cloudwatch:DescribeAlarms', resource: `${namePrefix}*` });
  }
  return alarms.sort((one, other) => one.name.localeCompare(other.name, 'en'));
}
