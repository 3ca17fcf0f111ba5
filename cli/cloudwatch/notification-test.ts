import { SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { alarmNamePrefix } from '../../lambdas/core/deployment-address.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { type DeployedAlarm, readDeployedAlarms } from './deployed-alarms.ts';

/** Who is notified: now, or on the next working day. */
export type Audience = 'page' | 'ticket';

/** How a test went. Undefined: not within the time that is allowed for it. */
export interface TestResult {
  readonly wentOffAfterSeconds: number | undefined;
  readonly overAfterSeconds: number | undefined;
}

/** What notifications contain as the reason. */
export const TEST_REASON =
  'Test of the notifications (zoho-tokens alarms test). Nothing is wrong: no action is needed.';
const END_REASON = 'End of the test of the notifications (zoho-tokens alarms test).';

/** The alarm that a test sets off: operator-policy.json allows it. If it is disabled or in ALARM, another one. */
export const TESTED_ALARMS: Readonly<Record<Audience, string>> = {
  page: 'TokenExpiringSoon',
  ticket: 'RefreshFailing',
};

const POLL_MS = 5_000;
const LONGEST_MS = 180_000;

/** Chooses the alarm to set off: one that notifies the audience itself. Throws {@link CliError} when there is none. */
export async function chooseTestedAlarm(session: Session, audience: Audience): Promise<string> {
  const { stackName, secretPrefix, topics } = await session.deployment();
  const prefix = alarmNamePrefix(stackName, secretPrefix);
  const alarms = (await readDeployedAlarms(session.aws.cloudWatch, prefix)).filter(
    ({ rule, actions, actionsEnabled }) =>
      rule === undefined && actionsEnabled && actions.includes(topics[audience]),
  );
  if (alarms.length === 0)
    throw new CliError(
      `No alarm notifies the ${audience} topic itself, with its actions enabled.`,
      'Run: zoho-tokens audit. It lists alarms that do not exist or are disabled. The setting disabledAlarms may leave them out.',
    );
  const quiet = alarms.filter(({ state }) => state !== 'ALARM').map(({ name }) => name);
  const tested = quiet.find((name) => name === `${prefix}${TESTED_ALARMS[audience]}`) ?? quiet[0];
  if (tested === undefined)
    throw new CliError(
      `Every alarm that notifies the ${audience} topic is in ALARM already, so a test would send no notification.`,
      'Run: zoho-tokens status. Fix what it lists, then test again.',
    );
  return tested;
}

/**
 * Sets off the alarm, waits until it has gone off, ends it, and waits until it is over.
 *
 * CloudWatch returns an alarm to its actual state at its next evaluation. So the state may be over before it is seen: the time of the
 * last change is looked at as well. Source: CloudWatch API Reference, SetAlarmState.
 */
export async function testNotification(
  session: Session,
  alarm: string,
  onProgress: (message: string) => void,
): Promise<TestResult> {
  const { clock } = session.runtime;
  const before = (await readAlarm(session, alarm))?.changedAtMs ?? 0;
  const startedAtMs = clock.now();
  await setState(session, alarm, 'ALARM', TEST_REASON);
  onProgress(`waiting for ${alarm} to go off`);
  const wentOff = await waitFor(session, async () => {
    const now = await readAlarm(session, alarm);
    return now?.state === 'ALARM' || (now?.changedAtMs ?? 0) > before;
  });
  const wentOffAtMs = clock.now();
  if ((await readAlarm(session, alarm))?.state === 'ALARM') await setState(session, alarm, 'OK', END_REASON);
  onProgress(`waiting for ${alarm} to be over`);
  const isOver = await waitFor(session, async () => (await readAlarm(session, alarm))?.state !== 'ALARM');
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

function secondsBetween(fromMs: number, toMs: number): number {
  return Math.round((toMs - fromMs) / 1000);
}
