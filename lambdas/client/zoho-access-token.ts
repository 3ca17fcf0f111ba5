import type { AccessToken } from '../core/secrets/access-token.ts';

const REDACTED = '[redacted]';

/** A valid access token with what is needed to use it. Printing or serializing it does not show the token. */
export class ZohoAccessToken {
  readonly #token: AccessToken;
  /** Origin for API calls, e.g. `https://www.zohoapis.eu`. */
  readonly apiDomain: string;
  readonly dataCenter: string;
  /** Granted scopes, comma-separated. */
  readonly scope: string;
  /** Grows with every new token of the connection. */
  readonly generation: number;
  readonly expiresAt: Date;

  constructor(token: AccessToken) {
    this.#token = token;
    this.apiDomain = token.apiDomain;
    this.dataCenter = token.dataCenter;
    this.scope = token.scope;
    this.generation = token.generation;
    this.expiresAt = new Date(token.expiresAtMs);
  }

  /** The token itself, for the header `Authorization: Zoho-oauthtoken <token>`. */
  get accessToken(): string {
    return this.#token.accessToken.reveal();
  }

  toJSON() {
    return { ...this, accessToken: REDACTED };
  }
}
