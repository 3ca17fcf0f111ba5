import type { Location } from './data-centers.ts';
import type { Fault } from './faults.ts';
import type { Settlement } from './token-service.ts';

/** A call of the token endpoint as it arrives. Holds no secret. */
export interface TokenRequest {
  /** When the simulator had read the request, in ms since the epoch. */
  readonly atMs: number;
  readonly dataCenter: Location;
  readonly grantType: string | undefined;
  readonly clientId: string | undefined;
  /** The ordinal of the refresh token that was sent; undefined for a code or a token that was never issued. */
  readonly refreshTokenOrdinal: number | undefined;
  /** Whether a secret or token was in the URL, where access logs keep it. */
  readonly hasSecretsInUrl: boolean;
}

/** A call of the token endpoint and its outcome. */
export interface TokenCall extends TokenRequest {
  /** What happened at Zoho; `faulted` if a fault kept the call from taking effect. */
  readonly outcome: Settlement['outcome'] | 'faulted';
  /** The fault that changed the answer, if any. */
  readonly fault: Fault['kind'] | 'hold' | undefined;
}

/** Runs before each call of the token endpoint: may return a fault for it, or move the clock. */
export type TokenRequestHook = (request: TokenRequest) => Fault | undefined;
