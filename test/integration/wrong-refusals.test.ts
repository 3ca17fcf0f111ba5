import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { MINUTE_MS, startDeployment } from '../support/sandbox.ts';

let deployment: LocalDeployment;
let names: readonly string[];
let refreshTokens: ReadonlyMap<string, string>;
afterEach(() => {
  vi.restoreAllMocks();
  return deployment.close();
});

const namesOf = (count: number) => Array.from({ length: count }, (_, n) => `crm-${n}`);

/** Connections of as many clients in one data center, which got their tokens at the same time. */
async function start(count: number): Promise<void> {
  names = namesOf(count);
  const declaration = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } as const;
  deployment = await startDeployment({
    connections: Object.fromEntries(names.map((name) => [name, declaration])),
  });
  refreshTokens = new Map(names.map((name) => [name, deployment.authorize(name).refreshToken]));
  await deployment.tick();
}

/** Runs the schedule. Returns for how many minutes each connection had no valid token. */
async function minutesWithoutToken(minutes: number): Promise<Record<string, number>> {
  const missing: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
  for (let minute = 0; minute < minutes; minute += 1) {
    await deployment.runMinutes(1);
    for (const name of names) {
      const token = deployment.readToken(name);
      if (token === undefined || !deployment.zoho.isValid(token.access_token))
        missing[name] = (missing[name] ?? 0) + 1;
    }
  }
  return missing;
}

const valuesOf = (metric: 'Blocked' | 'Refused' | 'RefreshFailed') => deployment.metrics.ofFleet(metric);
const statuses = () => Promise.all(names.map(async (name) => (await deployment.readConnection(name)).status));

describe('a data center that refuses valid credentials', () => {
  it('for one minute, when 20 tokens are due, costs no token and pages no one', async () => {
    const warn = vi.spyOn(process, 'emitWarning');
    await start(20);
    await deployment.runMinutes(50, { every: 10 });
    await deployment.runMinutes(2);
    const end = deployment.zoho.injectFault({ kind: 'error', error: 'invalid_code' });
    const during = await minutesWithoutToken(1);
    end();
    const after = await minutesWithoutToken(15);

    expect(valuesOf('Refused').length).toBeGreaterThan(0);
    expect(warn).not.toHaveBeenCalled();
    expect(Object.values({ ...during, ...after }).every((minutes) => minutes === 0)).toBe(true);
    expect(valuesOf('Blocked')).toEqual([]);
    expect(await statuses()).toEqual(names.map(() => 'active'));
  });

  it('for ten minutes costs at most 3 minutes more, and blocks no one', async () => {
    const minutes = 10;
    await start(4);
    await deployment.runMinutes(50, { every: 10 });
    const end = deployment.zoho.injectFault({ kind: 'error', error: 'invalid_client' });
    const during = await minutesWithoutToken(minutes);
    end();
    const after = await minutesWithoutToken(15);

    const worst = Math.max(...names.map((name) => (during[name] ?? 0) + (after[name] ?? 0)));
    expect(worst).toBeLessThanOrEqual(minutes + 3);
    expect(valuesOf('Blocked')).toEqual([]);
    expect(valuesOf('RefreshFailed').length).toBeGreaterThan(0);
    expect(await statuses()).toEqual(names.map(() => 'active'));
  });
});

describe('one connection that Zoho refuses', () => {
  const isBlocked = async () => (await deployment.readConnection('crm-0')).status === 'blocked';
  const refuse = () => {
    const refreshToken = refreshTokens.get('crm-0') ?? '';
    return deployment.zoho.injectFault({ kind: 'error', error: 'invalid_code', refreshToken });
  };

  it('for good is blocked, and counted for its alarm, within five minutes of the first refusal', async () => {
    await start(1);
    await deployment.runMinutes(50, { every: 10 });
    refuse();
    await deployment.runMinutes(10);

    const [first] = valuesOf('Refused');
    const [confirmed] = valuesOf('Blocked');
    expect(await isBlocked()).toBe(true);
    expect((confirmed?.atMs ?? Number.POSITIVE_INFINITY) - (first?.atMs ?? 0)).toBeLessThanOrEqual(
      4 * MINUTE_MS,
    );
  });

  it('wrongly for 20 minutes has a token at most 3 minutes later', async () => {
    const minutes = 20;
    await start(1);
    await deployment.runMinutes(50, { every: 10 });
    const end = refuse();
    const during = await minutesWithoutToken(minutes);
    end();
    const after = await minutesWithoutToken(15);

    expect((during['crm-0'] ?? 0) + (after['crm-0'] ?? 0)).toBeLessThanOrEqual(minutes + 3);
    expect(await isBlocked()).toBe(false);
  });
});
