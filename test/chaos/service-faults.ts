import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { Location } from '../../sandbox/zoho/zoho-simulator.ts';
import type { Witness } from './chaos-monitor.ts';
import type { Trouble } from './chaos-plan.ts';

const MINUTE_MS = 60_000;

interface Outage {
  readonly connection: string;
  readonly untilMs: number;
  readonly end: () => void;
}

/** What goes wrong at Zoho and in AWS, while the processes have troubles of their own. */
export class Troubles {
  readonly #world: LocalDeployment;
  readonly #witness: Witness;
  #outages: readonly Outage[] = [];

  constructor(world: LocalDeployment, witness: Witness) {
    this.#world = world;
    this.#witness = witness;
  }

  cause(trouble: Trouble): void {
    const { zoho, aws, clock } = this.#world;
    switch (trouble.kind) {
      case 'outage': {
        const { connection, minutes, mintsAllTheSame: withEffect } = trouble;
        const dataCenter = dataCenterOf(this.#world, connection);
        const end = zoho.injectFault({ kind: 'html-5xx', withEffect, dataCenter });
        this.#outages = [...this.#outages, { connection, untilMs: clock.now() + minutes * MINUTE_MS, end }];
        return;
      }
      case 'throttle': {
        const dataCenter = dataCenterOf(this.#world, trouble.connection);
        zoho.injectFault({ kind: 'throttle', calls: 1, dataCenter });
        return;
      }
      case 'lost-answer': {
        const { operation } = trouble;
        if (operation === 'UpdateItem') aws.dynamoDb.faults.dropNext({ operation, afterEffect: true });
        else aws.secretsManager.faults.dropNext({ operation, afterEffect: true });
      }
    }
  }

  /** Nobody can expect a token while Zoho is down. */
  goOn(): void {
    for (const { connection } of this.#outages) this.#witness.troubled(connection);
  }

  endThoseThatAreOver(): void {
    const nowMs = this.#world.clock.now();
    this.#end(this.#outages.filter(({ untilMs }) => untilMs <= nowMs));
  }

  /** Ends the outages, and forgets what was still to go wrong. */
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

/** Where the accounts of a connection are. */
export function dataCenterOf(world: LocalDeployment, connection: string): Location {
  const declared = world.config.declaredConnections[connection];
  if (declared === undefined) throw new Error(`There is no connection ${connection}.`);
  return declared.dataCenter;
}
