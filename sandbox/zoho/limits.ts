/** The only source of time in the simulator. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

const MINUTE_MS = 60_000;

/**
 * Zoho's limits, as documented and as reported by operators. Where sources differ, this is the stricter or more
 * specific number.
 */
export const LIMITS = {
  /** Life of an access token, in seconds as the answer has it. */
  accessTokenLifeSeconds: 3_600,
  /** Calls that reach the minting stage, per refresh token and `windowMs`. */
  mintsPerWindow: 10,
  /** Valid access tokens per refresh token (10, 15 or 30 by product): one more invalidates the oldest. */
  liveAccessTokens: 10,
  /** Refresh tokens per user and client: one more deletes the oldest and its access tokens. */
  refreshTokensPerUser: 20,
  /** Codes per client and `windowMs`: to more, the consent page answers `access_denied`. */
  codesPerWindow: 10,
  /** Code exchanges that yield a refresh token, per user, client and `windowMs`. */
  refreshTokensPerWindow: 10,
  /** The ten minutes in which mints are counted, and for which a caller that retries while throttled is refused again. */
  windowMs: 10 * MINUTE_MS,
  /** Life of an authorization code (Zoho says one to three minutes). */
  codeLifeMs: 2 * MINUTE_MS,
} as const;
