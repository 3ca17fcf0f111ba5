import { parseJsonObject } from '../../lambdas/core/json.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import type { OAuthClient } from '../zoho/oauth-client.ts';

/** What a person's consent has given: everything that goes into the credentials secret. */
export interface Grant {
  readonly client: OAuthClient;
  readonly refreshToken: Redacted;
  readonly dataCenter: DataCenterLocation;
  readonly clientType: 'server-based' | 'self-client' | undefined;
  /** Granted scopes, comma-separated; undefined when Zoho did not say. */
  readonly scope: string | undefined;
  /** When the person consented; undefined for a refresh token from elsewhere. */
  readonly authorizedAtMs: number | undefined;
}

/** The JSON of the credentials secret. Keys of the one before that nobody here knows are kept. */
export function composeCredentials(grant: Grant, before: Redacted | undefined): Redacted {
  const { client, refreshToken, dataCenter, clientType, scope, authorizedAtMs } = grant;
  const {
    client_type: _type,
    scope: _scope,
    authorized_at: _at,
    ...kept
  } = parseJsonObject(before?.reveal() ?? '') ?? {};
  return new Redacted(
    JSON.stringify({
      ...kept,
      client_id: client.clientId,
      client_secret: client.clientSecret.reveal(),
      refresh_token: refreshToken.reveal(),
      data_center: dataCenter,
      ...(clientType === undefined ? {} : { client_type: clientType }),
      ...(scope === undefined ? {} : { scope }),
      ...(authorizedAtMs === undefined ? {} : { authorized_at: new Date(authorizedAtMs).toISOString() }),
    }),
  );
}
