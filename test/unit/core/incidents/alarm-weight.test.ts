import { describe, expect, test } from 'vitest';
import type { DeclaredConnection } from '../../../../lambdas/core/connection/declared-connection.ts';
import {
  ENOUGH_WEIGHT,
  enoughExpiredAtMs,
  shareOfFleet,
  weigh,
  weightOf,
} from '../../../../lambdas/core/incidents/alarm-weight.ts';

const DECLARED: DeclaredConnection = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] };

const declarationOf = (name: string) => (name === 'crm-prod' ? DECLARED : undefined);

const enough = (names: readonly string[], size?: number) =>
  enoughExpiredAtMs(
    names.map((name, index) => ({ name, expiresAtMs: 100 + index })),
    { size, declarationOf },
  );

const tenants = (count: number) => Array.from({ length: count }, (_, index) => `tenant-${index}`);

describe('the weight of a connection', () => {
  test.each([
    [undefined, 10],
    [0, 10],
    [1_000, 10],
    [1_001, 11],
    [10_000, 100],
    [100_000, 1_000],
    [1_000_000, 1_000],
  ])('in a fleet of %s: as many as %i added at run time count like a declared one', (size, share) => {
    expect(shareOfFleet(size)).toBe(share);
    expect(weightOf(undefined, size)).toBe(1 / share);
    expect(weightOf(DECLARED, size)).toBe(1);
  });

  test('of which no one wants to be notified is that of one added at run time', () => {
    expect(weightOf({ severity: 'none' }, 10)).toBe(0.1);
    expect(weightOf({ severity: 'ticket' }, 10)).toBe(1);
  });

  test.each([10, 11, 13, 49, 97, 100, 333, 1_000])(
    'is enough in sum for %i connections, and not for one less',
    (share) => {
      const sumOf = (count: number) =>
        tenants(count).reduce((sum) => sum + weightOf(undefined, share * 100), 0);

      expect(sumOf(share)).toBeGreaterThanOrEqual(ENOUGH_WEIGHT);
      expect(sumOf(share - 1)).toBeLessThan(ENOUGH_WEIGHT);
    },
  );
});

describe('enough tokens have expired', () => {
  test.each([
    ['the declared one has', ['tenant-0', 'crm-prod', ...tenants(8)], undefined, 101],
    ['ten of tenants have', [...tenants(9), 'another', 'crm-prod'], undefined, 109],
    ['the hundredth part has', tenants(20), 2_000, 119],
    ['all of a small fleet have', tenants(3), undefined, 102],
    ['never: there is only one tenant', tenants(1), undefined, undefined],
    ['never: there is no token', [], undefined, undefined],
  ])('when %s', (_, names, size, atMs) => {
    expect(enough(names, size)).toBe(atMs);
  });
});

describe('what an attempt weighs', () => {
  const TENANT = { weight: 0.1, isScheduled: true };
  const ON_DEMAND = { weight: 0.1, isScheduled: false };

  test.each([
    [{ RefreshFailed: 1 }, TENANT, { FailingWeight: 0.1 }],
    [{ RefreshFailed: 1, Blocked: 1 }, TENANT, { FailingWeight: 0.1 }],
    [{ Throttled: 1 }, TENANT, { ThrottlingWeight: 0.1 }],
    [{ BudgetExhausted: 1 }, TENANT, { ThrottlingWeight: 0.1 }],
    [{ Throttled: 1 }, ON_DEMAND, { ThrottlingWeight: 0.1 }],
    [{ RefreshFailed: 1 }, ON_DEMAND, undefined],
    [{ BudgetExhausted: 1 }, ON_DEMAND, undefined],
    [{ RefreshFailed: 1 }, { weight: 1, isScheduled: false }, { FailingWeight: 1 }],
    [{ RefreshSucceeded: 1 }, TENANT, undefined],
    [{ Blocked: 1 }, { weight: 1, isScheduled: true }, undefined],
  ])('%j of %j: %j', (values, of, weighed) => {
    expect(weigh(values, of)).toEqual(weighed);
  });
});
