import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import type { ConnectionStore } from '../../lambdas/core/ports.ts';
import type { AwsClients } from '../aws/clients.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { type ConnectionSecrets, createConnectionSecrets } from './connection-secrets.ts';
import { type RoutedSecrets, routeSecrets } from './route-secrets.ts';
import { createSealedSecrets } from './sealed-secrets.ts';

/** The secrets of a deployment's connections, in one store or in two. */
export function openSecrets(
  { secretsManager, dynamoDb, kms }: Pick<AwsClients, 'secretsManager' | 'dynamoDb' | 'kms'>,
  deployment: Deployment,
  connections: Pick<ConnectionStore, 'read'>,
  signal: () => AbortSignal,
): RoutedSecrets {
  const inSecretsManager = createConnectionSecrets(secretsManager, deployment, signal);
  const { fleet } = deployment;
  const rowOf = (connection: string) => connections.read(connection, signal());
  const sealed =
    fleet &&
    createSealedSecrets({
      ...{ dynamoDb, kms, deployment, fleet, signal, clients: inSecretsManager },
      intentOf: async (connection) => {
        const row = await rowOf(connection);
        return row?.store === 'dynamodb'
          ? (row.intent ?? { dataCenter: row.dataCenter, scopes: [] })
          : undefined;
      },
    });
  return routeSecrets(inSecretsManager, sealed, async (connection) => {
    const row = await rowOf(connection);
    if (row !== undefined || sealed === undefined) return row?.store ?? 'secrets-manager';
    return await storeWithoutRow(connection, inSecretsManager, sealed);
  });
}

/** The row of the connection was lost: what is left of it says where it was. */
async function storeWithoutRow(
  connection: string,
  inSecretsManager: ConnectionSecrets,
  sealed: ConnectionSecrets,
): Promise<SecretStoreName> {
  const hasItem =
    (await sealed.describe(connection, 'credentials')) ?? (await sealed.describe(connection, 'access-token'));
  if (hasItem === undefined) return 'secrets-manager';
  return (await hasCredentials(connection, inSecretsManager)) ? 'secrets-manager' : 'dynamodb';
}

/** Whether a store has credentials of the connection that are not being deleted. */
export async function hasCredentials(connection: string, secrets: ConnectionSecrets): Promise<boolean> {
  const credentials = await secrets.describe(connection, 'credentials');
  return credentials !== undefined && credentials.deletedAtMs === undefined;
}
