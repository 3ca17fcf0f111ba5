import type { LastPublished } from '../connection/lost-row.ts';

/**
 * A mint by an operator while the connections table is unavailable: without a lease, a budget and a row. What is known about the
 * connection is its token secret.
 */

/**
 * How far the generation goes up. It must be above every lease that the table has recorded since the last publish, so that a
 * token that was minted before cannot replace this one, however late its holder publishes. A connection that fails takes a lease
 * every one to three minutes: at most 1,440 a day.
 */
export const GENERATION_STEP = 100_000;

/** Zoho allows ten tokens in ten minutes. Without a count of the calls, there is one in that time. */
export const MIN_DISTANCE_MS = 10 * 60_000;

export type MintWithoutTable =
  | { readonly allowed: true; readonly generation: number }
  /** The published token is too new to be replaced. */
  | { readonly allowed: false; readonly retryAtMs: number };

/** Whether an operator may mint now, and with which generation. An expired token may always be replaced. */
export function judgeMintWithoutTable({ generation, token }: LastPublished, nowMs: number): MintWithoutTable {
  const isValid = token !== undefined && token.expiresAtMs > nowMs;
  const retryAtMs = isValid ? token.issuedAtMs + MIN_DISTANCE_MS : nowMs;
  return retryAtMs > nowMs
    ? { allowed: false, retryAtMs }
    : { allowed: true, generation: generation + GENERATION_STEP };
}
