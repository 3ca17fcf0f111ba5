import { divideRate } from '../../../lambdas/core/refresh/fleet-rates.ts';
import type { RefresherConfig } from '../../../lambdas/refresher/config.ts';
import type { Pace, Paces } from '../../../lambdas/refresher/paces.ts';
import type { EventQueue } from '../../simulation/event-queue.ts';
import { WindowPace } from '../window-pace.ts';

/** Looks that start in a second, as `lambdas/refresher/paces.ts` has it. */
export const LOOKS_PER_SECOND = 10;

type Rates = Pick<RefresherConfig, 'maxRefreshesPerSecond' | 'fleetShards' | 'fleetRefreshesPerSecond'>;

/** The paces of the refresher (`createPaces`) in simulated time. A test holds them to the same starts. */
export function createSimulatedPaces(config: Rates, queue: Pick<EventQueue, 'now' | 'after'>): Paces {
  const { declared, shard } = divideRate(config.maxRefreshesPerSecond, config.fleetShards);
  return {
    declared: paceOf(declared, queue),
    shard: paceOf(shard, queue),
    sealed: paceOf(config.fleetRefreshesPerSecond ?? 0, queue),
    looks: paceOf(LOOKS_PER_SECOND, queue),
  };
}

function paceOf(perSecond: number, queue: Pick<EventQueue, 'now' | 'after'>): Pace {
  if (perSecond === 0) return () => Promise.resolve();
  const pace = new WindowPace(perSecond);
  return () => {
    const waitMs = pace.startAtMs(queue.now()) - queue.now();
    if (waitMs <= 0) return Promise.resolve();
    return new Promise((resolve) => queue.after(waitMs, resolve));
  };
}
