import { PARTITIONS } from '../../lambdas/core/connection/partition.ts';
import type { Choices } from './choices.ts';
import { type DueList, dueListOf } from './due-lists.ts';
import type { EventQueue } from './event-queue.ts';
import type { FaultPlan } from './fault-plan.ts';
import { startSchedule } from './schedule.ts';
import type { SimulatedLambda } from './simulated-lambda.ts';
import type { SimulatedTable } from './simulated-table.ts';
import type { WorldConnection } from './world-connection.ts';
import type { WorldKind } from './world-kind.ts';

export interface SchedulesOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly faults: FaultPlan;
  readonly kind: WorldKind;
  readonly table: SimulatedTable;
  readonly lambda: SimulatedLambda;
  readonly connections: readonly WorldConnection[];
}

/** Most shards have few connections in a world: their ticks with nothing to do are fired this much less often. */
const IDLE_SHARDS = 4;

/** The schedule of declared connections, and that of each shard that the fleet has. */
export function startSchedules(options: SchedulesOptions): void {
  const { kind, lambda, connections } = options;
  const tick = (event: object) => lambda.invoke({ event, door: 'schedule', caller: 'schedule' });
  startSchedule({
    ...options,
    idleTicksFired: kind.idleTicksFired,
    tick: () => tick({ action: 'refresh-due' }),
    isIdle: () => isIdle(options, 'declared'),
  });
  if (connections.every(({ home }) => home === 'declared')) return;
  for (let shard = 0; shard < PARTITIONS; shard += 1) {
    const isThere = () => shard < (lambda.config.fleetShards ?? 0);
    startSchedule({
      ...options,
      prefix: `shard ${shard} `,
      idleTicksFired: kind.idleTicksFired * IDLE_SHARDS,
      // Its schedule is deleted with it, also between the start of a tick that is late and its arrival.
      tick: () => isThere() && tick({ action: 'refresh-due', shard }),
      isIdle: () => isIdle(options, `shard ${shard}`),
      isOff: () => !isThere(),
    });
  }
}

/** Whether a tick of this list would find nothing due. */
function isIdle({ table, lambda, connections }: SchedulesOptions, list: DueList): boolean {
  const isInList = (name: string) => dueListOf(table.find(name), lambda.config.fleetShards) === list;
  return connections.every(({ name }) => !isInList(name) || table.isIdle(name));
}
