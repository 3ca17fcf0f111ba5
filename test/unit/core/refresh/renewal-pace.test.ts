import { describe, expect, test } from 'vitest';
import { paceRenewal, RENEWAL_SPACING_MS } from '../../../../lambdas/core/refresh/renewal-pace.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';

const SPACING_MS = RENEWAL_SPACING_MS;
const SOON_MS = NOW_MS + 5 * MINUTE_MS;

/** Publishes that were so many spacings before now, oldest first. */
const spacings = (...before: number[]) => before.map((each) => NOW_MS - each * SPACING_MS);

test('the versions of a day allow a renewal every 16 minutes and 46 seconds', () => {
  expect(SPACING_MS).toBe(Math.ceil((24 * HOUR_MS + 105_000) / 86));
});

describe('a renewal', () => {
  test.each<[string, number[]]>([
    ['the first token', []],
    ['one that follows tokens of an hour', spacings(9, 6, 3)],
    ['the second that comes early', spacings(3, 0.3)],
  ])('is as planned after %s', (_, publishesMs) => {
    expect(paceRenewal(SOON_MS, NOW_MS, publishesMs)).toBe(SOON_MS);
  });

  test('is spaced after two that came early', () => {
    expect(paceRenewal(SOON_MS, NOW_MS, spacings(0.6, 0.3))).toBe(NOW_MS + 0.4 * SPACING_MS);
    expect(paceRenewal(SOON_MS, NOW_MS, spacings(0.9, 0.6, 0.3))).toBe(NOW_MS + SPACING_MS);
  });

  test('makes up for a tick that was late', () => {
    const [first = 0, second = 0, third = 0] = spacings(2.2, 1.1, 0);
    const inSteps = [first - 100, first - 50, first, second, third];

    expect(paceRenewal(SOON_MS, third, inSteps.slice(0, -1))).toBeLessThan(third + SPACING_MS);
  });

  test('is delayed by one spacing at most, however much was published', () => {
    const many = Array.from({ length: 60 }, () => NOW_MS - MINUTE_MS);

    expect(paceRenewal(SOON_MS, NOW_MS, many)).toBe(NOW_MS + SPACING_MS);
  });

  test('that is planned for later than one spacing is never delayed', () => {
    const many = Array.from({ length: 60 }, () => NOW_MS + HOUR_MS);

    expect(paceRenewal(NOW_MS + SPACING_MS, NOW_MS, many)).toBe(NOW_MS + SPACING_MS);
    expect(paceRenewal(NOW_MS + 54 * MINUTE_MS, NOW_MS, many)).toBe(NOW_MS + 54 * MINUTE_MS);
  });
});
