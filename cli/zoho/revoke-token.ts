import { revokeRefreshToken } from '../../lambdas/adapters/consent/revoke-token.ts';
import type { Redacted } from '../../lambdas/core/redacted.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { zohoRefusal } from './zoho-refusal.ts';

/** Revokes a refresh token. Throws {@link CliError} when Zoho does not confirm that it is invalid. */
export async function revokeOrThrow(
  { accounts, signal }: Pick<Session, 'accounts' | 'signal'>,
  credentials: { readonly dataCenter: DataCenterLocation; readonly refreshToken: Redacted },
): Promise<'revoked' | 'already-invalid'> {
  const outcome = await revokeRefreshToken(accounts, credentials, signal());
  switch (outcome.kind) {
    case 'revoked':
    case 'already-invalid':
      return outcome.kind;
    case 'refused':
      throw zohoRefusal(outcome.failure, { retry: 'Try again.' });
    case 'unclear':
      throw new CliError(
        `Zoho answered the revocation with HTTP ${outcome.status}, without confirming it.`,
        'Nothing was changed. Try again.',
      );
  }
}
