import type { TokenEndpoint } from '../core/ports.ts';
import type { Credentials } from '../core/secrets/credentials.ts';
import { parseTokenResponse } from '../core/zoho/token-response.ts';
import { type AccountsConnection, type AccountsRequest, postToAccounts } from './accounts-request.ts';

/** Zoho's accounts servers as the token endpoint. Never throws: a missing answer is a refusal. */
export function createZohoAccounts(connection: AccountsConnection): TokenEndpoint {
  return {
    refresh: async (credentials, signal) => {
      const answered = await postToAccounts(connection, refreshRequest(credentials), signal);
      return answered.kind === 'none'
        ? { kind: 'refused', failure: answered.failure }
        : parseTokenResponse(answered.answer);
    },
  };
}

/** The refresh request of RFC 6749, section 6. */
export function refreshRequest(credentials: Credentials): AccountsRequest {
  return {
    dataCenter: credentials.dataCenter,
    path: '/oauth/v2/token',
    parameters: {
      grant_type: 'refresh_token',
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret.reveal(),
      refresh_token: credentials.refreshToken.reveal(),
    },
  };
}
