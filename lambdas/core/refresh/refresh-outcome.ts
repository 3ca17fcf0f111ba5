import { type Failure, policyOf } from '../failures.ts';

/**
 * Outcomes of a refresh on demand. All of them are expected; none is an exception. The last three refuse the request: its
 * event is invalid, there is no such connection, or the alias that was invoked does not allow it.
 */
export const REFRESH_OUTCOMES = [
  'refreshed',
  'already-fresh',
  'in-progress',
  'throttled',
  'budget-exhausted',
  'blocked',
  'failed',
  'invalid-request',
  'unknown-connection',
  'not-allowed',
] as const;
export type RefreshOutcome = (typeof REFRESH_OUTCOMES)[number];

/** The outcome of an attempt that failed. */
export function outcomeOf(failure: Failure): RefreshOutcome {
  switch (policyOf(failure.code).effect) {
    case 'unchanged':
      return 'failed';
    case 'cooling-down':
      return 'throttled';
    case 'blocked':
    case 'pending':
    case 'disabled':
      return 'blocked';
  }
}
