import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { Location } from '../../sandbox/zoho/zoho-simulator.ts';
import type { ChaosMonitor } from './chaos-monitor.ts';
import type { ServiceFault } from './chaos-plan.ts';

const MINUTE_MS = 60_000;

interface Outage {
  readonly connection: string;
  readonly untilMs: number;
  readonly end: () => void;
}

/** Injects faults into Zoho and AWS during a chaos run. */
export class ServiceFaults {
  readonly #world: LocalDeployment;
  readonly #monitor: ChaosMonitor;
  #outages: readonly Outage[] = [];

  constructor(world: LocalDeployment, monitor: ChaosMonitor) {
    this.#world = world;
    this.#monitor = monitor;
  }

  cause(fault: ServiceFault): void {
    const { zoho, aws, clock } = this.#world;
    switch (fault.kind) {
      case 'outage': {
        const { connection, minutes, mintsAnyway: withEffect } = fault;
        const dataCenter = dataCenterOf(this.#world, connection);
        const end = zoho.injectFault({ kind: 'html-5xx', withEffect, dataCenter });
        this.#outages = [...this.#outages, { connection, untilMs: clock.now() + minutes * MINUTE_MS, end }];
        return;
      }
      case 'throttle': {
        const dataCenter = dataCenterOf(this.#world, fault.connection);
        zoho.injectFault({ kind: 'throttle', calls: 1, dataCenter });
        return;
      }
      case 'lost-answer': {
        const { operation } = fault;
        if (operation === 'UpdateItem') aws.dynamoDb.faults.dropNext({ operation, afterEffect: true });
        else aws.secretsManager.faults.dropNext({ operation, afterEffect: true });
      }
    }
  }

  /** No token can be expected while Zoho is down: every outage disturbs its connection again. */
  prolong(): void {
    for (const { connection } of this.#outages) this.#monitor.disturb(connection);
  }

  endOutagesDue(): void {
    const nowMs = this.#world.clock.now();
    this.#end(this.#outages.filter(({ untilMs }) => untilMs <= nowMs));
  }

  /** Ends the outages and removes the faults that have not happened yet. */
  endAll(): void {
    this.#end(this.#outages);
    this.#world.zoho.clearFaults();
    this.#world.aws.dynamoDb.faults.clear();
    this.#world.aws.secretsManager.faults.clear();
  }

  #end(over: readonly Outage[]): void {
    for (const { end } of over) end();
    this.#outages = this.#outages.filter((outage) => !over.includes(outage));
  }
}

/** The data center of a connection. */
export function dataCenterOf(world: LocalDeployment, connection: string): Location {
  const declared = world.config.declaredConnections[connection];
  if (declared === undefined) throw new Error(`There is no connection ${connection}.`);
  return declared.dataCenter;
}
