import { type FleetShards, partitionOf, partitionsOfShard } from '../../lambdas/core/connection/partition.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';

/** Where the tokens of a fleet are. */
export type Store = 'secrets-manager' | 'dynamodb';

/** A fleet as it is simulated. For the second store, the connections of its first shard. */
export interface FleetPlan {
  readonly store: Store;
  readonly connections: number;
  /** Of the fleet that this is a part of. @default 1 */
  readonly shards?: FleetShards;
  /** The setting: refreshes that may start in a second, of each shard. */
  readonly refreshesPerSecond: number;
  /** Part of the token requests that fail for a reason that passes. */
  readonly transientFailures: number;
  /** Part of the connections that are blocked. */
  readonly blocked: number;
  /** Data centers, in turn. @default all in `eu` */
  readonly dataCenters?: readonly DataCenterLocation[];
  /** When a data center does not answer, in minutes from the beginning. */
  readonly outage?: Outage;
  /** Connections that are due at the beginning, although their tokens are valid. @default 0 */
  readonly dueNow?: number;
  readonly seed?: number;
}

export interface Outage {
  readonly fromMinute: number;
  readonly untilMinute: number;
  readonly mood: 'unavailable' | 'hangs';
  /** @default all of them */
  readonly dataCenter?: DataCenterLocation;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** When every simulation begins. */
export const START_MS = Date.UTC(2026, 0, 5, 9);

/** The schedule is not exact: a tick begins up to so much later. */
const LATEST_TICK_MS = 1_000;

export function delayOfTick(random: () => number): number {
  return Math.floor(random() * LATEST_TICK_MS);
}

/** A token of an active connection at the beginning: renewed by one of the last 53 ticks, and planned for the one 53 minutes later. */
export interface InitialToken {
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly nextAttemptAtMs: number;
}

const TICKS = 53;

export function initialTokens(
  { connections, refreshesPerSecond, dueNow = 0 }: FleetPlan,
  random: () => number,
): readonly InitialToken[] {
  return Array.from({ length: connections }, (_, index) => {
    const tickAtMs = START_MS - (1 + (index % TICKS)) * MINUTE_MS;
    const issuedAtMs =
      tickAtMs + (Math.floor((Math.floor(index / TICKS) * 1000) / refreshesPerSecond) % MINUTE_MS);
    const nextAttemptAtMs = tickAtMs + TICKS * MINUTE_MS - 15_000 - Math.floor(random() * 30_000);
    const expiresAtMs = issuedAtMs + HOUR_MS;
    return { issuedAtMs, expiresAtMs, nextAttemptAtMs: index < dueNow ? START_MS - 1 : nextAttemptAtMs };
  });
}

/** Blocked connections are spread over the fleet. */
export function isBlocked({ blocked }: FleetPlan, index: number): boolean {
  return Math.floor((index + 1) * blocked) > Math.floor(index * blocked);
}

const POLL_MS = 5 * MINUTE_MS;

/** Blocked connections are looked at in turn. */
export function firstLookAtMs(index: number): number {
  return START_MS + ((index * 7919) % POLL_MS);
}

/** Zoho refused blocked connections at different times of the last hour, and is asked about each again an hour later. */
export function refusedAtMs(index: number): number {
  return START_MS - ((index * 104_729) % HOUR_MS);
}

/** How a data center treats token requests at a time. */
export function moodAt(
  { outage }: FleetPlan,
  dataCenter: DataCenterLocation,
  timeMs: number,
): Outage['mood'] | 'answers' {
  if (outage === undefined) return 'answers';
  const minute = (timeMs - START_MS) / MINUTE_MS;
  const isOver = minute < outage.fromMinute || minute >= outage.untilMinute;
  const isAffected = outage.dataCenter === undefined || outage.dataCenter === dataCenter;
  return isOver || !isAffected ? 'answers' : outage.mood;
}

export function dataCenterOf({ dataCenters = ['eu'] }: FleetPlan, index: number): DataCenterLocation {
  return dataCenters[index % dataCenters.length] ?? 'eu';
}

/** Lists of what is due that a tick reads side by side: partitions of the index. */
export function listsOf({ store, shards = 1 }: FleetPlan): number {
  return store === 'secrets-manager' ? 1 : partitionsOfShard(0, shards).length;
}

/** Names of the connections: in the second store those that belong to the first shard. */
export function namesOf({ store, connections, shards = 1 }: FleetPlan): readonly string[] {
  const partitions = new Set(partitionsOfShard(0, shards));
  const names: string[] = [];
  for (let number = 0; names.length < connections; number += 1) {
    const name = `tenant-${String(number).padStart(7, '0')}`;
    if (store === 'secrets-manager' || partitions.has(partitionOf(name))) names.push(name);
  }
  return names;
}
