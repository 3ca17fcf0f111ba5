import { DATA_CENTERS, type DataCenterLocation } from '../zoho/data-centers.ts';
import { formatScopes } from '../zoho/scopes.ts';

/** What the user is asked to consent to. */
export interface ConsentRequest {
  readonly dataCenter: DataCenterLocation;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Exactly as registered with the client. */
  readonly redirectUri: string;
  /** Unguessable; Zoho returns it unchanged in the redirect. */
  readonly state: string;
}

/**
 * The URL of a data center's consent page (RFC 6749, section 4.1.1). Without `access_type=offline` Zoho issues no refresh token;
 * without `prompt=consent` it issues none for a repeated consent. Source: Zoho's OAuth documentation, "Authorization request".
 */
export function consentUrl({ dataCenter, clientId, scopes, redirectUri, state }: ConsentRequest): string {
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    scope: formatScopes(scopes),
    redirect_uri: redirectUri,
    state,
    access_type: 'offline',
    prompt: 'consent',
  });
  return `${DATA_CENTERS[dataCenter].accountsServer}/oauth/v2/auth?${parameters}`;
}
