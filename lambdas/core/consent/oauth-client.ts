import type { Redacted } from '../redacted.ts';

/** An OAuth client, as registered in Zoho's API console. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: Redacted;
  /** Its name, if it is a client that connections share. */
  readonly client?: string | undefined;
}
