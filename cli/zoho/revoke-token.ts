import { type AccountsConnection, postToAccounts } from '../../lambdas/adapters/accounts-request.ts';
import { parseJsonObject } from '../../lambdas/core/json.ts';
import type { Redacted } from '../../lambdas/core/redacted.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { parseTokenResponse } from '../../lambdas/core/zoho/token-response.ts';
import { CliError } from '../cli-error.ts';
import { zohoRefusal } from './zoho-refusal.ts';

/**
 * Revokes a refresh token at its data center, together with all access tokens minted with it. `already-invalid`: Zoho no
 * longer knows the token. Source: Zoho's "Revoke refresh token". Zoho answers an invalid token with HTTP 400, in JSON or HTML.
 *
 * @throws CliError when the answer says neither.
 */
export async function revokeRefreshToken(
  accounts: AccountsConnection,
  { dataCenter, refreshToken }: { readonly dataCenter: DataCenterLocation; readonly refreshToken: Redacted },
  signal: AbortSignal,
): Promise<'revoked' | 'already-invalid'> {
  const parameters = { token: refreshToken.reveal() };
  const answered = await postToAccounts(
    accounts,
    { dataCenter, path: '/oauth/v2/token/revoke', parameters },
    signal,
  );
  if (answered.kind === 'none') throw zohoRefusal(answered.failure, { retry: 'Try again.' });
  const { status, body } = answered.answer;
  if (parseJsonObject(body)?.status === 'success') return 'revoked';
  const judged = parseTokenResponse(answered.answer);
  if (judged.kind === 'refused' && judged.failure.code === 'throttled')
    throw zohoRefusal(judged.failure, { retry: 'Try again.' });
  if (status === 400) return 'already-invalid';
  throw new CliError(
    `Zoho answered the revocation with HTTP ${status}, without confirming it.`,
    'Nothing was changed. Try again.',
  );
}
