import type { Redacted } from '../../lambdas/core/redacted.ts';

/** A client of Zoho's API console. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: Redacted;
}
