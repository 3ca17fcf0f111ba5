import type { FailureCode } from '../../lambdas/core/failures.ts';
import type { RefreshOutcome } from '../../lambdas/core/refresh/refresh-outcome.ts';
import type { CanaryStage } from './stage.ts';

/** One thing that can happen to a connection. */
export interface CanaryPath {
  readonly name: string;
  /** The code, outcome or error which shows that it did happen. */
  readonly reaches:
    | FailureCode
    | RefreshOutcome
    | 'invalid_event'
    | 'unknown_connection'
    | 'unexpected_error';
  readonly happen: (stage: CanaryStage) => Promise<unknown>;
}

export function path(name: string, reaches: CanaryPath['reaches'], happen: CanaryPath['happen']): CanaryPath {
  return { name, reaches, happen };
}
