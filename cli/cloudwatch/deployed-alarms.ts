import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { changedAtMs, describeAlarms } from './describe-alarms.ts';

/** An alarm as it is in CloudWatch now. */
export interface DeployedAlarm {
  readonly name: string;
  readonly state: string;
  /** When the state last changed; undefined when CloudWatch does not say. */
  readonly changedAtMs: number | undefined;
  /** The ARNs that it notifies when it goes off. */
  readonly actions: readonly string[];
  /** False when someone has disabled its actions. */
  readonly actionsEnabled: boolean;
  /** Of a composite alarm only. */
  readonly rule: string | undefined;
}

/** Every alarm whose name begins so, composite ones included. Throws `InfrastructureError`. */
export async function readDeployedAlarms(
  client: CloudWatchClient,
  namePrefix: string,
): Promise<readonly DeployedAlarm[]> {
  const found: DeployedAlarm[] = [];
  for await (const alarm of describeAlarms(client, namePrefix, { MaxRecords: 100 })) {
    found.push({
      name: alarm.AlarmName ?? '',
      state: alarm.StateValue ?? 'INSUFFICIENT_DATA',
      changedAtMs: changedAtMs(alarm),
      actions: alarm.AlarmActions ?? [],
      actionsEnabled: alarm.ActionsEnabled ?? true,
      rule: 'AlarmRule' in alarm ? alarm.AlarmRule : undefined,
    });
  }
  return found;
}

/** An alarm that the rule of a composite alarm names. */
export interface NamedAlarm {
  readonly name: string;
  /** Whether it sets off the composite alarm. Otherwise it is only a condition, and notifies no one itself. */
  readonly setsOff: boolean;
}

/** `ALARM("name or ARN")`, with or without quotes. Source: CloudWatch API Reference, PutCompositeAlarm, AlarmRule. */
const REFERENCE = /\b(ALARM|OK|INSUFFICIENT_DATA)\(\s*(?:"([^"]+)"|([^")]+))\s*\)/g;

/** The alarms that a rule names, in its order, each once. */
export function alarmsInRule(rule: string): readonly NamedAlarm[] {
  const named = [...rule.matchAll(REFERENCE)].map(([, state, quoted = '', bare = '']) => {
    const reference = quoted === '' ? bare.trim() : quoted;
    const name = reference.startsWith('arn:') ? reference.split(':').slice(6).join(':') : reference;
    return { name, setsOff: state === 'ALARM' };
  });
  return named.filter(({ name }, index) => named.findIndex((each) => each.name === name) === index);
}
