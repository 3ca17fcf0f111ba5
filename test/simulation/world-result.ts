import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import type { Violation } from './promises/promise.ts';

export interface WorldOptions {
  readonly seed: number;
  /** Where the secrets of its connections are. @default secrets-manager */
  readonly store?: SecretStoreName | undefined;
  /** Names of the only incidents that may happen. @default all */
  readonly allowed?: ReadonlySet<string> | undefined;
  /** Called for every step of the run. */
  readonly onStep?: ((atMs: number, text: string) => void) | undefined;
}

/** The outcome of a run. */
export interface WorldResult {
  readonly violation: Violation | undefined;
  /** Simulated time from start to end. */
  readonly elapsedMs: number;
  /** Names of the incidents that happened. */
  readonly incidents: readonly string[];
  readonly calls: { readonly aws: number; readonly zoho: number };
  /** Differs when anything happened at another time or in another order. */
  readonly fingerprint: number;
}
