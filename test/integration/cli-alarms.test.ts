import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import { readAlarms } from '../../sandbox/alarms/read-alarms.ts';
import { TOPICS } from '../../sandbox/deployment/local-deployment.ts';
import { type AlarmWatch, watchAlarms } from '../../sandbox/serve/alarm-watch.ts';
import { synthesize } from '../infra/synthesize.ts';
import { OperatorDesk } from '../support/operator-desk.ts';
import type { CliRunOptions } from '../support/run-zoho-tokens.ts';
import { MINUTE_MS } from '../support/sandbox.ts';

const CONNECTIONS = { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } } as const;
const definitions: readonly AlarmDefinition[] = readAlarms(synthesize({ connections: CONNECTIONS }).toJSON());

let desk: OperatorDesk;
let watch: AlarmWatch;

beforeEach(async () => {
  desk = await OperatorDesk.open(CONNECTIONS);
  watch = watchAlarms(desk.server, definitions);
  desk.deployment.authorize('crm-prod');
  // CloudWatch evaluates the alarms once a minute.
  for (let minute = 0; minute < 6; minute += 1) await runMinute();
});
afterEach(() => desk.close());

async function runMinute(): Promise<void> {
  await desk.server.tick();
  watch.onTick({ failed: false });
  desk.clock.advance(MINUTE_MS);
  watch.evaluate();
}

/** Runs `alarms test`. While it waits, CloudWatch evaluates no metric alarm. */
const test = (args: string, options: Partial<CliRunOptions> = {}) => desk.run(`alarms test ${args}`, options);

const stateOf = (name: string) => desk.server.alarms.find(name)?.state;

const EXPIRING = 'ZohoTokenRefresher-TokenExpiringSoon';

describe('alarms test', () => {
  it.each([
    ['page', EXPIRING],
    ['ticket', 'ZohoTokenRefresher-RefreshFailing'],
  ])('sets off an alarm that notifies the %s topic, and ends it', async (audience, alarm) => {
    const setStates = () =>
      desk.server.aws.cloudWatch.calls.filter(({ operation }) => operation === 'SetAlarmState');
    const before = setStates().length;

    const { exitCode, stdout, stderr } = await test(`${audience} --yes`);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${alarm} went off after \\d+ s, and was over \\d+ s later\\.`));
    expect(stderr).toContain(
      `will be sent to the ${audience} topic (1 confirmed): ALARM and then OK of ${alarm}`,
    );
    expect(stderr).toMatch(
      new RegExp(`will be sent to the alarm topic \\(.*: ALARM and then OK of ${alarm}`),
    );
    expect(setStates().length - before).toBe(2);
    expect(stateOf(alarm)).toBe('OK');
  });

  it('tests page by default, and is reported as JSON', async () => {
    const { exitCode, stdout } = await test('--yes --json');

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      audience: 'page',
      alarm: EXPIRING,
      wentOffAfterSeconds: expect.any(Number),
      overAfterSeconds: expect.any(Number),
    });
  });

  it('asks before it notifies anyone', async () => {
    const withoutTerminal = await test('page');

    expect(withoutTerminal.exitCode).not.toBe(0);
    expect(withoutTerminal.stderr).toContain('Use --yes.');
    expect(stateOf('ZohoTokenRefresher-TokenExpiringSoon')).not.toBe('ALARM');
  });

  it('fails when the alarm does not go off', async () => {
    const { alarms, aws } = desk.server;
    aws.cloudWatch.onSetAlarmState((alarm) => alarms.delete(alarm));

    const { exitCode, stdout } = await test('page --yes');

    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${EXPIRING} did not go off within 3 minutes`);
  });

  it('sees that it went off although CloudWatch has ended it in the meantime', async () => {
    const { alarms, aws } = desk.server;
    aws.cloudWatch.onSetAlarmState((alarm) => {
      desk.clock.advance(1000);
      alarms.setState(alarm, 'OK', 'evaluated');
    });

    const { exitCode } = await test('page --yes');

    expect(exitCode).toBe(0);
  });

  it('sets off another alarm when the usual one is in ALARM already', async () => {
    desk.server.alarms.setState(EXPIRING, 'ALARM', 'a real problem');

    const { exitCode, stdout } = await test('page --yes');

    expect(exitCode).toBe(0);
    expect(stdout).toContain('ZohoTokenRefresher-NotificationFailed went off');
    expect(stateOf(EXPIRING)).toBe('ALARM');
  });

  it('changes nothing when every alarm for the audience is in ALARM already, or none is left', async () => {
    const { alarms } = desk.server;
    const paging = ['TokenExpiringSoon', 'NotificationFailed', 'UnauthorizedSpike-crm-prod'].map(
      (id) => `ZohoTokenRefresher-${id}`,
    );
    for (const name of paging) alarms.setState(name, 'ALARM', 'a real problem');
    const busy = await test('page --yes');
    for (const name of paging) alarms.delete(name);
    const gone = await test('page --yes');

    expect([busy.exitCode, gone.exitCode]).toEqual([1, 1]);
    expect(busy.stderr).toContain('is in ALARM already, so a test would send no notification');
    expect(gone.stderr).toContain('No alarm notifies the page topic itself');
  });

  it('changes nothing when no one is subscribed', async () => {
    desk.deployment.aws.sns.subscriptions.set(TOPICS.page, []);

    const { exitCode, stderr } = await test('page --yes');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('neither the page topic nor the alarm topic has a confirmed subscription');
    expect(stateOf('ZohoTokenRefresher-TokenExpiringSoon')).toBe('OK');
  });

  it('names the missing permission', async () => {
    desk.server.aws.cloudWatch.faults.deny({ operation: 'SetAlarmState' });

    const { exitCode, stderr } = await test('page --yes');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('You have no permission for cloudwatch:SetAlarmState');
  });

  it('refuses other audiences as wrong usage', async () => {
    expect((await test('everyone')).exitCode).toBe(2);
  });
});
