import type { ConsumerCall, ProcessTruth } from '../../../simulation/promises/consumer-facts.ts';
import type { ApiRequest } from '../../../simulation/simulated-api.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import { CONNECTION } from './fake-world.ts';

/** How long the process of {@link consumerCall} has been awake. */
export const AWAKE_MS = HOUR_MS;

/** A token that a call returns. */
export const TOKEN = { kind: 'token', generation: 7, expiresAtMs: NOW_MS + HOUR_MS } as const;

export function consumerProcess(
  changes: Partial<ProcessTruth['environment']> & { readonly disturbedUntilMs?: number } = {},
): ProcessTruth {
  const { disturbedUntilMs = Number.NEGATIVE_INFINITY, ...environment } = changes;
  const healthy = { id: 'K0.0', isDead: false, isPaused: false, awakeMs: () => AWAKE_MS };
  return { disturbedUntilMs, environment: { ...healthy, ...environment } };
}

/** A call for the token that starts now and may take a minute. */
export function consumerCall(changes: Partial<ConsumerCall> = {}): ConsumerCall {
  return {
    name: 'K0.0 token 1',
    kind: 'token',
    process: consumerProcess(),
    connection: CONNECTION,
    startedAtMs: NOW_MS,
    startedAwakeMs: AWAKE_MS,
    boundMs: MINUTE_MS,
    ...changes,
  };
}

/** A request with the token of generation 7. */
export function apiRequest(
  url: string,
  token: string | undefined = 'token-7',
  isReported = false,
): ApiRequest {
  const consumer = consumerProcess();
  return { process: 'K0.0', consumer, connection: CONNECTION, url: new URL(url), token, isReported };
}
