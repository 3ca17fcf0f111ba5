import type { Clock } from '../../lambdas/core/ports.ts';
import type { LocalDeployment } from '../deployment/local-deployment.ts';
import type { Revocation } from './fault-requests.ts';

/** Makes Zoho reject a connection's token, or its whole authorization. Throws an error that says why it cannot. */
export function revoke(deployment: LocalDeployment<Clock>, { kind, connection }: Revocation): string {
  const { store } = deployment.aws.secretsManager;
  const textOf = (secret: string) =>
    store.find(secret) === undefined ? undefined : store.currentText(secret);
  const token = textOf(`zoho/${connection}/access-token`);
  const credentials = textOf(`zoho/${connection}/credentials`);
  if (token === undefined || credentials === undefined) {
    throw new Error(
      `There is no connection ${JSON.stringify(connection.slice(0, 64))} with a token. Run: zoho-tokens status`,
    );
  }
  if (kind === 'revoke-token') {
    deployment.zoho.forget(JSON.parse(token).access_token);
    return `Zoho rejects the published token of ${connection}.`;
  }
  deployment.zoho.revoke(JSON.parse(credentials).refresh_token);
  return `Zoho rejects the refresh token of ${connection} and all its access tokens. To repair: zoho-tokens authorize ${connection}`;
}
