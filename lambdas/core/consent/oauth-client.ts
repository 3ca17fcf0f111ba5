import type { Redacted } from '../redacted.ts';

/** An OAuth client, as registered in Zoho's API console. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: Redacted;
}
