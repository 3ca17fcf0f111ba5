import type { Connection } from './connection.ts';

/**
 * How often Zoho's token endpoint may be called and the token secret written, per connection.
 *
 * Zoho issues at most 10 access tokens per refresh token in 10 minutes, and then refuses until they have passed.
 * Secrets Manager keeps every version younger than a day and allows about 100.
 */
export interface Budget {
  /** Consumers stop before operators, and operators before the schedule, so that no one uses up what others need. */
  readonly limits: Readonly<Record<BudgetKind, number>>;
  readonly windowMs: number;
}

/** Who spends a budget. */
export type BudgetKind = 'scheduled' | 'operator' | 'consumer';

/** A call is counted when its lease is taken. A call that has not started this long after is not made. */
export const MAX_COUNTED_AHEAD_MS = 70_000;

/**
 * The windows are longer than those of Zoho and Secrets Manager: what is counted when a lease is taken may reach them until the lease ends
 * (90 s with the longest timeout), and by clocks that differ (15 s). So no ten minutes of Zoho's own clock contain more calls than the limit.
 */
const WINDOW_SAFETY_MS = 105_000;

export const MINT_BUDGET: Budget = {
  limits: { scheduled: 10, operator: 8, consumer: 6 },
  windowMs: 10 * 60_000 + WINDOW_SAFETY_MS,
};

/**
 * Consumers: the 48 versions of a schedule that renews each token at half its life, and the 8 mints that complaints cause.
 * Operators: a reserve beyond that, but even if they use all of it on a connection's first day, the schedule has its 27 left.
 */
export const PUBLISH_BUDGET: Budget = {
  limits: { scheduled: 90, operator: 60, consumer: 57 },
  windowMs: 24 * 3600_000 + WINDOW_SAFETY_MS,
};

/** What a row records about the versions written. If it still has a lease, its holder never reported back. */
type PublishRecord = Pick<Connection, 'publishesMs'> & Partial<Pick<Connection, 'lease'>>;

export type BudgetCheck =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAtMs: number };

/** Whether one more mint is allowed now, and if not, from when. The lease of the connection must be free. */
export function checkBudget(
  connection: Pick<Connection, 'mintsMs'> & PublishRecord,
  kind: BudgetKind,
  nowMs: number,
): BudgetCheck {
  const freeAtMs = Math.max(
    whenFree(connection.mintsMs, MINT_BUDGET, kind, nowMs),
    whenFree(publishesToCount(connection, nowMs), PUBLISH_BUDGET, kind, nowMs),
  );
  return freeAtMs <= nowMs ? { allowed: true } : { allowed: false, retryAtMs: freeAtMs };
}

/** Adds a call to the token endpoint and drops those that no longer count. The latest is always kept. */
export function recordMint(mintsMs: readonly number[], nowMs: number): readonly number[] {
  return [...within(mintsMs, MINT_BUDGET.windowMs, nowMs), nowMs];
}

/** Adds a written version and drops those that no longer count. */
export function recordPublish(publishesMs: readonly number[], nowMs: number): readonly number[] {
  return [...within(publishesMs, PUBLISH_BUDGET.windowMs, nowMs), nowMs];
}

/** How many of the times count against a budget now. */
export function countWithin({ windowMs }: Budget, timesMs: readonly number[], nowMs: number): number {
  return within(timesMs, windowMs, nowMs).length;
}

/** Versions that count now. If the last holder never reported back, it may have written one more. */
export function publishesToCount({ publishesMs, lease }: PublishRecord, nowMs: number): readonly number[] {
  return lease === undefined ? publishesMs : recordPublish(publishesMs, nowMs);
}

/** When Zoho was last called for a token, or undefined if never. */
export function lastMintAtMs(connection: Pick<Connection, 'mintsMs'>): number | undefined {
  return connection.mintsMs.length === 0 ? undefined : Math.max(...connection.mintsMs);
}

function whenFree(
  timesMs: readonly number[],
  { limits, windowMs }: Budget,
  kind: BudgetKind,
  nowMs: number,
): number {
  const counted = within(timesMs, windowMs, nowMs).toSorted((a, b) => a - b);
  const lastThatMustLeave = counted[counted.length - limits[kind]];
  return lastThatMustLeave === undefined ? nowMs : lastThatMustLeave + windowMs;
}

function within(timesMs: readonly number[], windowMs: number, nowMs: number): number[] {
  return timesMs.filter((timeMs) => timeMs + windowMs > nowMs);
}
