import type { FleetShards } from '../../lambdas/core/connection/partition.ts';
import type { Item } from './expressions.ts';

/** The schedule that takes a row: that of declared connections, or that of a shard. */
export type DueList = 'declared' | `shard ${number}`;

/** Without a fleet, the declared tick takes what is left in the partitions. */
export function dueListOf(row: Item | undefined, fleetShards: FleetShards | undefined): DueList {
  const [, partition] = row?.queue?.S?.split('#') ?? [];
  return partition === undefined || fleetShards === undefined
    ? 'declared'
    : `shard ${Number(partition) % fleetShards}`;
}
