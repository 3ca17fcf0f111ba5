import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  coolDownMs,
  planRefresh,
  REFRESH_MS,
  TICK_MS,
  transientBackoffMs,
} from '../../lambdas/core/refresh/renewal-times.ts';
import { NUMBER_SETTINGS } from '../../lambdas/refresher/number-settings.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS, SECOND_MS } from '../support/builders.ts';
import { randomness } from './arbitraries.ts';
import { forAll, runs } from './fuzz-runs.ts';

const { refreshMarginSeconds: margin, refreshJitterSeconds: jitter } = NUMBER_SETTINGS;
/** With a larger margin, half of an hour-long token's lifetime comes first. */
const longestMarginSeconds = Math.min(margin.max, (HOUR_MS / 2 - TICK_MS - REFRESH_MS) / SECOND_MS);

const timing = fc.record({
  refreshMarginMs: fc.integer({ min: margin.min, max: longestMarginSeconds }).map((s) => s * SECOND_MS),
  refreshJitterMs: fc.integer({ min: jitter.min, max: jitter.max }).map((s) => s * SECOND_MS),
});
const failures = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.nat());

describe('the plan for the next refresh of an hour-long token', () => {
  const hour = { issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + HOUR_MS };

  test('leaves the margin, a tick and a refresh before the token expires', () =>
    forAll([timing, randomness], runs(100), (given, random) => {
      const leftMs = hour.expiresAtMs - planRefresh(hour, given, () => random);

      expect(leftMs).toBeGreaterThanOrEqual(given.refreshMarginMs + TICK_MS + REFRESH_MS);
    }));

  test('is earlier than that by at most the jitter', () =>
    forAll([timing, randomness], runs(100), (given, random) => {
      const leftMs = hour.expiresAtMs - planRefresh(hour, given, () => random);

      expect(leftMs).toBeLessThanOrEqual(
        given.refreshMarginMs + TICK_MS + REFRESH_MS + given.refreshJitterMs,
      );
    }));
});

describe('the plan for the next refresh of any token', () => {
  const lifetimeMs = fc.oneof(fc.integer({ min: 1, max: HOUR_MS }), fc.constantFrom(SECOND_MS, HOUR_MS));

  test('is in the second half of its lifetime', () =>
    forAll([timing, lifetimeMs, randomness], runs(100), (given, lifeMs, random) => {
      const token = { issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + lifeMs };

      const dueAtMs = planRefresh(token, given, () => random);

      expect(dueAtMs).toBeGreaterThanOrEqual(NOW_MS + Math.floor(lifeMs / 2));
      expect(dueAtMs).toBeLessThan(token.expiresAtMs);
      expect(Number.isInteger(dueAtMs)).toBe(true);
    }));

  test('is at half of its lifetime, or leaves the margin and a tick', () =>
    forAll([timing, lifetimeMs, randomness], runs(100), (given, lifeMs, random) => {
      const token = { issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + lifeMs };

      const dueAtMs = planRefresh(token, given, () => random);

      const isAtHalfLife = dueAtMs === NOW_MS + Math.floor(lifeMs / 2);
      const leavesMargin = token.expiresAtMs - dueAtMs >= given.refreshMarginMs + TICK_MS;
      expect(isAtHalfLife || leavesMargin).toBe(true);
    }));
});

describe('the back-off after a transient failure', () => {
  test('is at most 15 s the first time, then at most doubles, up to 100 s', () =>
    forAll([failures, randomness], runs(100), (count, random) => {
      const backoffMs = transientBackoffMs(count, () => random);

      expect(backoffMs).toBeGreaterThanOrEqual(0);
      expect(backoffMs).toBeLessThan(
        Math.min(15 * SECOND_MS * 2 ** (Math.max(count, 1) - 1), 100 * SECOND_MS),
      );
      expect(Number.isInteger(backoffMs)).toBe(true);
    }));

  test('covers the whole range, so that connections do not retry together', () =>
    forAll([failures], runs(100), (count) => {
      const longest = transientBackoffMs(count, () => 1 - 2 ** -53);

      expect(transientBackoffMs(count, () => 0)).toBe(0);
      expect(longest).toBeGreaterThanOrEqual(15 * SECOND_MS - 1);
    }));
});

describe('the pause after Zoho throttles', () => {
  test('is ten to thirty-one minutes, and grows with the number of throttles', () =>
    forAll([failures, randomness], runs(100), (count, random) => {
      const pauseMs = coolDownMs(count, () => random);

      expect(pauseMs).toBeGreaterThanOrEqual(10 * MINUTE_MS);
      expect(pauseMs).toBeLessThan(31 * MINUTE_MS);
      expect(coolDownMs(count + 1, () => random)).toBeGreaterThanOrEqual(pauseMs);
      expect(Number.isInteger(pauseMs)).toBe(true);
    }));
});
