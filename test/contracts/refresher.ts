import { expect } from 'vitest';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { CONNECTION, type RefresherWorld } from '../support/refresher-world.ts';
import { MINUTE_MS } from '../support/sandbox.ts';

/** One fact about the refresher that holds on whatever AWS it runs, checked in a world of its own. */
export interface RefresherFact {
  readonly fact: string;
  /** Why the fact does not hold on moto: what moto does that AWS does not. */
  readonly motoDiffers?: string;
  check(world: RefresherWorld): Promise<void>;
}

/** What the refresher promises, from the first token to the last trouble. */
export const refresherFacts: readonly RefresherFact[] = [
  {
    fact: 'a declared connection registers itself, and Zoho is left alone until it is authorized',
    motoDiffers: 'says of an empty secret that there is no such secret, which is a fault of the deployment',
    async check(world) {
      const result = await world.tick();

      const row = await world.readRow();
      expect(result).toEqual({ due: 1, refreshed: 0, failed: 0, skipped: 1 });
      expect(row).toMatchObject({ status: 'pending', source: 'declared', generation: 0 });
      expect(row.lastFailure?.message).toContain('zoho/crm-prod/credentials is empty');
      expect(world.zoho.tokenCalls).toEqual([]);
    },
  },
  {
    fact: 'new credentials are picked up within five minutes and give the first token',
    async check(world) {
      await world.tick();
      await world.authorize();

      await world.runMinutes(5);

      expect(await world.readToken()).toMatchObject({ generation: 1, data_center: 'eu' });
      expect(await world.readRow()).toMatchObject({ status: 'active', publishedGeneration: 1 });
    },
  },
  {
    fact: 'what is published is exactly the JSON that consumers were promised',
    async check(world) {
      await authorized(world);

      const token = await world.readToken();

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
        refresh_after: expect.stringMatching(/^2026-01-05T09:53:\d\d\.\d{3}Z$/),
      });
      expect(world.zoho.isValid(token?.access_token ?? '')).toBe(true);
    },
  },
  {
    fact: 'a token is replaced when it is 53 to 55 minutes old, hour after hour',
    async check(world) {
      await authorized(world);
      const ages: number[] = [];

      for (let hour = 1; hour <= 4; hour += 1) {
        world.clock.advance(50 * MINUTE_MS);
        let age = 50;
        for (; age < 60 && world.zoho.tokenCalls.length === hour; age += 1) await world.runMinutes(1);
        ages.push(age);
      }

      expect(world.zoho.tokenCalls).toHaveLength(5);
      for (const age of ages) expect(age).toBeGreaterThanOrEqual(53);
      for (const age of ages) expect(age).toBeLessThanOrEqual(55);
      expect(await world.readToken()).toMatchObject({ generation: 5 });
    },
  },
  {
    fact: 'a rejected token is replaced on demand',
    async check(world) {
      await authorized(world);

      const answer = await world.refresh(1);

      expect(answer).toEqual({
        connection: CONNECTION,
        outcome: 'refreshed',
        generation: 2,
        expires_at: '2026-01-05T10:00:00.000Z',
      });
      expect(await world.readToken()).toMatchObject({ generation: 2 });
    },
  },
  {
    fact: 'nothing is minted for a rejected generation that has been replaced already',
    async check(world) {
      await authorized(world);
      await world.refresh(1);

      const answer = await world.refresh(1);

      expect(answer).toMatchObject({ outcome: 'already-fresh', generation: 2 });
      expect(world.zoho.tokenCalls).toHaveLength(2);
    },
  },
  {
    fact: 'a stampede of 50 consumers costs one mint',
    async check(world) {
      await authorized(world);

      const answers = await Promise.all(Array.from({ length: 50 }, () => world.refresh(1)));

      const outcomes = answers.map(({ outcome }) => outcome);
      const others = outcomes.filter((outcome) => outcome !== 'refreshed');
      expect(others).toHaveLength(49);
      expect(['in-progress', 'already-fresh']).toEqual(expect.arrayContaining(others));
      expect(world.zoho.tokenCalls).toHaveLength(2);
    },
  },
  {
    fact: 'Zoho is left alone while it throttles us, and the old token is served',
    async check(world) {
      await authorized(world);
      world.zoho.injectFault({ kind: 'throttle', variant: 'chinese', calls: 1 });
      const token = await world.readToken();

      const first = await world.refresh();
      const second = await world.refresh();
      await world.runMinutes(9);

      expect(first.outcome).toBe('throttled');
      expect(second).toMatchObject({ outcome: 'throttled', generation: 1 });
      expect(second.retry_after_seconds).toBeGreaterThanOrEqual(600);
      expect(await world.readRow()).toMatchObject({ status: 'cooling-down' });
      expect(world.zoho.tokenCalls).toHaveLength(2);
      expect(await world.readToken()).toEqual(token);
      expect(world.metrics.ofFleet('Throttled')).toHaveLength(1);

      await world.runMinutes(3);

      expect(await world.readToken()).toMatchObject({ generation: 3 });
      expect(await world.readRow()).toMatchObject({ status: 'active' });
    },
  },
  {
    fact: 'a revocation blocks, Zoho is asked once an hour at most, and new credentials heal it within five minutes',
    async check(world) {
      const authorization = await authorized(world);
      world.zoho.revoke(authorization.refreshToken);

      const refused = await world.refresh(1);
      const again = await world.refresh(1);
      const callsAfterRefusal = world.zoho.tokenCalls.length;
      await world.runMinutes(59);
      const callsWithinTheHour = world.zoho.tokenCalls.length;
      await world.runMinutes(2);
      const callsAfterTheHour = world.zoho.tokenCalls.length;
      await world.authorize(authorization);
      await world.runMinutes(5);

      expect(refused.outcome).toBe('blocked');
      expect(again.outcome).toBe('blocked');
      expect(callsWithinTheHour).toBe(callsAfterRefusal);
      expect(callsAfterTheHour).toBe(callsAfterRefusal + 1);
      expect(await world.readRow()).toMatchObject({ status: 'active', lastFailure: undefined });
    },
  },
  {
    fact: 'an answer without a token never overwrites one, whatever its HTTP status says',
    async check(world) {
      await authorized(world);
      const token = await world.readToken();
      const faults = ['error', 'garbage', 'empty', 'html-5xx'] as const;

      for (const kind of faults) {
        world.zoho.injectFault({ kind, calls: 1 });
        expect(await world.refresh()).toMatchObject({ outcome: 'failed', generation: 1 });
        expect(await world.readToken()).toEqual(token);
      }

      expect(world.zoho.tokenCalls).toHaveLength(1 + faults.length);
      expect(await world.refresh()).toMatchObject({ outcome: 'refreshed' });
    },
  },
  {
    fact: 'a holder that was paused until its lease was over does not replace the newer token by its own',
    async check(world) {
      await authorized(world);
      const held = world.zoho.holdNextCall();
      const paused = world.compose({ clock: new ManualClock(world.clock.now()) });
      const late = world.refresh(1, paused);
      await held.received;
      world.clock.advance(75_000);
      await world.tick();
      const token = await world.readToken();

      held.release();
      await late;

      expect(token).toMatchObject({ generation: 3 });
      expect(await world.readToken()).toEqual(token);
      expect(await world.readRow()).toMatchObject({ publishedGeneration: 3 });
    },
  },
  {
    fact: 'a token secret that was edited by hand is put right by the next refresh',
    async check(world) {
      await authorized(world);
      await world.writeTokenByHand('{"access_token":"by hand"}');

      const answer = await world.refresh();

      expect(answer).toMatchObject({ outcome: 'refreshed', generation: 2 });
      expect(await world.readToken()).toMatchObject({ generation: 2, connection: CONNECTION });
    },
  },
  {
    fact: 'a token secret whose AWSCURRENT was moved back by hand is put right by the next refresh',
    async check(world) {
      await authorized(world);
      const first = await world.readRow();
      await world.refresh();
      const second = await world.readRow();
      await world.moveCurrentByHand({ from: second.token?.versionId, to: first.token?.versionId });
      expect(await world.readToken()).toMatchObject({ generation: 1 });

      await world.refresh();

      expect(await world.readToken()).toMatchObject({ generation: 3 });
    },
  },
  {
    fact: 'a connection is due again when its lease ends, should the holder not come back in time',
    async check(world) {
      await authorized(world);
      const held = world.zoho.holdNextCall();
      const dying = world.refresh();
      await held.received;

      world.clock.advance(74_000);
      const tooEarly = await world.tick();
      world.clock.advance(1_000);
      const afterTheLease = await world.tick();
      held.abandon();

      expect(tooEarly.due).toBe(0);
      expect(afterTheLease).toMatchObject({ due: 1, refreshed: 1 });
      expect((await dying).outcome).toBe('failed');
      expect(await world.readToken()).toMatchObject({ generation: 3 });
    },
  },
  {
    fact: 'a connection that is no longer declared is retired, and taken up again when it is',
    async check(world) {
      await authorized(world);
      const without = world.compose({ config: { ...world.config, declaredConnections: {} } });

      world.clock.advance(56 * MINUTE_MS);
      await world.tick(without);
      const retired = await world.readRow();
      world.clock.advance(MINUTE_MS);
      await world.tick(world.compose());
      const again = await world.readRow();

      expect(retired).toMatchObject({ status: 'disabled', lastFailure: { code: 'undeclared' } });
      expect(again).toMatchObject({ status: 'active', publishedGeneration: 2, lastFailure: undefined });
    },
  },
];

/** Authorizes the connection and lets it have its first token. */
async function authorized(world: RefresherWorld) {
  const authorization = await world.authorize();
  await world.tick();
  return authorization;
}
