import { ACCESS_TOKEN_LIFETIME_MS } from '../zoho/token-response.ts';
import { planRefresh, type Random, type RefreshTiming, spread, TICK_MS } from './renewal-times.ts';

/** A token's life. */
export interface Life {
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** The ticks after the one that runs: 1 is the next one. */
export interface ComingTicks {
  /** When the tick that runs started. The next ones follow once a minute. */
  readonly startedAtMs: number;
  /** How many connections are renewed on schedule. Undefined if unknown: then nothing is moved. */
  readonly connections: number | undefined;
  /** How many connections are planned for a tick. */
  readonly planned: (tick: number) => number;
}

/** A tick takes a quarter more than the mean, so that a fleet that was renewed at once fits into the minutes of one renewal. */
const HEADROOM = 1.25;

/** No token is replaced before this part of its time until renewal has passed. */
const EARLIEST_PART = 1 / 6;

/**
 * Tokens with less time between their issue and their renewal keep the plan of `planRefresh`: an earlier renewal costs one more
 * version a day, and their versions are needed.
 */
const LEAST_SPAN_MS = 31 * 60_000;

/** Planned times are this far from a tick, so that one that is a few seconds early or late renews the same connections. */
const CLEARANCE_MS = TICK_MS / 4;

/** How many connections a tick renews at most, unless all of them have more. */
export function shareOfTick(connections: number, spanMs: number): number {
  return Math.max(1, Math.ceil((HEADROOM * connections * TICK_MS) / spanMs));
}

/** The share while every token lives for an hour. */
export function usualShareOfTick(connections: number, timing: RefreshTiming): number {
  return shareOfTick(connections, usualSpanMs(timing));
}

/** How long after its issue a token that lives for an hour is renewed at the latest. */
export function usualSpanMs(timing: RefreshTiming): number {
  return latestRefresh({ issuedAtMs: 0, expiresAtMs: ACCESS_TOKEN_LIFETIME_MS }, timing, () => 0);
}

/**
 * When a token is renewed that a tick has issued. It is planned for a tick and not for a time of its own: the last one before
 * the margin, if that is not planned for more than its share, or the latest earlier one with room. So what an outage has aligned is
 * spread once, and afterwards every connection keeps its minute.
 */
export function planAtTick(life: Life, timing: RefreshTiming, random: Random, coming: ComingTicks): number {
  const latestMs = latestRefresh(life, timing, random);
  const regularMs = planRefresh(life, timing, random);
  const spanMs = latestMs - life.issuedAtMs;
  if (spanMs < LEAST_SPAN_MS) return regularMs;
  // As if every token of this tick was issued when it began: they all have the same last tick, however late in the tick they are.
  const sinceTickMs = Math.max(0, life.issuedAtMs - coming.startedAtMs);
  const earliestMs = life.issuedAtMs + spanMs * EARLIEST_PART;
  const jitterTicks = Math.floor((latestMs - regularMs) / TICK_MS);
  const tick = chooseTick(coming.planned, {
    latest: tickBefore(latestMs - sinceTickMs, coming) - jitterTicks,
    earliest: tickBefore(earliestMs + TICK_MS - CLEARANCE_MS - 1, coming) + 1,
    share: coming.connections === undefined ? Infinity : shareOfTick(coming.connections, spanMs),
  });
  const beforeTickMs = CLEARANCE_MS + spread(TICK_MS - 2 * CLEARANCE_MS, random);
  return coming.startedAtMs + tick * TICK_MS - beforeTickMs;
}

/** The tick that takes what is planned for this time. */
export function tickOf(timeMs: number, { startedAtMs }: Pick<ComingTicks, 'startedAtMs'>): number {
  return Math.ceil((timeMs - startedAtMs) / TICK_MS);
}

/** The latest tick with room; if none has, the latest of those with the fewest connections. */
export function chooseTick(
  planned: (tick: number) => number,
  { latest, earliest, share }: { latest: number; earliest: number; share: number },
): number {
  let best = latest;
  for (let tick = latest; tick >= earliest && planned(best) >= share; tick -= 1) {
    if (planned(tick) < planned(best)) best = tick;
  }
  return best;
}

function latestRefresh(life: Life, timing: RefreshTiming, random: Random): number {
  return planRefresh(life, { ...timing, refreshJitterMs: 0 }, random);
}

function tickBefore(timeMs: number, { startedAtMs }: ComingTicks): number {
  return Math.floor((timeMs - startedAtMs) / TICK_MS);
}
