import type { SecretStoreName } from '../../../lambdas/core/connection/secret-store.ts';
import type { PromiseId } from '../promises/promise.ts';

/** A seed whose world once broke a promise, and why. */
export interface KnownFailure {
  readonly seed: number;
  /** @default secrets-manager */
  readonly store?: SecretStoreName;
  readonly promise: PromiseId;
  readonly cause: string;
}
