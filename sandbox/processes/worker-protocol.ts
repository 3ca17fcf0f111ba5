import type { RefreshDueResponse, RefreshResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import type { EmbeddedAws } from '../aws/embedded-aws.ts';
import type { Routes } from '../deployment/zoho-router.ts';

/** What a refresher process needs to know about the sandbox. Holds no secret. */
export interface WorkerSetup {
  /** Part of every request of the process: {@link productOf}. */
  readonly name: string;
  readonly config: RefresherConfig;
  readonly endpoints: EmbeddedAws['endpoints'];
  readonly routes: Routes;
  readonly seed: number;
  /** How far the clock of its machine is ahead of AWS's. */
  readonly clockAheadMs: number;
}

/** Any message fires the due timers. One with an event is answered. */
export type ToWorker =
  | { readonly id: number; readonly event: unknown }
  | { readonly id?: never; readonly event?: never };

export type FromWorker =
  | { readonly ready: true }
  | { readonly metricLine: string }
  | { readonly id: number; readonly result: RefreshDueResponse | RefreshResponse }
  | { readonly id: number; readonly error: string };

/** The name of the process in the `User-Agent` of its requests, in the AWS SDK's format. */
export function productOf(name: string): string {
  return `app/${name}`;
}
