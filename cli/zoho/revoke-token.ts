import { type AccountsConnection, postToAccounts } from '../../lambdas/adapters/accounts-request.ts';
import { parseJsonObject } from '../../lambdas/core/json.ts';
import type { Redacted } from '../../lambdas/core/redacted.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { parseTokenResponse } from '../../lambdas/core/zoho/token-response.ts';
import { CliError } from '../cli-error.ts';
import { refusedByZoho } from './zoho-refusal.ts';

/**
 * Takes a refresh token back at its own data center, with all access tokens minted with it. `not-standing`: Zoho does not
 * know it any more. Source: Zoho's "Revoke refresh token"; an invalid token is answered with HTTP 400, in JSON or HTML.
 *
 * @throws CliError when Zoho says neither.
 */
export async function revokeRefreshToken(
  accounts: AccountsConnection,
  { dataCenter, refreshToken }: { readonly dataCenter: DataCenterLocation; readonly refreshToken: Redacted },
  signal: AbortSignal,
): Promise<'revoked' | 'not-standing'> {
  const parameters = { token: refreshToken.reveal() };
  const answered = await postToAccounts(
    accounts,
    { dataCenter, path: '/oauth/v2/token/revoke', parameters },
    signal,
  );
  if (answered.kind === 'none') throw refusedByZoho(answered.failure, { again: 'Try again.' });
  const { status, body } = answered.answer;
  if (parseJsonObject(body)?.status === 'success') return 'revoked';
  const judged = parseTokenResponse(answered.answer);
  if (judged.kind === 'refused' && judged.failure.code === 'throttled')
    throw refusedByZoho(judged.failure, { again: 'Try again.' });
  if (status === 400) return 'not-standing';
  throw new CliError(`Zoho answered HTTP ${status} to the revocation.`, 'Nothing was changed. Try again.');
}
