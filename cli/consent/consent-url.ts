import { DATA_CENTERS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { formatScopes } from '../../lambdas/core/zoho/scopes.ts';

/** What a person is asked to consent to. */
export interface ConsentRequest {
  readonly dataCenter: DataCenterLocation;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Exactly as it is registered with the client. */
  readonly redirectUri: string;
  /** Comes back unchanged; nobody else can know it. */
  readonly state: string;
}

/**
 * The consent page of a data center (RFC 6749, section 4.1.1). `access_type=offline`: else there is no refresh token;
 * `prompt=consent`: else there is none the second time. Source: Zoho's OAuth documentation, "Authorization request".
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
