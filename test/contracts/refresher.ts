import { expect } from 'vitest';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { MINUTE_MS } from '../support/sandbox.ts';
import type { MotoDiffers } from './moto-differs.ts';
import { CONNECTION, type RefresherOnAws } from './refresher-on-aws.ts';

type Check = (refresher: RefresherOnAws) => Promise<void>;

/** Facts about the refresher on any AWS, each checked in a deployment of its own. */
export const refresherFacts: Readonly<Record<string, Check | MotoDiffers<Check>>> = {
  'a declared connection is registered, and Zoho is not called until it is authorized': async (refresher) => {
    const result = await refresher.tick();

    const row = await refresher.readRow();
    expect(result).toEqual({ due: 1, refreshed: 0, failed: 0, skipped: 1 });
    expect(row).toMatchObject({ status: 'pending', source: 'declared', generation: 0 });
    expect(row.lastFailure?.message).toContain('zoho/crm-prod/credentials is empty or does not exist');
    expect(refresher.zoho.tokenCalls).toEqual([]);
  },
  'new credentials are picked up within five minutes and give the first token': async (refresher) => {
    await refresher.tick();
    await refresher.authorize();

    await refresher.runMinutes(5);

    expect(await refresher.readToken()).toMatchObject({ generation: 1, data_center: 'eu' });
    expect(await refresher.readRow()).toMatchObject({ status: 'active', publishedGeneration: 1 });
  },
  'the published JSON is exactly the public contract': async (refresher) => {
    await authorized(refresher);

    const token = await refresher.readToken();

    expect(token).toEqual({
      access_token: expect.stringMatching(/^1000\./),
      token_type: 'Zoho-oauthtoken',
      api_domain: 'https://www.zohoapis.eu',
      data_center: 'eu',
      scope: 'ZohoCRM.modules.ALL',
      connection: CONNECTION,
      generation: 1,
      issued_at: '2026-01-05T09:00:00.000Z',
      expires_at: '2026-01-05T10:00:00.000Z',
      refresh_after: expect.stringMatching(/^2026-01-05T09:52:\d\d\.\d{3}Z$/),
    });
    expect(refresher.zoho.isValid(token?.access_token ?? '')).toBe(true);
  },
  'a token is replaced when it is 53 to 55 minutes old, hour after hour': async (refresher) => {
    await authorized(refresher);
    const ages: number[] = [];

    for (let hour = 1; hour <= 4; hour += 1) {
      refresher.clock.advance(50 * MINUTE_MS);
      let age = 50;
      for (; age < 60 && refresher.zoho.tokenCalls.length === hour; age += 1) await refresher.runMinutes(1);
      ages.push(age);
    }

    expect(refresher.zoho.tokenCalls).toHaveLength(5);
    for (const age of ages) expect(age).toBeGreaterThanOrEqual(53);
    for (const age of ages) expect(age).toBeLessThanOrEqual(55);
    expect(await refresher.readToken()).toMatchObject({ generation: 5 });
  },
  'a rejected token is replaced on demand': async (refresher) => {
    await authorized(refresher);

    const answer = await reject(refresher, 1);

    expect(answer).toEqual({
      connection: CONNECTION,
      outcome: 'refreshed',
      generation: 2,
      expires_at: '2026-01-05T10:00:00.000Z',
    });
    expect(await refresher.readToken()).toMatchObject({ generation: 2 });
  },
  'no token is minted for a rejected generation that has already been replaced': async (refresher) => {
    await authorized(refresher);
    await reject(refresher, 1);

    const answer = await reject(refresher, 1);

    expect(answer).toMatchObject({ outcome: 'already-fresh', generation: 2 });
    expect(refresher.zoho.tokenCalls).toHaveLength(2);
  },
  'a stampede of 50 consumers costs one mint': async (refresher) => {
    await authorized(refresher);

    const answers = await Promise.all(Array.from({ length: 50 }, () => reject(refresher, 1)));

    const outcomes = answers.map(({ outcome }) => outcome);
    const others = outcomes.filter((outcome) => outcome !== 'refreshed');
    expect(others).toHaveLength(49);
    expect(['in-progress', 'already-fresh']).toEqual(expect.arrayContaining(others));
    expect(refresher.zoho.tokenCalls).toHaveLength(2);
  },
  'while Zoho throttles, it is not called and the old token stays published': async (refresher) => {
    await authorized(refresher);
    refresher.zoho.injectFault({ kind: 'throttle', variant: 'chinese', calls: 1 });
    const token = await refresher.readToken();

    const first = await refresher.refresh(CONNECTION);
    const second = await refresher.refresh(CONNECTION);
    await refresher.runMinutes(9);

    expect(first.outcome).toBe('throttled');
    expect(second).toMatchObject({ outcome: 'throttled', generation: 1 });
    expect(second.retry_after_seconds).toBeGreaterThanOrEqual(600);
    expect(await refresher.readRow()).toMatchObject({ status: 'cooling-down' });
    expect(refresher.zoho.tokenCalls).toHaveLength(2);
    expect(await refresher.readToken()).toEqual(token);
    expect(refresher.metrics.ofFleet('Throttled')).toHaveLength(1);

    await refresher.runMinutes(3);

    expect(await refresher.readToken()).toMatchObject({ generation: 3 });
    expect(await refresher.readRow()).toMatchObject({ status: 'active' });
  },
  'a revocation that Zoho repeats blocks, it is asked ever less often, and new credentials unblock within five minutes':
    async (refresher) => {
      const authorization = await authorized(refresher);
      refresher.zoho.revoke(authorization.refreshToken);

      const refused = await reject(refresher, 1);
      const again = await reject(refresher, 1);
      const calls = [refresher.zoho.tokenCalls.length];
      for (const minutes of [4, 59, 58]) {
        await refresher.runMinutes(minutes);
        calls.push(refresher.zoho.tokenCalls.length);
      }
      const { status } = await refresher.readRow();
      await refresher.authorize(authorization);
      await refresher.runMinutes(5);

      expect([refused.outcome, again.outcome, status]).toEqual(['failed', 'failed', 'blocked']);
      // Its token and the refusal; after 1 and 3 minutes; after 8 minutes and then every 6; and not within the next hour.
      expect(calls).toEqual([2, 4, 14, 14]);
      expect(await refresher.readRow()).toMatchObject({ status: 'active', lastFailure: undefined });
    },
  'an answer without a token never overwrites one, whatever its HTTP status': async (refresher) => {
    await authorized(refresher);
    const token = await refresher.readToken();
    const faults = ['error', 'garbage', 'empty', 'html-5xx'] as const;

    for (const kind of faults) {
      refresher.zoho.injectFault({ kind, calls: 1 });
      expect(await refresher.refresh(CONNECTION)).toMatchObject({ outcome: 'failed', generation: 1 });
      expect(await refresher.readToken()).toEqual(token);
    }

    expect(refresher.zoho.tokenCalls).toHaveLength(1 + faults.length);
    expect(await refresher.refresh(CONNECTION)).toMatchObject({ outcome: 'refreshed' });
  },
  'a holder that was paused until after its lease does not replace a newer token': async (refresher) => {
    await authorized(refresher);
    const held = refresher.zoho.holdNextCall();
    const paused = refresher.compose({ clock: new ManualClock(refresher.clock.now()) });
    const late = reject(refresher, 1, paused);
    await held.received;
    refresher.clock.advance(90_000);
    await refresher.tick();
    const token = await refresher.readToken();

    held.release();
    await late;

    expect(token).toMatchObject({ generation: 3 });
    expect(await refresher.readToken()).toEqual(token);
    expect(await refresher.readRow()).toMatchObject({ publishedGeneration: 3 });
  },
  'a token secret that was edited by hand is repaired by the next refresh': async (refresher) => {
    await authorized(refresher);
    await refresher.writeTokenByHand('{"access_token":"by hand"}');

    const answer = await refresher.refresh(CONNECTION);

    expect(answer).toMatchObject({ outcome: 'refreshed', generation: 2 });
    expect(await refresher.readToken()).toMatchObject({ generation: 2, connection: CONNECTION });
  },
  'a token secret whose AWSCURRENT was moved back by hand is repaired by the next refresh': async (
    refresher,
  ) => {
    await authorized(refresher);
    const first = await refresher.readRow();
    await refresher.refresh(CONNECTION);
    const second = await refresher.readRow();
    await refresher.moveCurrentByHand({ from: second.token?.versionId, to: first.token?.versionId });
    expect(await refresher.readToken()).toMatchObject({ generation: 1 });

    await refresher.refresh(CONNECTION);

    expect(await refresher.readToken()).toMatchObject({ generation: 3 });
  },
  'a connection is due again when its lease ends without a report': async (refresher) => {
    await authorized(refresher);
    const held = refresher.zoho.holdNextCall();
    const dying = refresher.refresh(CONNECTION);
    await held.received;

    refresher.clock.advance(89_000);
    const tooEarly = await refresher.tick();
    refresher.clock.advance(1_000);
    const afterTheLease = await refresher.tick();
    held.abandon();

    expect(tooEarly.due).toBe(0);
    expect(afterTheLease).toMatchObject({ due: 1, refreshed: 1 });
    expect((await dying).outcome).toBe('failed');
    expect(await refresher.readToken()).toMatchObject({ generation: 3 });
  },
  'a connection that is no longer declared is disabled, and enabled when it is declared again': async (
    refresher,
  ) => {
    await authorized(refresher);
    const without = refresher.compose({ config: { ...refresher.config, declaredConnections: {} } });

    refresher.clock.advance(56 * MINUTE_MS);
    await refresher.tick(without);
    const retired = await refresher.readRow();
    refresher.clock.advance(MINUTE_MS);
    await refresher.tick(refresher.compose());
    const again = await refresher.readRow();

    expect(retired).toMatchObject({ status: 'disabled', lastFailure: { code: 'undeclared' } });
    expect(again).toMatchObject({ status: 'active', publishedGeneration: 2, lastFailure: undefined });
  },
};

/** A consumer reports that Zoho rejected the token of a generation. */
function reject(refresher: RefresherOnAws, rejectedGeneration: number, handler = refresher.handler) {
  return refresher.refresh(CONNECTION, { reason: 'unauthorized', rejectedGeneration }, handler);
}

/** Authorizes the connection and gets its first token. */
async function authorized(refresher: RefresherOnAws) {
  const authorization = await refresher.authorize();
  await refresher.tick();
  return authorization;
}
