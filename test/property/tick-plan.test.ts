import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planRefresh, TICK_MS } from '../../lambdas/core/refresh/renewal-times.ts';
import { planAtTick, shareOfTick, tickOf } from '../../lambdas/core/refresh/tick-plan.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS, SECOND_MS } from '../support/builders.ts';
import { randomness } from './arbitraries.ts';
import { forAll, runs } from './fuzz-runs.ts';

const world = fc.record({
  refreshMarginMs: fc.integer({ min: 180, max: 1_725 }).map((s) => s * SECOND_MS),
  refreshJitterMs: fc.integer({ min: 0, max: 600 }).map((s) => s * SECOND_MS),
  issuedAtMs: fc.integer({ min: -HOUR_MS, max: 5 * MINUTE_MS }).map((ms) => NOW_MS + ms),
  lifeMs: fc.oneof(fc.constant(HOUR_MS), fc.integer({ min: SECOND_MS, max: 3 * HOUR_MS })),
  connections: fc.option(fc.nat({ max: 20_000 }), { nil: undefined }),
  counts: fc.array(fc.nat({ max: 500 }), { minLength: 0, maxLength: 60 }),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function planOf(given: World, random: number) {
  const life = { issuedAtMs: given.issuedAtMs, expiresAtMs: given.issuedAtMs + given.lifeMs };
  const planned = (tick: number) => given.counts[((tick % 60) + 60) % 60] ?? 0;
  const { connections } = given;
  const coming = { startedAtMs: NOW_MS, connections, planned };
  return {
    atMs: planAtTick(life, given, () => random, coming),
    latestMs: planRefresh(life, { ...given, refreshJitterMs: 0 }, () => random),
    planned,
  };
}

describe('the plan of a tick', () => {
  test('is never later than that of the token alone without jitter', () =>
    forAll([world, randomness], runs(500), (given, random) => {
      const { atMs, latestMs } = planOf(given, random);

      expect(Number.isInteger(atMs)).toBe(true);
      expect(atMs).toBeLessThanOrEqual(latestMs);
    }));

  test('leaves a sixth of the time until then, unless the jitter alone takes more', () =>
    forAll([world, randomness], runs(500), (given, random) => {
      const { atMs, latestMs } = planOf({ ...given, refreshJitterMs: 0 }, random);

      expect(atMs).toBeGreaterThanOrEqual(given.issuedAtMs + (latestMs - given.issuedAtMs) / 6);
    }));

  test('takes a tick with room, or there was none between it and the latest', () =>
    forAll([world, randomness], runs(500), (given, random) => {
      const { atMs, latestMs, planned } = planOf({ ...given, refreshJitterMs: 0 }, random);
      const spanMs = latestMs - given.issuedAtMs;
      fc.pre(given.connections !== undefined && spanMs >= 31 * MINUTE_MS);
      const share = shareOfTick(given.connections ?? 0, spanMs);
      const chosen = tickOf(atMs, { startedAtMs: NOW_MS });
      const sinceTickMs = Math.max(0, given.issuedAtMs - NOW_MS);
      const later: number[] = [];
      for (let tick = chosen + 1; NOW_MS + tick * TICK_MS <= latestMs - sinceTickMs; tick += 1)
        later.push(tick);

      for (const tick of later)
        expect(planned(tick)).toBeGreaterThanOrEqual(Math.min(share, planned(chosen)));
    }));
});
