import { PUBLISH_BUDGET } from '../connection/mint-budget.ts';

/**
 * Secrets Manager keeps about 100 versions a day. Tokens that live for minutes would use them up within hours, and then there is no
 * token for the rest of the day. So renewals are spaced: what is missing is spread evenly over the day.
 */

/** Versions of a day that spaced renewals leave to others: an operator, a complaint, a publish that failed. */
const RESERVED = 2;

/** Renewals that may come early before the others are spaced: one wrong answer of Zoho costs no token. */
const EARLY_RENEWALS = 2;

/** The shortest time between two renewals with which the versions of a day suffice: 16 minutes and 46 seconds. */
export const RENEWAL_SPACING_MS = Math.ceil(
  PUBLISH_BUDGET.windowMs / (PUBLISH_BUDGET.limits.scheduled - RESERVED - EARLY_RENEWALS),
);

/**
 * When a token is renewed: as planned, but not so early that the day's versions are used up. It may then expire before. What is
 * published uses up one spacing, and renewals are at most {@link EARLY_RENEWALS} spacings ahead of what they have used. A renewal is
 * never delayed by more than one spacing.
 */
export function paceRenewal(plannedMs: number, issuedAtMs: number, publishesMs: readonly number[]): number {
  const spacedMs = issuedAtMs + RENEWAL_SPACING_MS;
  if (plannedMs >= spacedMs) return plannedMs;
  const usedUntilMs = [...publishesMs, issuedAtMs].reduce(
    (untilMs, atMs) => Math.max(untilMs, atMs) + RENEWAL_SPACING_MS,
    Number.NEGATIVE_INFINITY,
  );
  return Math.max(plannedMs, Math.min(usedUntilMs - EARLY_RENEWALS * RENEWAL_SPACING_MS, spacedMs));
}
