import { divideRate } from '../core/refresh/fleet-rates.ts';
import { WindowPace } from '../core/refresh/window-pace.ts';
import type { RefresherConfig } from './config.ts';

/**
 * Resolves when one more may start. If that is not within `mostMs`, no start is reserved, and it resolves a millisecond later than that:
 * at the end of a tick, dozens would otherwise wait for longer than the function may run.
 */
export type Pace = (mostMs: number) => Promise<void>;

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

/** What the paces depend on. */
export interface PaceTime {
  /**
   * Milliseconds since some moment, which never go back: by the system's clock, one that is set back an hour would hold up every start for
   * an hour.
   */
  elapsed(): number;
  /** Resolves after so many milliseconds, which may be a fraction. */
  wait(ms: number): Promise<void>;
}

/** 600 in a tick: enough to look at 3,000 blocked connections every five minutes. */
export const LOOKS_PER_SECOND = 10;

/** The paces of a configuration. */
export function createPaces(
  config: Pick<RefresherConfig, 'maxRefreshesPerSecond' | 'fleetShards' | 'fleetRefreshesPerSecond'>,
  time: PaceTime,
): Paces {
  const { declared, shard } = divideRate(config.maxRefreshesPerSecond, config.fleetShards);
  return {
    declared: paceOf(declared, time),
    shard: paceOf(shard, time),
    sealed: paceOf(config.fleetRefreshesPerSecond ?? 0, time),
    looks: paceOf(LOOKS_PER_SECOND, time),
  };
}

/** Without a rate, nothing is held up: the deployment has no fleet. */
function paceOf(perSecond: number, time: PaceTime): Pace {
  if (perSecond === 0) return () => Promise.resolve();
  const pace = new WindowPace(perSecond);
  return async (mostMs) => {
    const nowMs = time.elapsed();
    const startMs = pace.startAtMs(nowMs, nowMs + mostMs) ?? nowMs + mostMs + 1;
    if (startMs > nowMs) await time.wait(startMs - nowMs);
  };
}
