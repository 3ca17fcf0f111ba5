import { describe, expect, test } from 'vitest';
import {
  type ComingTicks,
  chooseTick,
  planAtTick,
  shareOfTick,
  tickOf,
  usualShareOfTick,
} from '../../../../lambdas/core/refresh/tick-plan.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS, SECOND_MS } from '../../../support/builders.ts';

const timing = { refreshMarginMs: 5 * MINUTE_MS, refreshJitterMs: MINUTE_MS };
const hourFrom = (issuedAtMs: number) => ({ issuedAtMs, expiresAtMs: issuedAtMs + HOUR_MS });
const middle = () => 0.5;

const coming = (counts: Record<number, number> = {}, connections?: number): ComingTicks => ({
  startedAtMs: NOW_MS,
  connections,
  planned: (tick) => counts[tick] ?? 0,
});

describe('the share of a tick', () => {
  test.each([
    [0, 1],
    [1, 1],
    [43, 1],
    [44, 2],
    [60, 2],
    [120, 3],
    [500, 12],
    [2_000, 47],
    [10_000, 233],
  ])('of %i connections is a quarter above the mean: %i', (connections, share) => {
    expect(shareOfTick(connections, 53.75 * MINUTE_MS)).toBe(share);
    expect(usualShareOfTick(connections, timing)).toBe(share);
  });

  test('is larger with a larger margin', () => {
    expect(usualShareOfTick(120, { ...timing, refreshMarginMs: 20 * MINUTE_MS })).toBe(4);
  });
});

describe('the tick of a renewal', () => {
  const bounds = { latest: 54, earliest: 10, share: 3 };

  test.each<[string, Record<number, number>, number]>([
    ['the latest with room', { 54: 2 }, 54],
    ['the one before, if that has none', { 54: 3 }, 53],
    ['the latest before full ones', { 54: 4, 53: 3, 52: 7, 51: 2 }, 51],
  ])('is %s', (_, counts, tick) => {
    expect(chooseTick((at) => counts[at] ?? 0, bounds)).toBe(tick);
  });

  test('is the latest of the least loaded, if none has room', () => {
    expect(chooseTick((at) => (at === 20 || at === 30 ? 3 : 5), bounds)).toBe(30);
    expect(chooseTick((at) => (at < 10 ? 0 : 3), bounds)).toBe(54);
  });

  test('is the earliest, if only that has room', () => {
    expect(chooseTick((at) => (at === 10 ? 2 : 3), bounds)).toBe(10);
  });
});

describe('a plan', () => {
  test.each([0, 14_999, 15_000, 59_999, 75_000])(
    'of a token that a tick issued after %i ms is in the middle of the minute before the 53rd tick',
    (afterMs) => {
      expect(planAtTick(hourFrom(NOW_MS + afterMs), timing, middle, coming())).toBe(
        NOW_MS + 52.5 * MINUTE_MS,
      );
    },
  );

  test.each([
    ['least', () => 0, 15 * SECOND_MS],
    ['most', () => 1 - 2 ** -53, 45 * SECOND_MS - 1],
  ])('keeps away from the ticks before and after it, with the %s randomness', (_, random, beforeMs) => {
    const atMs = planAtTick(hourFrom(NOW_MS + 22_000), timing, random, coming());

    expect(NOW_MS + 53 * MINUTE_MS - atMs).toBe(beforeMs);
  });

  test('is moved to the minute before, if the tick has its share', () => {
    const full = coming({ 53: 3 }, 120);

    expect(planAtTick(hourFrom(NOW_MS + 20_000), timing, middle, full)).toBe(NOW_MS + 51.5 * MINUTE_MS);
  });

  test('is not moved while the size of the fleet is unknown', () => {
    expect(planAtTick(hourFrom(NOW_MS + 20_000), timing, middle, coming({ 53: 99 }))).toBe(
      NOW_MS + 52.5 * MINUTE_MS,
    );
  });

  test('comes nine minutes after the issue at the earliest', () => {
    const allButEarly: ComingTicks = {
      startedAtMs: NOW_MS,
      connections: 1,
      planned: (tick) => (tick > 10 ? 1 : 0),
    };

    expect(planAtTick(hourFrom(NOW_MS), timing, middle, allButEarly)).toBe(NOW_MS + 9.5 * MINUTE_MS);
    expect(planAtTick(hourFrom(NOW_MS + 20_000), timing, middle, allButEarly)).toBe(
      NOW_MS + 52.5 * MINUTE_MS,
    );
  });

  test('is earlier by whole minutes with a jitter of minutes', () => {
    const jitter = { ...timing, refreshJitterMs: 10 * MINUTE_MS };

    expect(planAtTick(hourFrom(NOW_MS + 20_000), jitter, middle, coming())).toBe(NOW_MS + 47.5 * MINUTE_MS);
  });

  test.each([
    ['whose life is short', { expiresAtMs: NOW_MS + 36 * MINUTE_MS }, timing],
    ['that is renewed at half its life', {}, { ...timing, refreshMarginMs: 29 * MINUTE_MS }],
  ])('of a token %s is that of the token alone', (_, life, given) => {
    const alone = planAtTick({ ...hourFrom(NOW_MS), ...life }, given, middle, coming());
    const crowded = planAtTick({ ...hourFrom(NOW_MS), ...life }, given, middle, coming({ 30: 9, 29: 9 }, 1));

    expect(crowded).toBe(alone);
    expect(alone).toBe(NOW_MS + (given === timing ? 29.25 : 30) * MINUTE_MS);
  });
});

test.each([
  [-MINUTE_MS, -1],
  [0, 0],
  [1, 1],
  [MINUTE_MS, 1],
  [MINUTE_MS + 1, 2],
])('what is due %i ms after this tick is taken by tick %i', (afterMs, tick) => {
  expect(tickOf(NOW_MS + afterMs, { startedAtMs: NOW_MS })).toBe(tick);
});
