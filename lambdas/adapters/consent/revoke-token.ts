import type { Failure } from '../../core/failures.ts';
import { parseJsonObject } from '../../core/json.ts';
import type { Redacted } from '../../core/redacted.ts';
import type { DataCenterLocation } from '../../core/zoho/data-centers.ts';
import { parseTokenResponse } from '../../core/zoho/token-response.ts';
import { type AccountsConnection, postToAccounts } from '../accounts-request.ts';

/** What became of a refresh token. */
export type Revocation =
  | { readonly kind: 'revoked' }
  /** Zoho no longer knows the token. */
  | { readonly kind: 'already-invalid' }
  /** There is no answer, or Zoho throttles. */
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** An answer that says neither. */
  | { readonly kind: 'unclear'; readonly status: number };

/**
 * Revokes a refresh token at its data center, together with all access tokens minted with it. Never throws.
 * Source: Zoho's "Revoke refresh token". Zoho answers an invalid token with HTTP 400, in JSON or HTML.
 */
export async function revokeRefreshToken(
  accounts: AccountsConnection,
  { dataCenter, refreshToken }: { readonly dataCenter: DataCenterLocation; readonly refreshToken: Redacted },
  signal: AbortSignal,
): Promise<Revocation> {
  const parameters = { token: refreshToken.reveal() };
  const answered = await postToAccounts(
    accounts,
    { dataCenter, path: '/oauth/v2/token/revoke', parameters },
    signal,
  );
  if (answered.kind === 'none') return { kind: 'refused', failure: answered.failure };
  const { status, body } = answered.answer;
  if (parseJsonObject(body)?.status === 'success') return { kind: 'revoked' };
  const judged = parseTokenResponse(answered.answer);
  if (judged.kind === 'refused' && judged.failure.code === 'throttled')
    return { kind: 'refused', failure: judged.failure };
  return status === 400 ? { kind: 'already-invalid' } : { kind: 'unclear', status };
}
