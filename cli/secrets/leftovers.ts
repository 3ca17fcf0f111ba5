import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import type { RoutedSecrets } from './route-secrets.ts';

const KINDS = ['access-token', 'credentials'] as const;

/** The other one of the two stores. Undefined is Secrets Manager, as in a row. */
export function otherStoreThan(store: SecretStoreName | undefined): SecretStoreName {
  return store === 'dynamodb' ? 'secrets-manager' : 'dynamodb';
}

/**
 * Names of what a connection still has in the store that it is not in, in a deployment with two: a move between them did not
 * finish. A secret that is scheduled for deletion is not left. A declared connection cannot be moved. Throws `InfrastructureError`.
 */
export async function findLeftovers(
  secrets: Pick<RoutedSecrets, 'inStore'>,
  row: Pick<Connection, 'name' | 'source' | 'store'>,
): Promise<readonly string[]> {
  if (row.source === 'declared') return [];
  const other = secrets.inStore(otherStoreThan(row.store));
  const found = await Promise.all(
    KINDS.map(async (kind) => {
      const facts = await other.describe(row.name, kind);
      return facts !== undefined && facts.deletedAtMs === undefined ? [other.nameOf(row.name, kind)] : [];
    }),
  );
  return found.flat();
}
