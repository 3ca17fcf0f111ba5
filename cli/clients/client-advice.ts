import type { Connection } from '../../lambdas/core/connection/connection.ts';
import {
  adviseOnRegeneratedSecret,
  hasRegeneratedSecret,
} from '../../lambdas/core/connection/regenerated-secret.ts';
import type { FailureCode } from '../../lambdas/core/failures.ts';

/** What to do about a shared client that keeps a connection from being refreshed. */
export function adviseOnClient(connection: string, client: string, code: FailureCode): string {
  switch (code) {
    case 'invalid_client_secret':
      return `Copy the secret that Zoho's API console shows, and run: zoho-tokens client rotate ${client}. No one has to consent again.`;
    case 'unknown_client':
      return `Restore its secret (aws secretsmanager restore-secret), or run: zoho-tokens client add ${client} --data-center LOCATION. If it exists, check the refresher's role. To use another client: zoho-tokens move ${connection} --client OTHER`;
    case 'malformed_client':
      return `Run: zoho-tokens client add ${client} --replace --data-center LOCATION`;
    case 'client_without_data_center':
      return `Enable the data center in the settings of the client at Zoho (Multi DC), then run: zoho-tokens client rotate ${client} --data-center LOCATION`;
    default:
      return `Look for the client ${client} at https://api-console.zoho.com. If it was deleted, move the connection to another client: zoho-tokens move ${connection} --client OTHER`;
  }
}

/** What to do about a client secret that Zoho refuses; undefined if that is not what keeps the connection from being refreshed. */
export function adviseOnRefusedSecret(
  row: Pick<Connection, 'name' | 'client' | 'token' | 'lastFailure' | 'dataCenter'>,
): string | undefined {
  const { name, client, lastFailure } = row;
  if (client !== undefined && lastFailure?.code === 'invalid_client_secret')
    return adviseOnClient(name, client, lastFailure.code);
  return hasRegeneratedSecret(row)
    ? `${adviseOnRegeneratedSecret(row)} See docs/runbooks/ClientSecretRegenerated.md.`
    : undefined;
}
