import { alarmNamePrefix } from '../../lambdas/core/deployment-address.ts';
import { type ReadResult, tryRead } from '../aws/try-read.ts';
import { alarmsInRule, type DeployedAlarm, readDeployedAlarms } from '../cloudwatch/deployed-alarms.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

/** The composite alarms. Their rules name every other alarm of the template. */
const COMPOSITES = ['page', 'ticket'] as const;

const REPAIR =
  'Deploy with --revert-drift, which creates and changes back what was deleted or changed by hand.';

/** The alarms as they are now. */
export interface AlarmSetupFacts {
  /** The beginning of their names. */
  readonly namePrefix: string;
  readonly deployed: ReadResult<readonly DeployedAlarm[]>;
}

/** Reads every alarm of the deployment. */
export async function readAlarmSetup(session: Session): Promise<AlarmSetupFacts> {
  const { stackName, secretPrefix } = await session.deployment();
  const namePrefix = alarmNamePrefix(stackName, secretPrefix);
  const deployed = await tryRead(() => readDeployedAlarms(session.aws.cloudWatch, namePrefix));
  return { namePrefix, deployed };
}

/** Whether every alarm of the template exists, and may notify. */
export function judgeAlarmSetup({ namePrefix, deployed }: AlarmSetupFacts): Finding {
  if (deployed.kind === 'unavailable') return unavailable('the alarms', deployed.error);
  const byName = new Map(deployed.value.map((alarm) => [alarm.name, alarm]));
  const composites = COMPOSITES.map((audience) => `${namePrefix}${audience}`);
  const parts = composites.flatMap((name) => alarmsInRule(byName.get(name)?.rule ?? ''));
  const missing = [...composites, ...parts.map(({ name }) => name)].filter((name) => !byName.has(name));
  const isToNotify = (name: string) =>
    composites.includes(name) || parts.some((part) => part.setsOff && part.name === name);
  // One that is only a condition of a rule has no action.
  const silenced = deployed.value
    .filter(({ name, notifies, actionsEnabled }) => (notifies ? !actionsEnabled : isToNotify(name)))
    .map(({ name }) => name);
  const details = [
    ...missing.map((name) => `${name} does not exist`),
    ...silenced.map((name) =>
      byName.get(name)?.actionsEnabled
        ? `${name} has no action: it notifies no one`
        : `${name} notifies no one: its actions are disabled`,
    ),
  ];
  if (details.length === 0) return pass(`all ${byName.size} alarms exist, with their actions enabled`);
  const disabled = silenced.filter((name) => !byName.get(name)?.actionsEnabled);
  const isOnlyDisabled = missing.length === 0 && disabled.length === silenced.length;
  return fail(
    `${details.length} alarm${details.length === 1 ? '' : 's'} cannot notify`,
    isOnlyDisabled ? `Run: aws cloudwatch enable-alarm-actions --alarm-names ${disabled.join(' ')}` : REPAIR,
    details,
  );
}
