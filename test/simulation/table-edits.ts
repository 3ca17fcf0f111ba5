import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { SimulatedLambda } from './simulated-lambda.ts';
import type { SimulatedTable } from './simulated-table.ts';
import type { WorldConnection } from './world-connection.ts';

/** What others write into the connections table. */
export interface TableEditsOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly lambda: SimulatedLambda;
  readonly table: SimulatedTable;
  readonly faults: FaultPlan;
}

const MINUTE_MS = 60_000;

/** An operator restores a row of a backup, sometimes in the middle of a refresh, whose holder then has lost its lease. */
export function restoreRow(
  { choices, queue, table, faults, lambda }: TableEditsOptions,
  name: string,
  connection: WorldConnection,
  ask: () => void,
): void {
  const restore = () => {
    faults.disturb(queue.now());
    const writes = choices.between(`${name} writes`, 1, 12);
    table.restore(connection.name, writes, lambda.config.fleetShards);
  };
  if (choices.happens(`${name} during a refresh`, 0.5)) {
    ask();
    queue.after(choices.between(`${name} after`, 100, 1_200), restore);
  } else restore();
}

/** As an earlier version of the refresher did, whose clock was wrong. It takes some minutes to be found. */
export function writeImpossibleTimes(
  { choices, queue, table, faults }: TableEditsOptions,
  name: string,
  { name: key }: WorldConnection,
): void {
  faults.disturb(queue.now() + 6 * MINUTE_MS);
  table.shiftTimes(key, choices.pick(`${name} minutes`, [70, 1_440]) * MINUTE_MS);
}
