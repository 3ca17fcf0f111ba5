import type { LocalConsent } from '../consent/local-consent.ts';
import type { LocalDeployment } from '../deployment/local-deployment.ts';

/** The client that invites of the sandbox can use: registered at Zoho with the redirect URI of the pages, for all data centers. */
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
    redirectUris: [redirectUri],
  });
  deployment.putClient(CLIENT_OF_INVITES, {
    ...{ client_id: clientId, client_secret: clientSecret, data_center: dataCenter },
  });
}
