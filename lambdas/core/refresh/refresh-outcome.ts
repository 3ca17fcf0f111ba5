/** Outcomes of a refresh on demand. All of them are expected; none is an exception. */
export const REFRESH_OUTCOMES = [
  'refreshed',
  'already-fresh',
  'in-progress',
  'throttled',
  'budget-exhausted',
  'blocked',
  'failed',
] as const;
export type RefreshOutcome = (typeof REFRESH_OUTCOMES)[number];
