import { type AlarmList, alarmNamePrefix, CONNECTION_ALARM } from '../../lambdas/core/deployment-address.ts';
import { type ReadResult, tryRead } from '../aws/try-read.ts';
import { alarmsInRule, type DeployedAlarm, readDeployedAlarms } from '../cloudwatch/deployed-alarms.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

const REPAIR =
  'Deploy with --revert-drift, which creates and changes back what was deleted or changed by hand.';

/** The alarms as they are now. */
export interface AlarmSetupFacts {
  /** The beginning of their names. */
  readonly namePrefix: string;
  /** What was created, as the deployment's address says. */
  readonly created: AlarmList | undefined;
  readonly deployed: ReadResult<readonly DeployedAlarm[]>;
}

/** Reads every alarm of the deployment. */
export async function readAlarmSetup(session: Session): Promise<AlarmSetupFacts> {
  const { stackName, secretPrefix, alarms: created } = await session.deployment();
  const namePrefix = alarmNamePrefix(stackName, secretPrefix);
  const deployed = await tryRead(() => readDeployedAlarms(session.aws.cloudWatch, namePrefix));
  return { namePrefix, created, deployed };
}

/** Whether every alarm of the template exists, and may notify. */
export function judgeAlarmSetup({ namePrefix, created, deployed }: AlarmSetupFacts): Finding {
  if (deployed.kind === 'unavailable') return unavailable('the alarms', deployed.error);
  const byName = new Map(deployed.value.map((alarm) => [alarm.name, alarm]));
  const { toNotify, conditions } =
    created === undefined ? namesInRules(deployed.value) : namesIn(created, namePrefix);
  const missing = [...toNotify, ...conditions].filter((name) => !byName.has(name));
  const silenced = deployed.value
    .filter(({ name, actions, actionsEnabled }) =>
      actions.length > 0 ? !actionsEnabled : toNotify.includes(name),
    )
    .map(({ name }) => name);
  const omitted = created?.omitted ?? 0;
  const unchecked = omitted === 0 ? [] : [`the alarms of ${omitted} more connections are not looked for`];
  const details = [
    ...missing.map((name) => `${name} does not exist`),
    ...silenced.map((name) =>
      byName.get(name)?.actionsEnabled
        ? `${name} has no action: it notifies no one`
        : `${name} notifies no one: its actions are disabled`,
    ),
  ];
  if (details.length === 0)
    return pass(`all ${byName.size} alarms exist, with their actions enabled`, unchecked);
  const disabled = silenced.filter((name) => !byName.get(name)?.actionsEnabled);
  const isOnlyDisabled = missing.length === 0 && disabled.length === silenced.length;
  return fail(
    `${details.length} alarm${details.length === 1 ? '' : 's'} cannot notify`,
    isOnlyDisabled ? `Run: aws cloudwatch enable-alarm-actions --alarm-names ${disabled.join(' ')}` : REPAIR,
    [...details, ...unchecked],
  );
}

/** Full names. */
interface ExpectedAlarms {
  readonly toNotify: readonly string[];
  readonly conditions: readonly string[];
}

function namesIn({ alarms, conditions, connections }: AlarmList, namePrefix: string): ExpectedAlarms {
  const ofConnections = connections.map((connection) => `${CONNECTION_ALARM}-${connection}`);
  const named = (ids: readonly string[]) => ids.map((id) => `${namePrefix}${id}`);
  return { toNotify: named([...alarms, ...ofConnections]), conditions: named(conditions) };
}

/** A deployment of 0.2: the rules of its composite alarms name nearly all others. */
function namesInRules(deployed: readonly DeployedAlarm[]): ExpectedAlarms {
  const parts = deployed.flatMap(({ rule = '' }) => alarmsInRule(rule));
  const namesOf = (setsOff: boolean) =>
    parts.filter((part) => part.setsOff === setsOff).map(({ name }) => name);
  return { toNotify: namesOf(true), conditions: namesOf(false) };
}
