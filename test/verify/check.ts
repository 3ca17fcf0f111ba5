import type { Redacted } from '../../lambdas/core/redacted.ts';
import type { Cloud } from './cloud.ts';
import type { Need } from './needs.ts';
import type { Place } from './place.ts';

/** What checks work with. */
export interface Verification {
  readonly cloud: Cloud;
  readonly place: Place;
  /** The credentials document that was piped in. */
  readonly zohoCredentials: Redacted | undefined;
  /** Resolves once `isDone` returns a value. Throws {@link CheckFailed} when it takes longer than the limit. */
  waitFor<Value>(
    what: string,
    limitSeconds: number,
    isDone: () => Promise<Value | undefined>,
  ): Promise<Value>;
}

/** One fact to verify. */
export interface Check {
  readonly title: string;
  readonly needs?: readonly Need[];
  /** Returns what was seen. Throws {@link CheckFailed}, or whatever AWS throws. */
  run(verification: Verification): Promise<string>;
}

/** The fact does not hold. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

export type CheckResult = { readonly title: string; readonly seconds: number } & {
  readonly kind: 'passed' | 'failed' | 'not-run';
  readonly detail: string;
};
