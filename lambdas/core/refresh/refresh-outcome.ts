import type { Connection } from '../connection/connection.ts';
import { type Failure, policyOf } from '../failures.ts';
import { isRefusedOnce } from './refused-credentials.ts';

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

/** The outcome of an attempt that failed. A refusal that is not confirmed yet is retried. */
export function outcomeOf(failure: Failure, after: Connection): RefreshOutcome {
  if (isRefusedOnce(after)) return 'failed';
  switch (policyOf(failure.code).effect) {
    case 'unchanged':
    case 'postponed':
      return 'failed';
    case 'cooling-down':
      return 'throttled';
    case 'blocked':
    case 'pending':
    case 'disabled':
      return 'blocked';
  }
}
