import type { AccessToken } from '../secrets/access-token.ts';
import { chooseApiDomain } from './choose-api-domain.ts';
import { type MintedToken, repeatsSecret } from './minted-token.ts';
import { paceRenewal } from './renewal-pace.ts';
import type { Life } from './tick-plan.ts';

/**
 * The document that consumers read. Its lifetime starts before the request, but not before that of the previous token,
 * in case this machine's clock is behind. What Zoho left out is taken from the credentials or the row. `plan` says when a
 * token with this life is renewed; the versions of a day may require a later time.
 */
export function composeToken(
  minted: MintedToken,
  plan: (life: Life) => number,
  hasOwnMetrics = true,
): AccessToken {
  const { connection, credentials, response, startedAtMs } = minted;
  const issuedAtMs = Math.max(startedAtMs, connection.token?.issuedAtMs ?? 0);
  const expiresAtMs = issuedAtMs + response.lifetimeMs;
  const unlessSecret = (text: string | undefined) =>
    text === undefined || repeatsSecret(minted, text) ? undefined : text;
  return {
    accessToken: response.accessToken,
    apiDomain: chooseApiDomain(minted).apiDomain,
    dataCenter: credentials.dataCenter,
    scope: unlessSecret(response.scope) ?? unlessSecret(credentials.scope) ?? connection.scope ?? '',
    connection: connection.name,
    generation: connection.generation,
    issuedAtMs,
    expiresAtMs,
    refreshAfterMs: paceRenewal(plan({ issuedAtMs, expiresAtMs }), issuedAtMs, connection.publishesMs ?? []),
    ...(!hasOwnMetrics && { hasOwnMetrics }),
  };
}
