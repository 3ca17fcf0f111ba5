import { expect, test } from 'vitest';
import { FLEET_SHARDS } from '../../../../lambdas/core/connection/partition.ts';
import { divideRate } from '../../../../lambdas/core/refresh/fleet-rates.ts';

test('without a fleet, declared connections have the whole rate', () => {
  expect(divideRate(20, undefined)).toEqual({ declared: 20, shard: 0 });
});

test.each(FLEET_SHARDS)('with %i shards, all ticks together start no more than the rate', (shards) => {
  for (const rate of [1, 5, 20, 24]) {
    const { declared, shard } = divideRate(rate, shards);

    expect(declared + shards * shard).toBeCloseTo(rate);
    expect(declared).toBeGreaterThan(0);
    expect(shard).toBeGreaterThan(0);
  }
});
