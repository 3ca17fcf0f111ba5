/** When a connection is attempted next. All functions are pure: time and randomness are arguments. */

/** Uniform in [0, 1). */
export type Random = () => number;

/** How often the schedule fires. EventBridge Scheduler's shortest rate. */
export const TICK_MS = 60_000;

/** From the start of a refresh until its token is published: a call to Zoho that almost times out, and the calls of AWS. */
export const REFRESH_MS = 15_000;

/** How often the credentials secret of a blocked connection is checked, and that of a pending one in its first hour. */
export const POLL_INTERVAL_MS = 5 * 60_000;

/** Looks at a pending connection before they become rarer. */
const LOOKS_IN_THE_FIRST_HOUR = 12;

/** How often it is checked for a new secret of its client while the published token is valid, so that every tick finds it due. */
export const URGENT_POLL_INTERVAL_MS = TICK_MS - 15_000;

/** How often Zoho is asked again about credentials that it has refused for an hour, in case it was wrong. */
export const PROBE_INTERVAL_MS = 60 * 60_000;

/** How often the credentials secret of a parked connection is checked. */
export const PARKED_POLL_INTERVAL_MS = 60 * 60_000;

/**
 * How long after a look at a pending connection the next one follows: five minutes in the first hour, then doubling to an hour. The CLI
 * and invites have it refreshed as soon as it is authorized. `looks` counts from 1.
 */
export function pendingPollMs(looks: number): number {
  return doubling(POLL_INTERVAL_MS, looks - LOOKS_IN_THE_FIRST_HOUR + 1, PARKED_POLL_INTERVAL_MS);
}

/** How often Zoho is asked again about the credentials of a parked connection. */
export const PARKED_PROBE_INTERVAL_MS = 24 * 60 * 60_000;

/** Zoho throttles until ten minutes have passed. */
export const THROTTLE_WINDOW_MS = 10 * 60_000;

export interface RefreshTiming {
  /** How long before the expiry of a token the next one must be published. */
  readonly refreshMarginMs: number;
  /** Refreshes are spread over this long before the margin. */
  readonly refreshJitterMs: number;
}

/**
 * When a token is due for renewal. The tick that finds it may come up to a minute later, and the new token must be
 * published before the margin begins, because a reader with a five-minute cache (the Lambda extension's maximum) must
 * never use a token after its expiry. In a large fleet a renewal that is planned for a tick may start up to a minute after
 * the tick, so the time of a refresh is left as well. A token with a short lifetime is renewed after half of it.
 */
export function planRefresh(
  { issuedAtMs, expiresAtMs }: { issuedAtMs: number; expiresAtMs: number },
  { refreshMarginMs, refreshJitterMs }: RefreshTiming,
  random: Random,
): number {
  const latestMs = expiresAtMs - refreshMarginMs - TICK_MS - REFRESH_MS;
  const halfLifeMs = issuedAtMs + Math.floor((expiresAtMs - issuedAtMs) / 2);
  return Math.max(latestMs - spread(refreshJitterMs, random), halfLifeMs);
}

/**
 * Every token is valid again three minutes after an outage: this back-off, the wait for a tick and the refresh fit into
 * them.
 */
const LONGEST_BACKOFF_MS = 100_000;

/** Full jitter from 15 s, doubling, at most 100 s. `failures` counts from 1. */
export function transientBackoffMs(failures: number, random: Random): number {
  return spread(doubling(15_000, failures, LONGEST_BACKOFF_MS), random);
}

/** At least ten minutes, Zoho's window, doubling to thirty, plus up to a minute. `failures` counts from 1. */
export function coolDownMs(failures: number, random: Random): number {
  return doubling(THROTTLE_WINDOW_MS, failures, 30 * 60_000) + spread(60_000, random);
}

function doubling(firstMs: number, count: number, capMs: number): number {
  return Math.min(capMs, firstMs * 2 ** Math.min(Math.max(count, 1) - 1, 20));
}

/** Uniform from 0 to below this many milliseconds. */
export function spread(ms: number, random: Random): number {
  return Math.floor(random() * ms);
}
