import type { Session } from '../session.ts';
import { type ListedSecret, listConnectionSecrets } from './list-secrets.ts';
import { listSealed } from './sealed-items.ts';

/** What a connection has in one of the stores. */
export type StoredSecret = Pick<ListedSecret, 'connection' | 'kind' | 'isBeingDeleted'>;

/** What connections have in Secrets Manager, and in the tables of a fleet. Throws `InfrastructureError`. */
export async function listStored({ aws, deployment }: Session): Promise<readonly StoredSecret[]> {
  const { secretPrefix, fleet } = await deployment();
  const [listed, sealed] = await Promise.all([
    listConnectionSecrets(aws.secretsManager, secretPrefix),
    fleet === undefined ? [] : listSealed(aws.dynamoDb, fleet),
  ]);
  return [...listed, ...sealed.map((item) => ({ ...item, isBeingDeleted: false }))];
}
