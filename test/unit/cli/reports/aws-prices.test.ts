import { describe, expect, test } from 'vitest';
import { dollarsFor, PRICES, type Price } from '../../../../cli/reports/aws-prices.ts';

describe('the price of a month', () => {
  test('grows with the units', () => {
    expect(dollarsFor('secret', 2)).toBeCloseTo(0.8);
    expect(dollarsFor('secretCall', 3300)).toBeCloseTo(0.0165);
    expect(dollarsFor('scheduledInvocation', 43_800)).toBeCloseTo(0.0438);
  });

  test('falls from tier to tier', () => {
    expect(dollarsFor('customMetric', 10_000)).toBeCloseTo(3000);
    expect(dollarsFor('customMetric', 10_001)).toBeCloseTo(3000.1);
    expect(dollarsFor('customMetric', 1_000_000)).toBeCloseTo(3000 + 24_000 + 37_500);
    expect(dollarsFor('customMetric', 1_000_100)).toBeCloseTo(3000 + 24_000 + 37_500 + 2);
  });

  test('leaves out what the free tier covers, and never falls below 0', () => {
    expect(dollarsFor('alarmMetric', 18, { freeTier: true })).toBeCloseTo(0.8);
    expect(dollarsFor('dashboard', 1, { freeTier: true })).toBe(0);
    expect(dollarsFor('secret', 2, { freeTier: true })).toBeCloseTo(0.8);
  });
});

test.each(Object.entries<Price>(PRICES))('%s has tiers that end at infinity and get cheaper', (_, price) => {
  const ends = price.tiers.map(({ upTo }) => upTo);
  const dollars = price.tiers.map((tier) => tier.dollars);

  expect(ends.at(-1)).toBe(Number.POSITIVE_INFINITY);
  expect(ends).toEqual([...ends].sort((a, b) => a - b));
  expect(dollars).toEqual([...dollars].sort((a, b) => b - a));
  expect(price.source).toMatch(/^https:\/\/aws\.amazon\.com\//);
});
