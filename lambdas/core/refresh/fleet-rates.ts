/** The part of Secrets Manager's rate that declared connections keep in a fleet. They are few: it is for their recovery. */
const PART_OF_DECLARED = 1 / 5;

/** How many refreshes per second each tick may start whose tokens are written to Secrets Manager. */
export interface SecretsManagerRates {
  readonly declared: number;
  /** Of each shard. */
  readonly shard: number;
}

/**
 * Divides the rate for Secrets Manager, whose limit is one for the account and region, among the ticks that run side by side. The
 * division is fixed: nothing has to be agreed on at run time, and no tick can take what is another's.
 */
export function divideRate(
  maxRefreshesPerSecond: number,
  fleetShards: number | undefined,
): SecretsManagerRates {
  if (fleetShards === undefined) return { declared: maxRefreshesPerSecond, shard: 0 };
  const declared = maxRefreshesPerSecond * PART_OF_DECLARED;
  return { declared, shard: (maxRefreshesPerSecond - declared) / fleetShards };
}
