import { afterEach, describe, expect, it } from 'vitest';
import type { SandboxWorld } from '../../sandbox/world/sandbox-world.ts';
import {
  awsCalls,
  MINUTE_MS,
  refresh,
  runMinutes,
  startAuthorizedWorld,
  startWorld,
} from '../support/sandbox.ts';

let world: SandboxWorld;
afterEach(() => world.close());

describe('a refresh on demand', () => {
  it('needs one read more than a scheduled refresh, whose row came with the query', async () => {
    ({ world } = await startAuthorizedWorld());
    const before = awsCalls(world);

    await refresh(world, { reason: 'unauthorized', rejectedGeneration: 1 });

    expect(awsCalls(world) - before).toBe(6);
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
});
