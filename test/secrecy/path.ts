import type { FailureCode } from '../../lambdas/core/failures.ts';
import type { RefreshOutcome } from '../../lambdas/core/refresh/refresh-outcome.ts';
import type { CanaryConnection } from './canary-connection.ts';

/** Something that can happen to a connection. */
export interface CanaryPath {
  readonly name: string;
  /** The code, outcome or error that proves it happened. */
  readonly reaches: FailureCode | RefreshOutcome | 'invalid_event' | 'unexpected_error';
  readonly happen: (connection: CanaryConnection) => Promise<unknown>;
}

export function path(name: string, reaches: CanaryPath['reaches'], happen: CanaryPath['happen']): CanaryPath {
  return { name, reaches, happen };
}
