import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { toSingleLine } from '../../lambdas/core/single-line.ts';
import { changedAtMs, describeAlarms } from './describe-alarms.ts';

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
  for await (const alarm of describeAlarms(client, namePrefix, { StateValue: 'ALARM' })) {
    alarms.push({
      name: toSingleLine(alarm.AlarmName ?? ''),
      sinceMs: changedAtMs(alarm),
      reason: toSingleLine(alarm.StateReason ?? ''),
      isComposite: 'AlarmRule' in alarm,
    });
  }
  return alarms.sort((one, other) => one.name.localeCompare(other.name, 'en'));
}
