import { afterEach, describe, expect, it } from 'vitest';
import type { SandboxWorld } from '../../sandbox/sandbox-world.ts';
import {
  awsCalls,
  MINUTE_MS,
  refresh,
  runMinutes,
  startAuthorizedWorld,
  startWorld,
  tick,
} from '../support/sandbox.ts';

let world: SandboxWorld;
afterEach(() => world.close());

describe('a refresh on demand', () => {
  it('mints a new token for the generation that was rejected', async () => {
    ({ world } = await startAuthorizedWorld());

    const answer = await refresh(world, { reason: 'unauthorized', rejectedGeneration: 1 });

    expect(answer).toEqual({
      connection: 'crm-prod',
      outcome: 'refreshed',
      generation: 2,
      expires_at: '2026-01-05T10:00:00.000Z',
    });
    expect(world.readToken('crm-prod')?.generation).toBe(2);
  });

  it('needs one read more than a scheduled refresh, whose row came with the query', async () => {
    ({ world } = await startAuthorizedWorld());
    const before = awsCalls(world);

    await refresh(world, { reason: 'unauthorized', rejectedGeneration: 1 });

    expect(awsCalls(world) - before).toBe(6);
  });

  it('mints nothing when a newer generation than the rejected one is published', async () => {
    ({ world } = await startAuthorizedWorld());
    await refresh(world, { reason: 'unauthorized', rejectedGeneration: 1 });

    const answer = await refresh(world, { reason: 'unauthorized', rejectedGeneration: 1 });

    expect(answer).toMatchObject({ outcome: 'already-fresh', generation: 2 });
    expect(world.zoho.tokenCalls).toHaveLength(2);
  });

  it('costs one mint when 200 ask at once', async () => {
    ({ world } = await startAuthorizedWorld());

    const answers = await Promise.all(
      Array.from({ length: 200 }, () => refresh(world, { reason: 'unauthorized', rejectedGeneration: 1 })),
    );

    const outcomes = answers.map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'refreshed')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['refreshed', 'in-progress', 'already-fresh']));
    expect(world.zoho.tokenCalls).toHaveLength(2);
  });

  it('is told who is at it while another holds the lease, and when to ask again', async () => {
    ({ world } = await startAuthorizedWorld());
    const held = world.zoho.holdNextCall();
    const first = refresh(world, { reason: 'unauthorized', rejectedGeneration: 1 });
    await held.received;

    const second = await refresh(world, { reason: 'unauthorized', rejectedGeneration: 1 });
    held.release();

    expect(second).toMatchObject({ outcome: 'in-progress', generation: 1, retry_after_seconds: 75 });
    expect(await first).toMatchObject({ outcome: 'refreshed', generation: 2 });
  });

  it('may use six of ten mints in ten minutes; the schedule keeps the rest', async () => {
    ({ world } = await startAuthorizedWorld());

    const outcomes: string[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) outcomes.push((await refresh(world)).outcome);

    expect(outcomes.filter((outcome) => outcome === 'refreshed')).toHaveLength(5);
    expect(outcomes.at(-1)).toBe('budget-exhausted');
    expect(world.metrics.ofFleet('BudgetExhausted')).toHaveLength(3);
    expect((await refresh(world)).retry_after_seconds).toBe(690);
  });

  it('leaves Zoho alone while Zoho throttles us, and serves the old token', async () => {
    ({ world } = await startAuthorizedWorld());
    world.zoho.injectFault({ kind: 'throttle', variant: 'chinese', calls: 1 });
    const token = world.readToken('crm-prod');

    const first = await refresh(world);
    const second = await refresh(world);
    await runMinutes(world, 9);

    expect(first.outcome).toBe('throttled');
    expect(second).toMatchObject({ outcome: 'throttled', generation: 1 });
    expect(second.retry_after_seconds).toBeGreaterThanOrEqual(600);
    expect(world.zoho.tokenCalls).toHaveLength(2);
    expect(world.readToken('crm-prod')).toEqual(token);
    expect(world.metrics.ofFleet('Throttled')).toHaveLength(1);

    await runMinutes(world, 3);
    expect(world.readToken('crm-prod')?.generation).toBe(3);
  });

  it('is blocked by a revocation, asks Zoho once an hour at most, and heals within five minutes of new credentials', async () => {
    const started = await startAuthorizedWorld();
    world = started.world;
    world.zoho.revoke(started.authorization.refreshToken);

    const refused = await refresh(world, { reason: 'unauthorized', rejectedGeneration: 1 });
    const again = await refresh(world, { reason: 'unauthorized', rejectedGeneration: 1 });
    const callsAfterRefusal = world.zoho.tokenCalls.length;
    await runMinutes(world, 59);
    const callsWithinTheHour = world.zoho.tokenCalls.length;
    await runMinutes(world, 2);
    const callsAfterTheHour = world.zoho.tokenCalls.length;
    world.authorize('crm-prod', started.authorization);
    await runMinutes(world, 5);

    expect(refused.outcome).toBe('blocked');
    expect(again.outcome).toBe('blocked');
    expect(callsWithinTheHour).toBe(callsAfterRefusal);
    expect(callsAfterTheHour).toBe(callsAfterRefusal + 1);
    expect(await world.readConnection('crm-prod')).toMatchObject({
      status: 'active',
      lastFailure: undefined,
    });
  });

  it('heals by itself when Zoho was wrong', async () => {
    ({ world } = await startAuthorizedWorld());
    world.zoho.injectFault({ kind: 'error', error: 'invalid_code', calls: 1 });
    await refresh(world);

    await runMinutes(world, 61);

    expect(await world.readConnection('crm-prod')).toMatchObject({ status: 'active' });
  });

  it('keeps the alarm of a blocked connection up by counting it at every look', async () => {
    ({ world } = await startAuthorizedWorld());
    world.zoho.injectFault({ kind: 'error', error: 'invalid_code' });
    await refresh(world);

    await runMinutes(world, 30);

    const times = world.metrics.ofFleet('Blocked').map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6 * MINUTE_MS);
    expect(times.length).toBeGreaterThanOrEqual(6);
  });

  it('says that a connection without credentials needs a human', async () => {
    world = await startWorld();

    const answer = await refresh(world);

    expect(answer).toMatchObject({ outcome: 'blocked', generation: 0, expires_at: null });
  });

  it('finds a declared connection before the first tick has registered it', async () => {
    world = await startWorld();
    world.authorize('crm-prod');

    expect(await refresh(world)).toMatchObject({ outcome: 'refreshed', generation: 1 });
  });

  it('does not spend the budget on an outage: a rejected token waits for the back-off', async () => {
    ({ world } = await startAuthorizedWorld());
    world.zoho.injectFault({ kind: 'html-5xx' });
    await refresh(world, { reason: 'unauthorized', rejectedGeneration: 1 });

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => refresh(world, { reason: 'unauthorized', rejectedGeneration: 1 })),
    );

    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['failed']));
    expect(world.zoho.tokenCalls).toHaveLength(2);
  });

  it('is due again when its lease ends, should the holder not come back in time', async () => {
    ({ world } = await startAuthorizedWorld());
    const held = world.zoho.holdNextCall();
    const dying = refresh(world);
    await held.received;

    world.clock.advance(74_000);
    const tooEarly = await tick(world);
    world.clock.advance(1_000);
    const afterTheLease = await tick(world);
    held.abandon();

    expect(tooEarly.due).toBe(0);
    expect(afterTheLease).toMatchObject({ due: 1, refreshed: 1 });
    expect((await dying).outcome).toBe('failed');
    expect(world.readToken('crm-prod')?.generation).toBe(3);
  });
});
