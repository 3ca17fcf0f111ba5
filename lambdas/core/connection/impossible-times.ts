import { THROTTLE_WINDOW_MS } from '../refresh/renewal-times.ts';
import { ACCESS_TOKEN_LIFETIME_MS } from '../zoho/token-response.ts';
import { type Connection, isFollowing, type PublishedToken } from './connection.ts';
import { dropDeadLease, isLeased, leaseMsFor } from './lease.ts';
import { checkBudget } from './mint-budget.ts';

/**
 * More than refreshers with checked clocks differ. Short enough that a row of a clock that is six minutes ahead, whose token would be
 * renewed too late, is found by the next look at the table.
 */
const TOLERATED_MS = 60_000;

/** Of a function with the longest timeout that 0.2 allowed: its holder may still be at work during an upgrade. */
export const LONGEST_LEASE_MS = leaseMsFor(300);

export interface CorrectedTimes {
  /** The attributes of the table that had impossible times. */
  readonly attributes: readonly string[];
  /** The row with possible times, due now. */
  readonly connection: Connection;
}

/**
 * The row with possible times, or undefined if all of them are possible: what has happened lies in the past, a lease ends within its
 * length, a token expires within an hour, and an attempt is further away only if it waits for the budget. Everything that was counted
 * stays counted, as of now, so that no budget grows. How long the token is really valid is not known, so it counts as expired and is
 * renewed. A cool-down is waited out. The token of a followed deployment is not judged: it is republished with the times that it has.
 */
export function correctTimes(connection: Connection, nowMs: number): CorrectedTimes | undefined {
  if (connection.status === 'disabled') return undefined;
  const attributes = new Set<string>();
  const limit = (attribute: string, timeMs: number, { latestMs = nowMs, otherwiseMs = nowMs } = {}) => {
    if (timeMs <= latestMs + TOLERATED_MS) return timeMs;
    attributes.add(attribute);
    return otherwiseMs;
  };
  const limitAll = (attribute: string, timesMs: readonly number[]) =>
    timesMs.map((timeMs) => limit(attribute, timeMs));
  const { lease, complaints, lastFailure, refusedCredentials, blockedAtMs, incidents, notifyAtMs } =
    connection;
  const leaseEndMs = nowMs + LONGEST_LEASE_MS;

  const corrected: Connection = {
    ...connection,
    token: isFollowing(connection) ? connection.token : limitToken(connection.token, limit, nowMs),
    lease: lease && {
      ...lease,
      untilMs: limit('leaseUntil', lease.untilMs, { latestMs: leaseEndMs, otherwiseMs: leaseEndMs }),
    },
    mintsMs: limitAll('mints', connection.mintsMs),
    publishesMs: limitAll('publishes', connection.publishesMs),
    complaints: { ...complaints, mintsMs: limitAll('onDemandMints', complaints.mintsMs) },
    lastFailure: lastFailure && { ...lastFailure, atMs: limit('lastFailure', lastFailure.atMs) },
    blockedAtMs: blockedAtMs === undefined ? undefined : limit('blockedAt', blockedAtMs),
    refusedCredentials: refusedCredentials.map((refusal) => ({
      ...refusal,
      firstAtMs: limit('refusedCredentials', refusal.firstAtMs),
      atMs: limit('refusedCredentials', refusal.atMs),
    })),
    incidents: incidents.map(({ client, ...incident }) => ({
      ...incident,
      sinceMs: limit('incidents', incident.sinceMs),
      ...(client && { client: { ...client, changedAtMs: limit('incidents', client.changedAtMs) } }),
    })),
    notifyAtMs: notifyAtMs === undefined ? undefined : limit('notifyAt', notifyAtMs),
  };
  limit('nextAttemptAt', connection.nextAttemptAtMs, { latestMs: latestAttemptMs(corrected, nowMs) });
  if (attributes.size === 0) return undefined;
  return { attributes: [...attributes], connection: dueNow(corrected, nowMs) };
}

type Limit = (attribute: string, timeMs: number, limits?: { latestMs?: number }) => number;

function limitToken(
  token: PublishedToken | undefined,
  limit: Limit,
  nowMs: number,
): PublishedToken | undefined {
  if (token === undefined) return undefined;
  const { issuedAtMs, expiresAtMs } = token;
  const latestMs = nowMs + ACCESS_TOKEN_LIFETIME_MS;
  const possible = {
    ...token,
    issuedAtMs: limit('tokenIssuedAt', issuedAtMs),
    expiresAtMs: limit('tokenExpiresAt', expiresAtMs, { latestMs }),
  };
  const isPossible = possible.issuedAtMs === issuedAtMs && possible.expiresAtMs === expiresAtMs;
  return isPossible ? token : { ...possible, issuedAtMs: Math.min(issuedAtMs, nowMs), expiresAtMs: nowMs };
}

/** Only the wait for the budget is longer than the life of a token. */
function latestAttemptMs(connection: Connection, nowMs: number): number {
  const budget = checkBudget(connection, 'scheduled', nowMs);
  return Math.max(nowMs + ACCESS_TOKEN_LIFETIME_MS, budget.allowed ? nowMs : budget.retryAtMs);
}

function dueNow(connection: Connection, nowMs: number): Connection {
  if (isLeased(connection, nowMs))
    return { ...connection, nextAttemptAtMs: connection.lease?.untilMs ?? nowMs };
  const isCoolingDown = connection.status === 'cooling-down';
  return {
    ...dropDeadLease(connection, nowMs),
    nextAttemptAtMs: isCoolingDown ? Math.min(connection.nextAttemptAtMs, nowMs + THROTTLE_WINDOW_MS) : nowMs,
  };
}
