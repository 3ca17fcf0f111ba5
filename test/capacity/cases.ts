import type { FleetShards } from '../../lambdas/core/connection/partition.ts';
import type { FleetPlan, Store } from './fleet-plan.ts';

/** A fleet whose day is simulated. */
export interface FleetCase {
  readonly store: Store;
  /** Of all shards. */
  readonly connections: number;
  /** Undefined in Secrets Manager: one schedule. */
  readonly shards?: FleetShards;
  /** Of each shard. */
  readonly refreshesPerSecond: number;
  /** Memory of the function: 1 GB above 25 refreshes a second. */
  readonly memoryGb: number;
  /** Minutes that its recovery is watched. */
  readonly recoveryMinutes: number;
  /** Whether the real handler runs the whole day. Otherwise the model does. */
  readonly isReal: boolean;
}

const SECRETS_MANAGER = { store: 'secrets-manager', refreshesPerSecond: 20, memoryGb: 0.5 } as const;
const DYNAMODB = { store: 'dynamodb', isReal: false } as const;

/** The fleets of docs/scale.md. */
export const CASES: readonly FleetCase[] = [
  { ...SECRETS_MANAGER, connections: 1, recoveryMinutes: 10, isReal: true },
  { ...SECRETS_MANAGER, connections: 100, recoveryMinutes: 10, isReal: true },
  { ...SECRETS_MANAGER, connections: 10_000, recoveryMinutes: 25, isReal: false },
  { ...SECRETS_MANAGER, connections: 60_000, recoveryMinutes: 80, isReal: false },
  { ...DYNAMODB, connections: 10_000, shards: 1, refreshesPerSecond: 20, memoryGb: 0.5, recoveryMinutes: 25 },
  {
    ...DYNAMODB,
    connections: 100_000,
    shards: 4,
    refreshesPerSecond: 20,
    memoryGb: 0.5,
    recoveryMinutes: 50,
  },
  {
    ...DYNAMODB,
    connections: 1_000_000,
    shards: 16,
    refreshesPerSecond: 50,
    memoryGb: 1,
    recoveryMinutes: 50,
  },
];

/** What goes wrong in an ordinary day: 1 % of the requests fail for a reason that passes, and 5 % of the connections are blocked. */
const TRANSIENT_FAILURES = 0.01;
const BLOCKED = 0.05;

/** A shard of the fleet, or all of it. */
export function planOf({ store, connections, shards, refreshesPerSecond }: FleetCase): FleetPlan {
  return {
    store,
    connections: Math.round(connections / (shards ?? 1)),
    ...(shards === undefined ? {} : { shards }),
    refreshesPerSecond,
    transientFailures: TRANSIENT_FAILURES,
    blocked: BLOCKED,
  };
}

export function nameOfCase({ store, connections }: Pick<FleetCase, 'store' | 'connections'>): string {
  return `${connections.toLocaleString('en-US')} in ${store === 'dynamodb' ? 'DynamoDB' : 'Secrets Manager'}`;
}
