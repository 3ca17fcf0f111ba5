import { SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { alarmNamePrefix } from '../../lambdas/core/deployment-address.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { alarmsInRule, type DeployedAlarm, readDeployedAlarms } from './deployed-alarms.ts';

/** Who is notified: now, or on the next working day. */
export type Audience = 'page' | 'ticket';

/** The alarms of a test. */
export interface TestedAlarms {
  /** The composite alarm of the audience, which notifies its topic. */
  readonly composite: string;
  /** The alarm that is set off: one of those behind the composite alarm. It notifies the alarm topic. */
  readonly alarm: string;
}

/** How a test went. Undefined: not within the time that is allowed for it. */
export interface TestResult {
  readonly wentOffAfterSeconds: number | undefined;
  readonly overAfterSeconds: number | undefined;
}

/** What notifications contain as the reason. */
export const TEST_REASON =
  'Test of the notifications (zoho-tokens alarms test). Nothing is wrong: no action is needed.';
const END_REASON = 'End of the test of the notifications (zoho-tokens alarms test).';

/**
 * The alarm that a test sets off. It sets off its composite alarm under no further condition, and operator-policy.json allows it.
 * If it is disabled, another one.
 */
export const TESTED_ALARMS: Readonly<Record<Audience, string>> = {
  page: 'TokenExpiringSoon',
  ticket: 'RefreshFailing',
};

const POLL_MS = 5_000;
const LONGEST_MS = 180_000;

/** Chooses the alarm to set off. Throws {@link CliError} when a test would show nothing. */
export async function chooseTestedAlarms(session: Session, audience: Audience): Promise<TestedAlarms> {
  const prefix = await prefixOf(session);
  const alarms = await readDeployedAlarms(session.aws.cloudWatch, prefix);
  const find = (name: string) => alarms.find((alarm) => alarm.name === name);
  const composite = find(`${prefix}${audience}`);
  if (composite === undefined)
    throw new CliError(
      `The alarm ${prefix}${audience} does not exist.`,
      'Deploy with --revert-drift, unless the setting disabledAlarms leaves out every alarm behind it.',
    );
  if (composite.state === 'ALARM')
    throw new CliError(
      `${composite.name} is in ALARM already, so a test would send no notification.`,
      'Run: zoho-tokens status. Fix what it lists, then test again.',
    );
  const parts = alarmsInRule(composite.rule ?? '').flatMap(({ name, setsOff }) => {
    const part = setsOff ? find(name) : undefined;
    return part === undefined || part.state === 'ALARM' ? [] : [part.name];
  });
  const alarm = parts.find((name) => name === `${prefix}${TESTED_ALARMS[audience]}`) ?? parts[0];
  if (alarm === undefined)
    throw new CliError(
      `No alarm behind ${composite.name} can be set off.`,
      'Run: zoho-tokens audit. It lists alarms that do not exist.',
    );
  return { composite: composite.name, alarm };
}

/**
 * Sets off the alarm, waits until the composite alarm has gone off, ends it, and waits until the composite alarm is over.
 *
 * CloudWatch returns a metric alarm to its actual state at its next evaluation, and evaluates a composite alarm when one of its alarms
 * changes. So the state may be over before it is seen: the time of the last change is looked at as well.
 * Source: CloudWatch API Reference, SetAlarmState.
 */
export async function testNotification(
  session: Session,
  { composite, alarm }: TestedAlarms,
  onProgress: (message: string) => void,
): Promise<TestResult> {
  const { clock } = session.runtime;
  const before = (await readAlarm(session, composite))?.changedAtMs ?? 0;
  const startedAtMs = clock.now();
  await setState(session, alarm, 'ALARM', TEST_REASON);
  onProgress(`waiting for ${composite} to go off`);
  const wentOff = await waitFor(session, async () => {
    const now = await readAlarm(session, composite);
    return now?.state === 'ALARM' || (now?.changedAtMs ?? 0) > before;
  });
  const wentOffAtMs = clock.now();
  if ((await readAlarm(session, alarm))?.state === 'ALARM') await setState(session, alarm, 'OK', END_REASON);
  onProgress(`waiting for ${composite} to be over`);
  const isOver = await waitFor(session, async () => (await readAlarm(session, composite))?.state !== 'ALARM');
  return {
    wentOffAfterSeconds: wentOff ? secondsBetween(startedAtMs, wentOffAtMs) : undefined,
    overAfterSeconds: isOver ? secondsBetween(wentOffAtMs, clock.now()) : undefined,
  };
}

async function waitFor({ runtime }: Session, isReached: () => Promise<boolean>): Promise<boolean> {
  const endMs = runtime.clock.now() + LONGEST_MS;
  for (;;) {
    if (await isReached()) return true;
    if (runtime.clock.now() >= endMs) return false;
    await runtime.wait(POLL_MS);
  }
}

async function readAlarm(session: Session, name: string): Promise<DeployedAlarm | undefined> {
  return (await readDeployedAlarms(session.aws.cloudWatch, name)).find((alarm) => alarm.name === name);
}

async function setState(
  session: Session,
  AlarmName: string,
  StateValue: 'ALARM' | 'OK',
  StateReason: string,
): Promise<void> {
  const command = new SetAlarmStateCommand({ AlarmName, StateValue, StateReason });
  const call = { action: 'cloudwatch:SetAlarmState', resource: AlarmName };
  await callAws(call, () => session.aws.cloudWatch.send(command));
}

async function prefixOf(session: Session): Promise<string> {
  const { stackName, secretPrefix } = await session.deployment();
  return alarmNamePrefix(stackName, secretPrefix);
}

function secondsBetween(fromMs: number, toMs: number): number {
  return Math.round((toMs - fromMs) / 1000);
}
