import type { Location } from './data-centers.ts';
import type { Fault } from './faults.ts';
import type { Settlement } from './token-service.ts';

/** What is known of a call of the token endpoint as it comes in. Holds no secret. */
export interface TokenRequest {
  /** When the simulator had read the request, in ms since the epoch. */
  readonly atMs: number;
  readonly dataCenter: Location;
  readonly grantType: string | undefined;
  readonly clientId: string | undefined;
  /** The ordinal of the refresh token that was sent; undefined for a code or a token that was never issued. */
  readonly refreshTokenOrdinal: number | undefined;
  /** A secret or token stood in the URL, where access logs keep it. */
  readonly hasSecretsInUrl: boolean;
}

/** A call of the token endpoint and what it came to. */
export interface TokenCall extends TokenRequest {
  /** What happened at Zoho; `faulted` when a fault stood in front of it, so that nothing happened. */
  readonly outcome: Settlement['outcome'] | 'faulted';
  /** The fault that spoiled the answer, if any. */
  readonly fault: Fault['kind'] | 'hold' | undefined;
}

/** Runs before each call of the token endpoint: may return a fault for it, or move the clock. */
export type TokenRequestHook = (request: TokenRequest) => Fault | undefined;
