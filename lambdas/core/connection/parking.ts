import type { Connection } from './connection.ts';

/**
 * A connection that stays blocked for days will probably never come back. It is parked, so that it holds no alarm: it is looked at
 * rarely and counted nowhere. Parked is no status: it follows from how long the connection has been blocked.
 */

/** The setting `parkAfterDays`, unless it is configured. */
export const DEFAULT_PARK_AFTER_DAYS = 7;

/** For callers that park nothing. */
export const NEVER_MS = Number.POSITIVE_INFINITY;

/** True if the connection has been blocked for `parkAfterMs` or longer. */
export function isParked(
  { status, blockedAtMs }: Pick<Connection, 'status' | 'blockedAtMs'>,
  parkAfterMs: number,
  nowMs: number,
): boolean {
  return status === 'blocked' && blockedAtMs !== undefined && nowMs >= blockedAtMs + parkAfterMs;
}

/**
 * The row that is written instead of `after`, with the time since which it is blocked. A row that an earlier version blocked is
 * counted from now. A row with a lease says nothing new.
 */
export function withBlockedAt(before: Connection, after: Connection, nowMs: number): Connection {
  if (after.lease !== undefined) return after;
  const isStill = before.status === 'blocked' && after.status === 'blocked';
  const blockedAtMs = isStill ? (after.blockedAtMs ?? nowMs) : after.status === 'blocked' ? nowMs : undefined;
  return blockedAtMs === after.blockedAtMs ? after : { ...after, blockedAtMs };
}
