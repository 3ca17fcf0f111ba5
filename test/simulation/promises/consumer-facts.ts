import type { RefresherDoor } from '../../../lambdas/core/refresh/refresher-door.ts';

/** A process of a consumer, as the promises see it. */
export interface ProcessTruth {
  readonly environment: {
    readonly id: string;
    readonly isDead: boolean;
    readonly isPaused: boolean;
    /** How long the process has existed and was not paused. */
    awakeMs(): number;
  };
  /** When the last fault that hit this process ends. */
  readonly disturbedUntilMs: number;
}

/** One call of a consumer to the client library. */
export interface ConsumerCall {
  readonly name: string;
  readonly kind: 'token' | 'fetch' | 'elsewhere';
  readonly process: ProcessTruth;
  readonly connection: string;
  readonly startedAtMs: number;
  /** How long the process had been awake when it called. */
  readonly startedAwakeMs: number;
  /** How long it may take while the process is awake. */
  readonly boundMs: number;
}

export type ConsumerResult =
  | { readonly kind: 'token'; readonly generation: number; readonly expiresAtMs: number }
  | { readonly kind: 'response'; readonly status: number }
  | { readonly kind: 'error'; readonly error: unknown };

/** One invocation of the refresher. */
export interface RefreshRequest {
  readonly event: unknown;
  readonly door?: RefresherDoor | undefined;
  /** The id of a consumer's process, or a name. */
  readonly caller: string;
}
