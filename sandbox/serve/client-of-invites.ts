import { DEFAULT_REDIRECT_URI } from '../../cli/consent/redirect-uri.ts';
import type { LocalConsent } from '../consent/local-consent.ts';
import type { LocalDeployment } from '../deployment/local-deployment.ts';

/**
 * The client that connections of the sandbox can share: registered at Zoho for all data centers, with the redirect URIs of the pages for
 * invites and of `zoho-tokens authorize`.
 */
export const CLIENT_OF_INVITES = 'acme-app';

/** Registers it and stores its secret, as an operator does with `zoho-tokens client add`. */
export function addClientOfInvites(
  deployment: Pick<LocalDeployment, 'zoho' | 'putClient'>,
  { redirectUri }: Pick<LocalConsent, 'redirectUri'>,
): void {
  const dataCenter = 'eu';
  const { clientId, clientSecret } = deployment.zoho.registerClient({
    dataCenter,
    sharedCredentials: true,
    redirectUris: [redirectUri, DEFAULT_REDIRECT_URI],
  });
  deployment.putClient(CLIENT_OF_INVITES, {
    ...{ client_id: clientId, client_secret: clientSecret, data_center: dataCenter },
  });
}
