import type { AccessToken } from '../core/secrets/access-token.ts';

/**
 * An access token with what is needed to use it. Printing or serializing a token of the client shows everything but
 * `accessToken`. In a test, an object literal will do.
 *
 * @example
 * const { accessToken, apiDomain } = await zoho.getAccessToken();
 * await fetch(`${apiDomain}/crm/v8/Leads?fields=Last_Name`, {
 *   headers: { authorization: `Zoho-oauthtoken ${accessToken}` },
 *   redirect: 'error',
 * });
 */
export interface ZohoAccessToken {
  /** The token itself, for the header `Authorization: Zoho-oauthtoken <token>`. */
  readonly accessToken: string;
  /** Origin for API calls, e.g. `https://www.zohoapis.eu`. */
  readonly apiDomain: string;
  /** The connection's data center, e.g. `eu`. */
  readonly dataCenter: string;
  /** Granted scopes, comma-separated. */
  readonly scope: string;
  /** Grows with every new token of the connection. */
  readonly generation: number;
  /** When Zoho stops accepting the token. */
  readonly expiresAt: Date;
}

/** A token of the client. Printing or serializing it does not show the token. */
export class UnprintableAccessToken implements ZohoAccessToken {
  readonly #token: AccessToken;
  declare readonly apiDomain: string;
  declare readonly dataCenter: string;
  declare readonly scope: string;
  declare readonly generation: number;
  declare readonly expiresAt: Date;

  constructor(token: AccessToken) {
    this.#token = token;
    this.apiDomain = token.apiDomain;
    this.dataCenter = token.dataCenter;
    this.scope = token.scope;
    this.generation = token.generation;
    this.expiresAt = new Date(token.expiresAtMs);
  }

  get accessToken(): string {
    return this.#token.accessToken.reveal();
  }

  /** Everything but the token, which becomes `[redacted]`. */
  toJSON() {
    return { ...this, accessToken: `${this.#token.accessToken}` };
  }
}
