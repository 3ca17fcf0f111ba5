import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { synthesizeAlarms } from '../../sandbox/alarms/synthesized-alarms.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { type AlarmWatch, watchAlarms } from '../../sandbox/serve/alarm-watch.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import { fleetKnobs } from '../support/fleet-deployment.ts';
import { runZohoTokens } from '../support/run-zoho-tokens.ts';
import { MINUTE_MS, START_MS } from '../support/sandbox.ts';

const CONNECTIONS = { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } } as const;
const STACK = 'ZohoTokenRefresher';

let server: SandboxServer<ManualClock>;
let watch: AlarmWatch;

beforeAll(async () => {
  server = await startSandboxServer({ clock: new ManualClock(START_MS), connections: CONNECTIONS });
  for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value);
  watch = watchAlarms(server, synthesizeAlarms(CONNECTIONS));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

/** Minutes in which the schedule ticks, or not. */
async function pass(minutes: number, { ticks = true } = {}): Promise<string[]> {
  const told: string[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    server.deployment.clock.advance(MINUTE_MS / 2);
    if (ticks) {
      await server.tick();
      watch.onTick({ failed: false });
    }
    server.deployment.clock.advance(MINUTE_MS / 2);
    told.push(...watch.evaluate());
  }
  return told;
}

describe('the alarms of the sandbox', () => {
  it('are quiet while all is well', async () => {
    server.deployment.authorize('crm-prod');

    expect(await pass(10)).toEqual([]);
    expect(server.alarms.find(`${STACK}-RefresherSilent`)?.state).toBe('OK');
  });

  it('go off for the credentials that Zoho refuses, which status then tells of', async () => {
    server.deployment.putCredentials('crm-prod', 'no JSON any more');
    await server.deployment.refresh('crm-prod');

    const told = await pass(2);
    const { stdout } = await runZohoTokens(['status'], {
      clock: server.deployment.clock,
      environment: server.environment,
    });

    expect(told).toEqual([`alarm ${STACK}-ReauthorizationNeeded: ALARM`]);
    expect(stdout).toContain('ReauthorizationNeeded');
  });

  it('clear when it is fixed', async () => {
    server.deployment.authorize('crm-prod');

    expect(await pass(15)).toEqual([`alarm ${STACK}-ReauthorizationNeeded: OK`]);
  });

  it('go off when the schedule is silent', async () => {
    expect(await pass(5, { ticks: false })).toEqual([
      `alarm ${STACK}-RefresherSilent: ALARM`,
      `topic ${STACK}-page: ALARM`,
    ]);
  });
});

describe('a shard that stops', () => {
  it('sets off ShardSilent and the composite alarm that pages, and both end when it is started', async () => {
    const fleet = await startSandboxServer({
      clock: new ManualClock(START_MS),
      connections: CONNECTIONS,
      knobs: fleetKnobs(2),
    });
    try {
      fleet.deployment.authorize('crm-prod');
      const ofFleet = watchAlarms(fleet, synthesizeAlarms(CONNECTIONS, { fleetShards: 2 }));
      const minutes = async (count: number) => {
        const told: string[] = [];
        for (let minute = 0; minute < count; minute += 1) {
          fleet.deployment.clock.advance(MINUTE_MS / 2);
          for (const { run } of fleet.schedules.all) {
            if ((await run()) !== undefined) ofFleet.onTick({ failed: false });
          }
          fleet.deployment.clock.advance(MINUTE_MS / 2);
          told.push(...ofFleet.evaluate());
        }
        return told;
      };
      const inject = (body: object) =>
        fetch(`${fleet.origin}/faults`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
      expect(await minutes(15)).toEqual([]);

      await inject({ kind: 'stop-shard', shard: 1 });
      const stopped = await minutes(5);
      await inject({ kind: 'start-shard', shard: 1 });
      const started = await minutes(5);

      const both = (state: string) => [
        `alarm ${STACK}-ShardSilent-1: ${state}`,
        `topic ${STACK}-page-shards: ${state}`,
      ];
      expect(stopped).toEqual(both('ALARM'));
      expect(started).toEqual(both('OK'));
    } finally {
      await fleet.close();
    }
  });
});
