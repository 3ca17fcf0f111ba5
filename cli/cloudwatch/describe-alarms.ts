import {
  type CloudWatchClient,
  type CompositeAlarm,
  type DescribeAlarmsCommandInput,
  type MetricAlarm,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { translateAwsError } from '../../lambdas/adapters/aws-errors.ts';

/** The alarms whose names begin so, as CloudWatch describes them, composite ones included. Throws `InfrastructureError`. */
export async function* describeAlarms(
  client: CloudWatchClient,
  namePrefix: string,
  input: Pick<DescribeAlarmsCommandInput, 'StateValue' | 'MaxRecords'>,
): AsyncIterable<MetricAlarm | CompositeAlarm> {
  const all = {
    AlarmNamePrefix: namePrefix,
    AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const],
  };
  try {
    for await (const page of paginateDescribeAlarms({ client }, { ...all, ...input }))
      yield* [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])];
  } catch (error) {
    throw translateAwsError(error, { action: 'cloudwatch:DescribeAlarms', resource: `${namePrefix}*` });
  }
}

/** When the state of an alarm last changed; undefined when CloudWatch does not say. */
export function changedAtMs(alarm: MetricAlarm | CompositeAlarm): number | undefined {
  return (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime();
}
