import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { RECOVERY_DAYS } from '../secrets/connection-secrets.ts';
import type { Session } from '../session.ts';

/**
 * Removes what is left of a connection in the store that it was moved from. The token is deleted at once, because the connection may
 * be moved back. Returns what was done.
 */
export async function removeLeftovers(
  session: Session,
  name: string,
  store: SecretStoreName,
): Promise<readonly string[]> {
  const { fleet } = await session.deployment();
  if (store === 'dynamodb' && fleet === undefined) return [];
  const left = (await session.secrets()).inStore(store);
  const done: string[] = [];
  if ((await left.lastPublished(name)) !== undefined) {
    await left.deleteNow(name, 'access-token');
    done.push(`deleted: ${left.nameOf(name, 'access-token')}`);
  }
  const credentials = await left.describe(name, 'credentials');
  if (credentials !== undefined && credentials.deletedAtMs === undefined) {
    await left.scheduleDeletion(name, 'credentials');
    const what = store === 'dynamodb' ? 'deleted' : `deletion in ${RECOVERY_DAYS} days`;
    done.push(`${what}: ${left.nameOf(name, 'credentials')}`);
  }
  return done;
}
