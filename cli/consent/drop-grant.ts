import { revokeRefreshToken } from '../../lambdas/adapters/consent/revoke-token.ts';
import type { Grant } from '../../lambdas/core/consent/grant.ts';
import type { Session } from '../session.ts';

/**
 * Revokes the refresh token of a grant that is not stored. Returns a sentence for the user. An imported refresh token is left alone: it
 * may be in use elsewhere.
 */
export async function dropGrant(session: Session, grant: Grant): Promise<string> {
  if (grant.authorizedAtMs === undefined) return 'The imported refresh token was left as it is.';
  const { kind } = await revokeRefreshToken(session.accounts, grant, session.signal());
  return kind === 'revoked' || kind === 'already-invalid'
    ? 'The new refresh token was revoked.'
    : 'The new refresh token could not be revoked: it is still valid at Zoho, as one of at most 20 per user and client.';
}
