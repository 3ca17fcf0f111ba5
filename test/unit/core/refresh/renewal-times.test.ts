import { describe, expect, test } from 'vitest';
import {
  coolDownMs,
  POLL_INTERVAL_MS,
  PROBE_INTERVAL_MS,
  pendingPollMs,
  planRefresh,
  TICK_MS,
  transientBackoffMs,
} from '../../../../lambdas/core/refresh/renewal-times.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS, SECOND_MS } from '../../../support/builders.ts';

const least = () => 0;
const most = () => 1 - 2 ** -53;
const timing = { refreshMarginMs: 5 * MINUTE_MS, refreshJitterMs: MINUTE_MS };
const hour = { issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + HOUR_MS };

describe('the plan for the next refresh', () => {
  test('leaves the margin of 5 minutes, a tick before it, and 15 seconds for the refresh', () => {
    expect(planRefresh(hour, timing, least)).toBe(NOW_MS + 53.75 * MINUTE_MS);
  });

  test('is earlier by up to a minute of jitter', () => {
    expect(planRefresh(hour, timing, () => 0.5)).toBe(NOW_MS + 53.25 * MINUTE_MS);
    expect(planRefresh(hour, timing, most)).toBe(NOW_MS + 52.75 * MINUTE_MS + 1);
  });

  test('leaves five ticks before the token expires', () => {
    const dueAtMs = planRefresh(hour, timing, least);

    expect(hour.expiresAtMs - dueAtMs).toBeGreaterThanOrEqual(5 * TICK_MS);
  });

  test('is after half the lifetime of a short-lived token', () => {
    const short = { issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + 6 * MINUTE_MS };

    expect(planRefresh(short, timing, most)).toBe(NOW_MS + 3 * MINUTE_MS);
  });

  test('is never before the token was issued, however short its lifetime', () => {
    const shortest = { issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + SECOND_MS };

    expect(planRefresh(shortest, timing, most)).toBe(NOW_MS + 500);
  });
});

describe('the back-off after a transient failure', () => {
  test.each([
    [1, 15],
    [2, 30],
    [3, 60],
    [4, 100],
    [5, 100],
    [1000, 100],
  ])('after failure %i is anything up to %i s', (failures, seconds) => {
    expect(transientBackoffMs(failures, least)).toBe(0);
    expect(transientBackoffMs(failures, () => 0.5)).toBe((seconds * SECOND_MS) / 2);
    expect(transientBackoffMs(failures, most)).toBe(seconds * SECOND_MS - 1);
  });
});

describe('the cool-down after a throttle', () => {
  test.each([
    [1, 10],
    [2, 20],
    [3, 30],
    [4, 30],
    [1000, 30],
  ])('after throttle %i is %i minutes, and up to one more', (failures, minutes) => {
    expect(coolDownMs(failures, least)).toBe(minutes * MINUTE_MS);
    expect(coolDownMs(failures, most)).toBe((minutes + 1) * MINUTE_MS - 1);
  });
});

test.each([
  [0, 5],
  [1, 5],
  [12, 5],
  [13, 10],
  [15, 40],
  [16, 60],
  [1000, 60],
])(
  'look %i at a connection without credentials is followed by the next after %i minutes',
  (looks, minutes) => {
    expect(pendingPollMs(looks)).toBe(minutes * MINUTE_MS);
  },
);

test('the intervals are those of the failure policy', () => {
  expect(TICK_MS).toBe(MINUTE_MS);
  expect(POLL_INTERVAL_MS).toBe(5 * MINUTE_MS);
  expect(PROBE_INTERVAL_MS).toBe(HOUR_MS);
});
