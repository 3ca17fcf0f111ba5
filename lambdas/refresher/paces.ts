import pThrottle from 'p-throttle';
import { divideRate } from '../core/refresh/fleet-rates.ts';
import type { RefresherConfig } from './config.ts';

/** Resolves when one more may start. */
export type Pace = () => Promise<void>;

/** How often something may start, for as long as the Lambda environment lives. One environment runs one tick at a time. */
export interface Paces {
  /** Refreshes of a tick that are written to Secrets Manager. */
  readonly declared: Pace;
  /** The same in a tick of a shard. */
  readonly shard: Pace;
  /** Refreshes that are written to DynamoDB. */
  readonly sealed: Pace;
  /** Looks at connections that are out of service. */
  readonly looks: Pace;
}

/** 600 in a tick: enough to look at 3,000 blocked connections every five minutes. */
const LOOKS_PER_SECOND = 10;

/** The paces of a configuration. */
export function createPaces(
  config: Pick<RefresherConfig, 'maxRefreshesPerSecond' | 'fleetShards' | 'fleetRefreshesPerSecond'>,
): Paces {
  const { declared, shard } = divideRate(config.maxRefreshesPerSecond, config.fleetShards);
  return {
    declared: paceOf(declared),
    shard: paceOf(shard),
    sealed: paceOf(config.fleetRefreshesPerSecond ?? 0),
    looks: paceOf(LOOKS_PER_SECOND),
  };
}

/** Without a rate, nothing is held up: the deployment has no fleet. */
function paceOf(perSecond: number): Pace {
  if (perSecond === 0) return () => Promise.resolve();
  const whole = Number.isInteger(perSecond);
  const window = whole ? { limit: perSecond, interval: 1000 } : { limit: 1, interval: 1000 / perSecond };
  return pThrottle(window)(() => Promise.resolve());
}
