import type { Connection } from '../connection/connection.ts';
import type { AccessToken } from '../secrets/access-token.ts';
import type { Credentials } from '../secrets/credentials.ts';
import { DATA_CENTERS } from '../zoho/data-centers.ts';
import type { TokenResponse } from '../zoho/token-response.ts';
import { planRefresh, type Random, type RefreshTiming } from './schedule.ts';

/** A token that Zoho issued, before it is published. */
export interface MintedToken {
  /** Its generation is that of the new token, everything else is that of the token before. */
  readonly connection: Pick<Connection, 'name' | 'generation' | 'dataCenter' | 'apiDomain' | 'scope'> & {
    readonly token?: { readonly issuedAtMs: number } | undefined;
  };
  readonly credentials: Credentials;
  readonly response: TokenResponse & { readonly kind: 'token' };
  /** When Zoho was asked. */
  readonly startedAtMs: number;
}

/**
 * The document that consumers read. Its lifetime starts before the request, but not before that of the previous token,
 * in case this machine's clock is behind. What Zoho left out is taken from the credentials or the row.
 */
export function composeToken(
  { connection, credentials, response, startedAtMs }: MintedToken,
  timing: RefreshTiming,
  random: Random,
): AccessToken {
  const issuedAtMs = Math.max(startedAtMs, connection.token?.issuedAtMs ?? 0);
  const expiresAtMs = issuedAtMs + response.lifetimeMs;
  const sameDataCenter = connection.dataCenter === credentials.dataCenter;
  const previousApiDomain = sameDataCenter ? connection.apiDomain : undefined;
  const unlessSecret = (text: string | undefined) =>
    text === undefined || response.accessToken.isIn(text) || repeatsCredentials(credentials, text)
      ? undefined
      : text;
  return {
    accessToken: response.accessToken,
    apiDomain:
      unlessSecret(response.apiDomain) ?? previousApiDomain ?? DATA_CENTERS[credentials.dataCenter].apiDomain,
    dataCenter: credentials.dataCenter,
    scope: unlessSecret(response.scope) ?? unlessSecret(credentials.scope) ?? connection.scope ?? '',
    connection: connection.name,
    generation: connection.generation,
    issuedAtMs,
    expiresAtMs,
    refreshAfterMs: planRefresh({ issuedAtMs, expiresAtMs }, timing, random),
  };
}

/** True if an answer contains the credentials. It is not published, because consumers would read it. */
export function repeatsCredentials({ clientSecret, refreshToken }: Credentials, text: string): boolean {
  return clientSecret.isIn(text) || refreshToken.isIn(text);
}
