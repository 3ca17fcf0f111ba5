import { fnv1a } from '../fnv1a.ts';
import type { Connection } from './connection.ts';

/**
 * The indexes of the connections table have one partition for declared connections. In a fleet, those that were connected at run time are
 * spread over {@link PARTITIONS} others, because DynamoDB limits the writes of each partition
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html). A shard of the schedule takes one
 * or more of them.
 */
export const PARTITIONS = 16;

/** How many shards a fleet may have: each takes the same number of partitions. */
export const FLEET_SHARDS = [1, 2, 4, 8, 16] as const;
export type FleetShards = (typeof FLEET_SHARDS)[number];

/** The partition of a connection in a fleet. It depends on the name only, so it never changes. */
export function partitionOf(name: string): number {
  const hash = fnv1a(name);
  return ((hash >>> 16) ^ (hash & 0xffff)) % PARTITIONS;
}

/** The partitions that a shard takes. */
export function partitionsOfShard(shard: number, shards: FleetShards): readonly number[] {
  return ALL_PARTITIONS.filter((partition) => shardOfPartition(partition, shards) === shard);
}

/** The shard that takes a partition. */
export function shardOfPartition(partition: number, shards: number): number {
  return partition % shards;
}

export const ALL_PARTITIONS: readonly number[] = Array.from({ length: PARTITIONS }, (_, index) => index);

/** Where the configuration wants a row. Undefined: with the declared connections. */
export function intendedPartition(
  { name, source }: Pick<Connection, 'name' | 'source'>,
  isFleet: boolean,
): number | undefined {
  return isFleet && source === 'connected' ? partitionOf(name) : undefined;
}
