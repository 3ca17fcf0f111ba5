import type { DeclaredConnection } from '../connection/declared-connection.ts';
import type { MetricName } from '../metrics.ts';

/**
 * How much one connection counts for the alarms that watch all of them: a declared one 1, and one that was added at run time so
 * little that only a share of the fleet sets off an alarm. So no single tenant holds one, and a tenant that never recovers hides
 * nothing.
 */

/** The weight from which on an alarm goes off. Less than 1, because the sum of ten times 0.1 is. */
export const ENOUGH_WEIGHT = 0.9999;

/** So many connections that were added at run time count as much as a declared one, in a small fleet. */
const SMALLEST_SHARE = 10;
const PART_OF_FLEET = 0.01;
/** What one query returns. */
const LARGEST_SHARE = 1_000;

/** The size of the fleet is undefined while it is unknown. */
export type FleetSize = number | undefined;

/** How many connections that were added at run time count as much as one declared connection. */
export function shareOfFleet(size: FleetSize): number {
  const part = Math.ceil((size ?? 0) * PART_OF_FLEET);
  return Math.min(LARGEST_SHARE, Math.max(SMALLEST_SHARE, part));
}

/** A declared connection of which no one wants to be notified counts like one that was added at run time. */
export function weightOf(
  declared: Pick<DeclaredConnection, 'severity'> | undefined,
  size: FleetSize,
): number {
  return declared === undefined || declared.severity === 'none' ? 1 / shareOfFleet(size) : 1;
}

/** A token that is published. */
export interface Expiry {
  readonly name: string;
  readonly expiresAtMs: number;
}

/**
 * When so many tokens have expired that their weights reach 1. Undefined if they never do. `expiries` are the first to expire,
 * as many as {@link shareOfFleet} says. If there are fewer, they are the whole fleet: then it is enough if all of them expire, unless it
 * is only one.
 */
export function enoughExpiredAtMs(
  expiries: readonly Expiry[],
  {
    size,
    declarationOf,
  }: { size: FleetSize; declarationOf: (name: string) => DeclaredConnection | undefined },
): number | undefined {
  let weight = 0;
  for (const { name, expiresAtMs } of expiries) {
    weight += weightOf(declarationOf(name), size);
    if (weight >= ENOUGH_WEIGHT) return expiresAtMs;
  }
  return expiries.length > 1 ? expiries.at(-1)?.expiresAtMs : undefined;
}

type MetricValues = Partial<Record<MetricName, number>>;

/** The metric that weighs what another one counts. */
const WEIGHED_BY = {
  RefreshFailed: 'FailingWeight',
  Throttled: 'ThrottlingWeight',
  BudgetExhausted: 'ThrottlingWeight',
} as const satisfies Partial<Record<MetricName, MetricName>>;

/**
 * What the metrics of one attempt weigh; undefined if nothing. The schedule makes at most one attempt in a minute. On demand, one
 * caller can make many, so those of a connection with less than the full weight count nothing, except for a throttle: after it,
 * Zoho is not called for ten minutes for any caller.
 */
export function weigh(
  values: MetricValues,
  { weight, isScheduled }: { readonly weight: number; readonly isScheduled: boolean },
): MetricValues | undefined {
  const counted = Object.entries(WEIGHED_BY).filter(
    ([name]) => name in values && (weight === 1 || isScheduled || name === 'Throttled'),
  );
  return counted.length === 0
    ? undefined
    : Object.fromEntries(counted.map(([, weighed]) => [weighed, weight] as const));
}
