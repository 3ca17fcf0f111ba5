import { describe, expect, test } from 'vitest';
import { COMPLAINTS_A_DAY } from '../../../../lambdas/core/connection/complaints.ts';
import { acquireLease } from '../../../../lambdas/core/connection/lease.ts';
import {
  checkBudget,
  countWithin,
  lastMintAtMs,
  MINT_BUDGET,
  PUBLISH_BUDGET,
  recordMint,
  recordPublish,
} from '../../../../lambdas/core/connection/mint-budget.ts';
import { decide } from '../../../../lambdas/core/refresh/refresh-decision.ts';
import { ACCESS_TOKEN_LIFETIME_MS } from '../../../../lambdas/core/zoho/token-response.ts';
import {
  byOperator,
  dueConnection,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  scheduled,
} from '../../../support/builders.ts';

describe('the budgets', () => {
  test('are 10 mints in 10 minutes and 90 versions in 24 hours; operators stop at 8 and 60, consumers at 6 and 57', () => {
    expect(MINT_BUDGET.limits).toEqual({ scheduled: 10, operator: 8, consumer: 6 });
    expect(PUBLISH_BUDGET.limits).toEqual({ scheduled: 90, operator: 60, consumer: 57 });
  });

  test('have windows that are longer by a lease and by clock skew', () => {
    expect(MINT_BUDGET.windowMs).toBe(10 * MINUTE_MS + 105_000);
    expect(PUBLISH_BUDGET.windowMs).toBe(24 * HOUR_MS + 105_000);
  });
});

describe('what counts against a budget', () => {
  test.each([
    ['mint', MINT_BUDGET],
    ['publish', PUBLISH_BUDGET],
  ] as const)('is what is younger than the window of the %s budget', (_, budget) => {
    const timesMs = [
      NOW_MS - budget.windowMs - 1,
      NOW_MS - budget.windowMs,
      NOW_MS - budget.windowMs + 1,
      NOW_MS,
    ];

    expect(countWithin(budget, timesMs, NOW_MS)).toBe(2);
  });
});

describe('a budget', () => {
  test.each([
    ['scheduled', { mints: 9 }, true],
    ['scheduled', { mints: 10 }, false],
    ['operator', { mints: 7 }, true],
    ['operator', { mints: 8 }, false],
    ['consumer', { mints: 0 }, true],
    ['consumer', { mints: 5 }, true],
    ['consumer', { mints: 6 }, false],
    ['scheduled', { publishes: 89 }, true],
    ['scheduled', { publishes: 90 }, false],
    ['operator', { publishes: 59 }, true],
    ['operator', { publishes: 60 }, false],
    ['consumer', { publishes: 56 }, true],
    ['consumer', { publishes: 57 }, false],
  ] as const)('allows a %s refresh after %j: %s', (kind, counts, allowed) => {
    expect(checkBudget(used(counts), kind, NOW_MS).allowed).toBe(allowed);
  });
});

describe('the mint budget', () => {
  test('is free again when the oldest of ten is no longer counted, and not a moment earlier', () => {
    const connection = { mintsMs: everySecondUntil(NOW_MS, 10), publishesMs: [] };
    const freeAtMs = NOW_MS - 9_000 + MINT_BUDGET.windowMs;

    expect(checkBudget(connection, 'scheduled', NOW_MS)).toEqual({ allowed: false, retryAtMs: freeAtMs });
    expect(checkBudget(connection, 'scheduled', freeAtMs - 1).allowed).toBe(false);
    expect(checkBudget(connection, 'scheduled', freeAtMs).allowed).toBe(true);
  });

  test('makes an operator wait until fewer than eight are counted', () => {
    const connection = { mintsMs: everySecondUntil(NOW_MS, 9), publishesMs: [] };

    expect(checkBudget(connection, 'operator', NOW_MS)).toEqual({
      allowed: false,
      retryAtMs: NOW_MS - 7_000 + MINT_BUDGET.windowMs,
    });
  });

  test('does not depend on the order of the list', () => {
    const ordered = { mintsMs: everySecondUntil(NOW_MS, 10), publishesMs: [] };
    const shuffled = { ...ordered, mintsMs: ordered.mintsMs.toReversed() };

    expect(checkBudget(shuffled, 'scheduled', NOW_MS)).toEqual(checkBudget(ordered, 'scheduled', NOW_MS));
  });

  test('counts a mint that a clock ahead of ours stamped', () => {
    const connection = { mintsMs: Array.from({ length: 10 }, () => NOW_MS + 4_000), publishesMs: [] };

    expect(checkBudget(connection, 'scheduled', NOW_MS).allowed).toBe(false);
  });
});

describe('the publish budget', () => {
  test('together with the mint budget allows nothing before both are free', () => {
    const connection = used({ mints: 10, publishes: 90 });

    const check = checkBudget(connection, 'scheduled', NOW_MS);

    const retryAtMs = check.allowed ? undefined : check.retryAtMs;
    expect(retryAtMs).toBe(Math.min(...connection.publishesMs) + PUBLISH_BUDGET.windowMs);
  });

  test('has room for a day of scheduled refreshes after operators took all of theirs', () => {
    const refreshesInADay = Math.ceil((24 * 60) / 54);

    expect(PUBLISH_BUDGET.limits.operator + refreshesInADay).toBeLessThan(PUBLISH_BUDGET.limits.scheduled);
  });

  test('has room for every complaint that is honored when the schedule renews each token at half its life', () => {
    const renewalsInADay = (24 * HOUR_MS) / (ACCESS_TOKEN_LIFETIME_MS / 2);

    const { consumer, operator } = PUBLISH_BUDGET.limits;

    expect(renewalsInADay + COMPLAINTS_A_DAY).toBeLessThanOrEqual(consumer);
    expect(consumer).toBeLessThan(operator);
  });

  test.each([
    ['scheduled', scheduled, PUBLISH_BUDGET.limits.scheduled],
    ['operator', byOperator, PUBLISH_BUDGET.limits.operator],
  ] as const)(
    'counts the version that a dead holder may have written before it allows a %s refresh',
    (_, request, limit) => {
      const publishesMs = everySecondUntil(NOW_MS - HOUR_MS, limit - 1);
      const untilMs = NOW_MS - 1;
      const abandoned = dueConnection({ publishesMs, lease: { owner: 'dead', untilMs }, mintsMs: [] });

      expect(decide(abandoned, request, NOW_MS)).toMatchObject({
        action: 'none',
        outcome: 'budget-exhausted',
      });
    },
  );

  test('never holds more versions than its limit after a lease was taken over', () => {
    const publishesMs = everySecondUntil(NOW_MS - HOUR_MS, PUBLISH_BUDGET.limits.scheduled - 2);
    const untilMs = NOW_MS - 1;
    const abandoned = dueConnection({ publishesMs, lease: { owner: 'dead', untilMs }, mintsMs: [] });

    const leased = acquireLease(abandoned, { owner: 'next', nowMs: NOW_MS, leaseMs: 75_000 });

    expect(decide(abandoned, scheduled, NOW_MS)).toMatchObject({ action: 'mint' });
    expect(leased.publishesMs).toHaveLength(PUBLISH_BUDGET.limits.scheduled - 1);
  });
});

describe('the record of times', () => {
  test.each([
    ['mints', recordMint, MINT_BUDGET],
    ['versions', recordPublish, PUBLISH_BUDGET],
  ] as const)('drops %s that no longer count', (_, record, { windowMs }) => {
    const old = NOW_MS - windowMs;

    expect(record([old, old + 1], NOW_MS)).toEqual([old + 1, NOW_MS]);
  });

  test('contains when Zoho was last called', () => {
    expect(lastMintAtMs({ mintsMs: [] })).toBeUndefined();
    expect(lastMintAtMs({ mintsMs: [NOW_MS, NOW_MS - 1] })).toBe(NOW_MS);
  });
});

function used({ mints = 0, publishes = 0 }: { mints?: number; publishes?: number }) {
  return {
    mintsMs: everySecondUntil(NOW_MS, mints),
    publishesMs: everySecondUntil(NOW_MS - HOUR_MS, publishes),
  };
}

function everySecondUntil(latestMs: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => latestMs - (count - 1 - index) * 1000);
}
