import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OwnClock } from '../../lambdas/refresher/adapters/checked-clock.ts';
import type { World } from '../../lambdas/refresher/compose-refresher.ts';
import { createAwsClientsWithoutTimeouts } from '../../sandbox/deployment/aws-clients-without-timeouts.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { loadRefresher } from '../releases/release-0.2.ts';
import { withAwsDate } from '../support/aws-date.ts';
import { MINUTE_MS, START_MS, startAuthorizedDeployment, startDeployment } from '../support/sandbox.ts';

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** As far as the whole seconds of a date show it. */
const DAY_S: number = expect.closeTo(86_400, -1);

let deployment: LocalDeployment;
afterEach(() => {
  vi.restoreAllMocks();
  return deployment.close();
});

/** A refresher whose machine's clock is ahead by this much. */
function refresherAhead(aheadMs: number, changes: Partial<World> = {}) {
  const { clock } = deployment;
  const own: OwnClock & { aheadMs: number } = {
    aheadMs,
    now: () => clock.now() + own.aheadMs,
    monotonic: () => clock.now(),
    abortAfter: (ms: number) => clock.abortAfter(ms),
  };
  return { own, handler: deployment.compose({ clock: own, ...changes }) };
}

/** Ticks every hour, and whenever the connection is due. Returns how many minutes passed without a token that Zoho accepts. */
async function minutesWithoutToken(minutes: number): Promise<number> {
  const { clock, zoho } = deployment;
  const endMs = clock.now() + minutes * MINUTE_MS;
  let without = 0;
  while (clock.now() < endMs) {
    const { nextAttemptAtMs } = await deployment.readConnection('crm-prod');
    const untilDue = Math.ceil((nextAttemptAtMs - clock.now()) / MINUTE_MS);
    const step = Math.min(60, Math.max(1, untilDue));
    clock.advance(step * MINUTE_MS);
    if (!zoho.isValid(deployment.readToken('crm-prod')?.access_token ?? '')) without += step;
    await deployment.tick();
  }
  return without;
}

const warnings = () =>
  deployment.log.lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'WARN');
const skewsInMetrics = () => deployment.metrics.ofFleet('ClockSkewSeconds').map(({ value }) => value);

const mints = () => deployment.zoho.tokenCalls.length;
const minutesSinceStart = (iso: string | undefined) => (Date.parse(iso ?? '') - START_MS) / MINUTE_MS;

describe('a refresher whose clock is wrong', () => {
  it('loses no minute of 30 hours by a tick 24 hours ahead, and warns once; it was 1,434 minutes', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.clock.advance(30 * MINUTE_MS);

    const result = await deployment.tick(refresherAhead(DAY_MS).handler);

    expect(result.due).toBe(0);
    expect(mints()).toBe(1);
    expect(warnings()).toMatchObject([{ message: "this machine's clock is wrong", secondsAhead: DAY_S }]);
    expect(skewsInMetrics()).toEqual([DAY_S]);
    expect(await minutesWithoutToken(30 * 60)).toBe(0);
    expect(mints()).toBeLessThan(37);
  });

  it('starts a refresh at once when its clock has been set back an hour since the tick before', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const { own, handler } = refresherAhead(0);
    deployment.clock.advance(55 * MINUTE_MS);
    await deployment.tick(handler);

    deployment.clock.advance(55 * MINUTE_MS);
    own.aheadMs = -HOUR_MS;
    // Of libraries, which have no other clock.
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() - HOUR_MS);

    expect(await deployment.tick(handler)).toMatchObject({ refreshed: 1 });
  }, 10_000);

  it.each([
    ['24 hours ahead', DAY_MS],
    ['24 hours behind', -DAY_MS],
    ['6 minutes ahead', 6 * MINUTE_MS],
    ['6 minutes behind', -6 * MINUTE_MS],
    ['2 minutes ahead', 2 * MINUTE_MS],
  ])('renews a token that is due at once, with the time of AWS: %s', async (_, aheadMs) => {
    ({ deployment } = await startAuthorizedDeployment({ routineMetrics: true }));
    deployment.clock.advance(55 * MINUTE_MS);

    const result = await deployment.tick(refresherAhead(aheadMs).handler);

    expect(result).toEqual({ due: 1, refreshed: 1, failed: 0, skipped: 0 });
    const token = deployment.readToken('crm-prod');
    expect(minutesSinceStart(token?.issued_at)).toBeCloseTo(55, 1);
    expect(minutesSinceStart(token?.expires_at)).toBeCloseTo(115, 1);
    const row = await deployment.readConnection('crm-prod');
    const latest = Math.max(row.nextAttemptAtMs - 54 * MINUTE_MS, ...row.mintsMs, ...row.publishesMs);
    expect((latest - START_MS) / MINUTE_MS).toBeCloseTo(55, 1);
    const { atMs = 0 } = deployment.metrics.ofFleet('RefreshSucceeded').at(-1) ?? {};
    expect((atMs - START_MS) / MINUTE_MS).toBeCloseTo(55, 1);
    expect(warnings().map(({ message }) => message)).toEqual(["this machine's clock is wrong"]);
    expect(Math.abs(skewsInMetrics()[0] ?? 0)).toBeCloseTo(Math.abs(aheadMs / 1000), -1);
  });

  it('is not reported, and corrected nevertheless, if it is 30 seconds off', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.clock.advance(55 * MINUTE_MS);

    await deployment.tick(refresherAhead(30_000).handler);

    expect(minutesSinceStart(deployment.readToken('crm-prod')?.issued_at)).toBeCloseTo(55, 1);
    expect(warnings()).toEqual([]);
    expect(skewsInMetrics()).toEqual([]);
  });

  it('goes on when its clock is set forward and back while its environment is warm', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const { own, handler } = refresherAhead(0);
    await deployment.tick(handler);
    const ages: number[] = [];

    for (const aheadMs of [DAY_MS, 0, -DAY_MS, 0]) {
      own.aheadMs = aheadMs;
      deployment.clock.advance(55 * MINUTE_MS);
      await deployment.tick(handler);
      ages.push(
        (deployment.clock.now() - Date.parse(deployment.readToken('crm-prod')?.issued_at ?? '')) / 1000,
      );
    }

    expect(mints()).toBe(5);
    for (const age of ages) expect(Math.abs(age)).toBeLessThan(3);
    expect(skewsInMetrics()).toEqual([DAY_S, DAY_S]);
  });

  it('answers a consumer by the time of AWS', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.clock.advance(30 * MINUTE_MS);
    const { handler } = refresherAhead(DAY_MS);

    const answer = await deployment.refresh(
      'crm-prod',
      { reason: 'unauthorized', rejectedGeneration: 0 },
      handler,
    );

    expect(answer.outcome).toBe('already-fresh');
    expect(mints()).toBe(1);
  });
});

describe('a date of AWS', () => {
  it.each([
    ['missing', undefined],
    ['garbled', 'the day before yesterday'],
  ])('changes nothing if it is %s', async (_, date) => {
    ({ deployment } = await startAuthorizedDeployment());
    const aws = withAwsDate(createAwsClientsWithoutTimeouts(deployment.aws.functionConfig), date);
    deployment.clock.advance(55 * MINUTE_MS);

    const result = await deployment.tick(deployment.compose({ aws }));

    expect(result.refreshed).toBe(1);
    expect(minutesSinceStart(deployment.readToken('crm-prod')?.issued_at)).toBe(55);
    expect(warnings()).toEqual([]);
  });
});

describe("Zoho's date", () => {
  it('is logged if it is wrong, and never used', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.clock.advance(55 * MINUTE_MS);
    const { fetch } = deployment.dependencies;
    const dated: World['fetch'] = async (...request) => {
      const { body, status } = await fetch(...request);
      const date = new Date(deployment.clock.now() - DAY_MS).toUTCString();
      return new Response(body, { status, headers: { date } });
    };

    await deployment.tick(deployment.compose({ fetch: dated }));

    expect(minutesSinceStart(deployment.readToken('crm-prod')?.issued_at)).toBe(55);
    expect(warnings()).toMatchObject([
      { message: "Zoho's clock differs from AWS's", secondsAhead: expect.closeTo(-86_400, -1) },
    ]);
    expect(skewsInMetrics()).toEqual([]);
  });
});

describe('a row that a refresher of 0.2 wrote with a wrong clock', () => {
  const oldRefresher = async (aheadMs: number) => {
    const { clock } = deployment;
    const own = { now: () => clock.now() + aheadMs, abortAfter: (ms: number) => clock.abortAfter(ms) };
    return (await loadRefresher())({ ...deployment.dependencies, clock: own });
  };

  it.each([
    ['24 hours ahead', DAY_MS],
    ['an hour ahead', 60 * MINUTE_MS],
    ['6 minutes ahead', 6 * MINUTE_MS],
  ])('is renewed by the first tick of this version: %s', async (_, aheadMs) => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.clock.advance(30 * MINUTE_MS);
    const old = await oldRefresher(aheadMs);
    await deployment.refresh('crm-prod', { reason: 'operator' }, old);
    expect(minutesSinceStart(deployment.readToken('crm-prod')?.issued_at)).toBe(30 + aheadMs / MINUTE_MS);
    deployment.clock.advance(MINUTE_MS);

    await deployment.tick(deployment.compose());

    const token = deployment.readToken('crm-prod');
    expect([token?.generation, minutesSinceStart(token?.issued_at)]).toEqual([3, 31]);
    expect(deployment.metrics.ofConnection('TimesDistrusted', 'crm-prod')).toHaveLength(1);
    expect(warnings()).toMatchObject([
      { message: 'times of a connection lie in the future', connection: 'crm-prod' },
    ]);
    const { mintsMs, nextAttemptAtMs } = await deployment.readConnection('crm-prod');
    expect(mintsMs).toHaveLength(2);
    expect(nextAttemptAtMs).toBeLessThan(deployment.clock.now() + HOUR_MS);
    expect(await minutesWithoutToken(2 * 60)).toBe(0);
    expect(deployment.metrics.ofConnection('TimesDistrusted', 'crm-prod')).toHaveLength(1);
  });

  it('is renewed when a consumer asks', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    await deployment.refresh('crm-prod', { reason: 'operator' }, await oldRefresher(DAY_MS));

    const answer = await deployment.refresh('crm-prod', { reason: 'unauthorized', rejectedGeneration: 2 });

    expect(answer).toMatchObject({ outcome: 'refreshed', generation: 3 });
  });

  it('is not minted for twice while that refresher waits for Zoho', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const held = deployment.zoho.holdNextCall();
    const old = deployment.refresh('crm-prod', { reason: 'operator' }, await oldRefresher(DAY_MS));
    await held.received;

    const during = await deployment.refresh('crm-prod', { reason: 'operator' });
    held.release();
    await old;

    expect(during.outcome).toBe('in-progress');
    expect(mints()).toBe(2);
    deployment.clock.advance(2 * MINUTE_MS);
    await deployment.tick(deployment.compose());
    expect(minutesSinceStart(deployment.readToken('crm-prod')?.issued_at)).toBe(2);
  });

  it('never has Zoho asked more often than the budget allows', async () => {
    deployment = await startDeployment();
    const { refreshToken } = deployment.authorize('crm-prod');
    const old = await oldRefresher(DAY_MS);
    for (let call = 0; call < 6; call += 1) {
      await deployment.refresh('crm-prod', { reason: 'operator' }, old);
      deployment.clock.advance(15_000);
    }
    const asked = deployment.zoho.tokenCallsWith(refreshToken).length;

    for (let minute = 0; minute < 8; minute += 1) {
      await deployment.tick(deployment.compose());
      await deployment.refresh('crm-prod', { reason: 'operator' }, deployment.compose());
      deployment.clock.advance(MINUTE_MS);
    }

    expect(asked).toBe(6);
    expect(deployment.zoho.tokenCallsWith(refreshToken).length).toBeLessThanOrEqual(10);
  });
});
