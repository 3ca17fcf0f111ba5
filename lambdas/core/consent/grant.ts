import { parseJsonObject } from '../json.ts';
import { Redacted } from '../redacted.ts';
import type { DataCenterLocation } from '../zoho/data-centers.ts';
import { type AuthorizedBy, formatAuthorizedBy } from './authorized-by.ts';
import type { OAuthClient } from './oauth-client.ts';

/** The result of an authorization: everything that goes into the credentials secret. */
export interface Grant {
  readonly client: OAuthClient;
  readonly refreshToken: Redacted;
  readonly dataCenter: DataCenterLocation;
  readonly clientType: 'server-based' | 'self-client' | undefined;
  /** Granted scopes, comma-separated; undefined when Zoho did not return them. */
  readonly scope: string | undefined;
  /** Time of the consent; undefined for an imported refresh token. */
  readonly authorizedAtMs: number | undefined;
  readonly authorizedBy?: AuthorizedBy | undefined;
  /** The invite that it comes from, and the principal that created the invite. */
  readonly invite?: { readonly id: string; readonly by: string | undefined } | undefined;
}

/** The JSON of the credentials secret. Unknown keys of the previous JSON are kept, but none that says how it was authorized. */
export function composeCredentials(grant: Grant, previous: Redacted | undefined): Redacted {
  const { client, refreshToken, dataCenter, clientType, scope, authorizedAtMs, authorizedBy, invite } = grant;
  const by = authorizedBy && formatAuthorizedBy(authorizedBy);
  const {
    client_type: _type,
    scope: _scope,
    authorized_at: _at,
    authorized_by: _by,
    invited_by: _inviter,
    invite_id: _invite,
    rotated_from: _rotatedFrom,
    client: _client,
    client_id: _id,
    client_secret: _secret,
    ...kept
  } = parseJsonObject(previous?.reveal() ?? '') ?? {};
  return new Redacted(
    JSON.stringify({
      ...kept,
      ...(client.client === undefined
        ? { client_id: client.clientId, client_secret: client.clientSecret.reveal() }
        : { client: client.client }),
      refresh_token: refreshToken.reveal(),
      data_center: dataCenter,
      ...(clientType === undefined ? {} : { client_type: clientType }),
      ...(scope === undefined ? {} : { scope }),
      ...(authorizedAtMs === undefined ? {} : { authorized_at: new Date(authorizedAtMs).toISOString() }),
      ...(by === undefined ? {} : { authorized_by: by }),
      ...(invite?.by === undefined ? {} : { invited_by: invite.by }),
      ...(invite === undefined ? {} : { invite_id: invite.id }),
    }),
  );
}

/** The same credentials with a reference to a client that connections share, in the place of a client of their own. */
export function referToClient(credentials: Redacted, client: string): Redacted {
  const {
    client_id: _id,
    client_secret: _secret,
    client_type: _type,
    ...kept
  } = parseJsonObject(credentials.reveal()) ?? {};
  return new Redacted(JSON.stringify({ ...kept, client }));
}
