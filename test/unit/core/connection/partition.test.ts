import { describe, expect, test } from 'vitest';
import {
  ALL_PARTITIONS,
  FLEET_SHARDS,
  intendedPartition,
  partitionOf,
  partitionsOfShard,
} from '../../../../lambdas/core/connection/partition.ts';
import { indexKeysOf, partitionInKey } from '../../../../lambdas/core/connection/table-indexes.ts';

describe('the partition of a connection', () => {
  test.each([
    ['tenant-1', 9],
    ['tenant-2', 12],
    ['acme', 2],
  ])('of %s is always %i: rows of earlier versions stay where they are', (name, partition) => {
    expect(partitionOf(name)).toBe(partition);
  });

  test.each([
    ['numbered names', (index: number) => `tenant-${index}`],
    ['padded numbers', (index: number) => `t${String(index).padStart(8, '0')}`],
    ['hexadecimal ids', (index: number) => (index * 2_654_435_761).toString(16)],
    ['names with a common end', (index: number) => `${index}-prod`],
  ])('spreads %s evenly', (_what, nameOf) => {
    const counts = ALL_PARTITIONS.map(() => 0);

    for (let index = 0; index < 16_000; index += 1) {
      const partition = partitionOf(nameOf(index));
      counts[partition] = (counts[partition] ?? 0) + 1;
    }

    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });

  test('is that of declared connections without a fleet, and for declared connections', () => {
    expect(intendedPartition({ name: 'acme', source: 'connected' }, false)).toBeUndefined();
    expect(intendedPartition({ name: 'acme', source: 'declared' }, true)).toBeUndefined();
    expect(intendedPartition({ name: 'acme', source: 'connected' }, true)).toBe(partitionOf('acme'));
  });

  test('is in the keys of both indexes', () => {
    expect(indexKeysOf(7)).toEqual({ queue: 'due#7', live: 'live#7' });
    expect(indexKeysOf(undefined)).toEqual({ queue: 'due', live: 'live' });
    for (const partition of ALL_PARTITIONS)
      expect(partitionInKey(indexKeysOf(partition).queue)).toBe(partition);
  });

  test.each(['due', 'due#16', 'due#-1', 'due#1x', 'due#', 'live#3', ''])(
    'is not in the key "%s"',
    (queue) => {
      expect(partitionInKey(queue)).toBeUndefined();
    },
  );
});

describe('the shards', () => {
  test.each(FLEET_SHARDS)('%i of them take every partition once', (shards) => {
    const taken = Array.from({ length: shards }, (_, shard) => partitionsOfShard(shard, shards));

    expect(taken.flat().sort((one, other) => one - other)).toEqual(ALL_PARTITIONS);
    expect(new Set(taken.map(({ length }) => length)).size).toBe(1);
  });
});
