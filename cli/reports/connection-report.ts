import { isRejectingFreshTokens } from '../../lambdas/core/connection/complaints.ts';
import {
  type Connection,
  type ConnectionStatus,
  hasValidToken,
} from '../../lambdas/core/connection/connection.ts';
import { countWithin, MINT_BUDGET, PUBLISH_BUDGET } from '../../lambdas/core/connection/mint-budget.ts';
import { isDisabledByOperator } from '../../lambdas/core/connection/operator-transitions.ts';
import { isParked, NEVER_MS } from '../../lambdas/core/connection/parking.ts';
import { shardOfPartition } from '../../lambdas/core/connection/partition.ts';
import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import type { MalformedRow } from '../../lambdas/core/ports.ts';
import { isRefusedOnce } from '../../lambdas/core/refresh/refused-credentials.ts';

/** The status of one connection at one moment, from its row. */
export interface ConnectionStatusReport {
  readonly name: string;
  /** `bad`: an operator must act. `waiting`: it should recover without help, or is meant to be this way. */
  readonly health: 'good' | 'waiting' | 'bad';
  readonly status: ConnectionStatus | 'unreadable';
  readonly dataCenter: string | undefined;
  readonly source: string | undefined;
  /** Where its token and credentials are. Undefined if the row cannot be read. */
  readonly store: SecretStoreName | undefined;
  /** The shard that refreshes it. Undefined without a fleet, and for what the schedule of declared connections refreshes. */
  readonly shard: number | undefined;
  /** The shared client that it uses; undefined if it has one of its own. */
  readonly client: string | undefined;
  readonly generation: number | undefined;
  /** Time since the token was issued; undefined without a token. */
  readonly tokenAgeMs: number | undefined;
  /** Time until it expires; negative after that. */
  readonly tokenLeftMs: number | undefined;
  /** Time until the next attempt; undefined when none is scheduled. */
  readonly nextAttemptInMs: number | undefined;
  readonly isRefreshing: boolean;
  /** Calls to Zoho's token endpoint in the window of its limit, and token versions written in a day. */
  readonly mints: number | undefined;
  readonly publishes: number | undefined;
  /** Time since it was blocked; undefined if it is not, or if that is not recorded. */
  readonly blockedForMs: number | undefined;
  /** It has been blocked for so long that the refresher looks at it rarely. */
  readonly isParked: boolean;
  /** Consumers reject tokens that Zoho has just issued. */
  readonly isRejected: boolean;
  readonly failure: { readonly code: string; readonly message: string; readonly agoMs: number } | undefined;
}

/** What a report depends on besides the row. */
interface ReportCircumstances {
  /** How long a connection is blocked before it is parked. @default never */
  readonly parkAfterMs?: number;
  /** How many shards the fleet has. @default - no fleet */
  readonly shards?: number | undefined;
}

/** Reports on a row. */
export function reportOn(
  row: Connection | MalformedRow,
  nowMs: number,
  { parkAfterMs = NEVER_MS, shards }: ReportCircumstances = {},
): ConnectionStatusReport {
  if ('malformed' in row) return unreadable(row);
  const { lastFailure, lease, blockedAtMs } = row;
  const isParkedNow = isParked(row, parkAfterMs, nowMs);
  // Zoho invalidated it, although its lifetime is not over.
  const token = isDisabledByOperator(row, 'revoked') ? undefined : row.token;
  return {
    name: row.name,
    health: isParkedNow ? 'waiting' : healthOf(row, nowMs),
    status: row.status,
    dataCenter: row.dataCenter,
    source: row.source,
    store: row.store ?? 'secrets-manager',
    shard:
      row.partition === undefined || shards === undefined
        ? undefined
        : shardOfPartition(row.partition, shards),
    client: row.client,
    generation: row.publishedGeneration,
    tokenAgeMs: token && nowMs - token.issuedAtMs,
    tokenLeftMs: token && token.expiresAtMs - nowMs,
    nextAttemptInMs: row.status === 'disabled' ? undefined : row.nextAttemptAtMs - nowMs,
    isRefreshing: lease !== undefined && lease.untilMs > nowMs,
    mints: countWithin(MINT_BUDGET, row.mintsMs, nowMs),
    publishes: countWithin(PUBLISH_BUDGET, row.publishesMs, nowMs),
    blockedForMs: blockedAtMs && nowMs - blockedAtMs,
    isParked: isParkedNow,
    isRejected: isRejectingFreshTokens(row, nowMs),
    failure: lastFailure && {
      code: lastFailure.code,
      message: lastFailure.message,
      agoMs: nowMs - lastFailure.atMs,
    },
  };
}

function healthOf(row: Connection, nowMs: number): ConnectionStatusReport['health'] {
  const { status } = row;
  if (status === 'disabled' || status === 'pending') return 'waiting';
  if (status === 'blocked' || !hasValidToken(row, nowMs) || isRejectingFreshTokens(row, nowMs)) return 'bad';
  return status === 'active' && !isRefusedOnce(row) ? 'good' : 'waiting';
}

function unreadable({ name, problem }: MalformedRow): ConnectionStatusReport {
  return {
    name,
    health: 'bad',
    status: 'unreadable',
    dataCenter: undefined,
    source: undefined,
    store: undefined,
    shard: undefined,
    client: undefined,
    generation: undefined,
    tokenAgeMs: undefined,
    tokenLeftMs: undefined,
    nextAttemptInMs: undefined,
    isRefreshing: false,
    mints: undefined,
    publishes: undefined,
    blockedForMs: undefined,
    isParked: false,
    isRejected: false,
    failure: {
      code: 'malformed_row',
      message: `The row cannot be read (${problem}). Correct or restore it.`,
      agoMs: 0,
    },
  };
}
