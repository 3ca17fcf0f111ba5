import type { FleetShards } from '../../lambdas/core/connection/partition.ts';
import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { FaultPlan } from './fault-plan.ts';
import { fleetOf } from './pick-config.ts';
import type { SimulatedLambda } from './simulated-lambda.ts';
import { isSealed, type WorldConnection } from './world-connection.ts';

export interface FleetChangesOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly lambda: SimulatedLambda;
  readonly faults: FaultPlan;
  readonly connections: readonly WorldConnection[];
  readonly untilMs: number;
}

const MINUTE_MS = 60_000;

/** A developer deploys a fleet of another size, or none for some minutes, in which no sealed token can be renewed. */
export function changeFleet(options: FleetChangesOptions, name: string): void {
  const { choices, queue, faults, connections, untilMs } = options;
  const shards = choices.pick<FleetShards>(`${name} shards`, [1, 2, 4, 8, 16]);
  if (!choices.happens(`${name} off`, 0.5)) {
    deploy(options, shards);
    return;
  }
  const afterMs = choices.between(`${name} off for`, 1, 20) * MINUTE_MS;
  const onAtMs = Math.min(Math.max(untilMs, queue.now()), queue.now() + afterMs);
  deploy(options, undefined);
  if (connections.some(isSealed)) faults.disturb(onAtMs);
  queue.at(onAtMs, () => deploy(options, shards));
}

/** A fleet whose tokens are all in Secrets Manager is turned off. */
export function turnFleetOff(options: FleetChangesOptions): void {
  deploy(options, undefined);
}

function deploy({ lambda, faults, queue }: FleetChangesOptions, shards: FleetShards | undefined): void {
  faults.disturb(queue.now());
  lambda.deploy({ ...lambda.config, ...fleetOf(shards) });
}
