import type { OAuthClient } from '../../core/consent/oauth-client.ts';
import type { Redacted } from '../../core/redacted.ts';
import { type CodeResponse, parseCodeResponse } from '../../core/zoho/code-response.ts';
import type { DataCenterLocation } from '../../core/zoho/data-centers.ts';
import { type AccountsConnection, postToAccounts } from '../accounts-request.ts';

/** An authorization code, and the client and redirect URI that it was issued for. */
export interface CodeExchange {
  readonly dataCenter: DataCenterLocation;
  readonly client: OAuthClient;
  readonly code: Redacted;
  /** The redirect URI of the consent request; undefined for a self client, which has none. */
  readonly redirectUri: string | undefined;
}

/** Exchanges a code for a refresh token (RFC 6749, section 4.1.3). Never throws: a missing answer is a refusal too. */
export async function exchangeCode(
  accounts: AccountsConnection,
  { dataCenter, client, code, redirectUri }: CodeExchange,
  signal: AbortSignal,
): Promise<CodeResponse> {
  const parameters = {
    grant_type: 'authorization_code',
    client_id: client.clientId,
    client_secret: client.clientSecret.reveal(),
    code: code.reveal(),
    ...(redirectUri === undefined ? {} : { redirect_uri: redirectUri }),
  };
  const answered = await postToAccounts(
    accounts,
    { dataCenter, path: '/oauth/v2/token', parameters },
    signal,
  );
  return answered.kind === 'none'
    ? { kind: 'refused', failure: answered.failure }
    : parseCodeResponse(answered.answer);
}
