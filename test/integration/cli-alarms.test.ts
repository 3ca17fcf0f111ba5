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
const PAGE = 'ZohoTokenRefresher-page';
const TICKET = 'ZohoTokenRefresher-ticket';
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

describe('alarms test', () => {
  it.each([
    ['page', PAGE, 'TokenExpiringSoon'],
    ['ticket', TICKET, 'RefreshFailing'],
  ])('sets off %s by one alarm behind it, and ends it', async (audience, composite, alarm) => {
    const setStates = () =>
      desk.server.aws.cloudWatch.calls.filter(({ operation }) => operation === 'SetAlarmState');
    const before = setStates().length;

    const { exitCode, stdout, stderr } = await test(`${audience} --yes`);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${composite} went off after \\d+ s, and was over \\d+ s later\\.`));
    expect(stderr).toContain(`ALARM and then OK of ${composite}`);
    expect(stderr).toContain(`ALARM and then OK of ZohoTokenRefresher-${alarm}`);
    expect(setStates().length - before).toBe(2);
    expect([stateOf(composite), stateOf(`ZohoTokenRefresher-${alarm}`)]).toEqual(['OK', 'OK']);
  });

  it('tests page by default, and is reported as JSON', async () => {
    const { exitCode, stdout } = await test('--yes --json');

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      audience: 'page',
      composite: PAGE,
      alarm: 'ZohoTokenRefresher-TokenExpiringSoon',
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

  it('fails when the composite alarm does not go off', async () => {
    desk.server.aws.cloudWatch.onSetAlarmState(() => {});

    const { exitCode, stdout } = await test('page --yes');

    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${PAGE} did not go off within 3 minutes`);
    expect(stateOf('ZohoTokenRefresher-TokenExpiringSoon')).toBe('OK');
  });

  it('sees that it went off although CloudWatch has ended it in the meantime', async () => {
    const { alarms, aws } = desk.server;
    aws.cloudWatch.onSetAlarmState(() => {
      desk.clock.advance(1000);
      alarms.setState(PAGE, 'ALARM', 'test');
      alarms.setState(PAGE, 'OK', 'over');
    });

    const { exitCode } = await test('page --yes');

    expect(exitCode).toBe(0);
  });

  it('changes nothing when the page is in ALARM already', async () => {
    desk.server.alarms.setState(PAGE, 'ALARM', 'a real problem');

    const { exitCode, stderr } = await test('page --yes');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('is in ALARM already, so a test would send no notification');
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
