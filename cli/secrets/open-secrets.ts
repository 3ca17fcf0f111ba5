import type { ConnectionStore } from '../../lambdas/core/ports.ts';
import type { AwsClients } from '../aws/clients.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { createConnectionSecrets } from './connection-secrets.ts';
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
  return routeSecrets(
    inSecretsManager,
    sealed,
    async (connection) => (await rowOf(connection))?.store ?? 'secrets-manager',
  );
}
