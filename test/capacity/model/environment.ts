import { WindowPace } from '../../../lambdas/core/refresh/window-pace.ts';
import { createFleetMemory, type FleetMemory } from '../../../lambdas/refresher/fleet-memory.ts';
import { LOOKS_PER_SECOND } from '../../../lambdas/refresher/paces.ts';
import { Breaker } from './breaker.ts';

/** A Lambda environment: what a tick remembers for the next one. */
export class Environment {
  readonly pace: WindowPace;
  readonly lookPace = new WindowPace(LOOKS_PER_SECOND);
  readonly breaker = new Breaker();
  readonly fleet: FleetMemory = createFleetMemory();
  busyUntilMs = Number.NEGATIVE_INFINITY;

  constructor(refreshesPerSecond: number) {
    this.pace = new WindowPace(refreshesPerSecond);
  }
}
