import { parseJsonObject } from './json.ts';
import type { Redacted } from './redacted.ts';

/** What the token secret holds: the whole contract with consumers in any language. */
export interface AccessToken {
  readonly accessToken: Redacted;
  /** Origin for API calls, e.g. `https://www.zohoapis.eu`. */
  readonly apiDomain: string;
  readonly dataCenter: string;
  /** Granted scopes, comma-separated; empty when Zoho never said. */
  readonly scope: string;
  readonly connection: string;
  readonly generation: number;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** When the refresher plans to publish the next one: a cache may keep this one until then without looking. */
  readonly refreshAfterMs: number;
}

/** Zoho's API wants this scheme in the `Authorization` header, although its token response says "Bearer". */
export const TOKEN_TYPE = 'Zoho-oauthtoken';

/**
 * A generation in the secret above this was not written by a refresher (a lease a second takes 30,000 years to get
 * there): it is treated as no generation at all, so that a hand-edited number cannot fence us out for ever.
 */
const MAX_GENERATION = 1e12;

/** The JSON of the token secret. The only place where an access token leaves its wrapper. */
export function serializeAccessToken(token: AccessToken): string {
  return JSON.stringify({
    access_token: token.accessToken.reveal(),
    token_type: TOKEN_TYPE,
    api_domain: token.apiDomain,
    data_center: token.dataCenter,
    scope: token.scope,
    connection: token.connection,
    generation: token.generation,
    issued_at: new Date(token.issuedAtMs).toISOString(),
    expires_at: new Date(token.expiresAtMs).toISOString(),
    refresh_after: new Date(token.refreshAfterMs).toISOString(),
  });
}

/** The generation that a stored token secret carries, or undefined when it was not written by a refresher. */
export function storedGeneration(secretText: string): number | undefined {
  const generation = parseJsonObject(secretText)?.generation;
  const isGeneration =
    typeof generation === 'number' &&
    Number.isInteger(generation) &&
    generation >= 0 &&
    generation <= MAX_GENERATION;
  return isGeneration ? generation : undefined;
}
