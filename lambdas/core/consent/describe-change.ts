import type { Credentials } from '../secrets/credentials.ts';
import { missingScopes, parseScopes } from '../zoho/scopes.ts';
import { describePerson } from './authorized-by.ts';
import type { Grant } from './grant.ts';

/**
 * What stored credentials have that a new grant has not: lines for a person who must decide whether to replace them. Undefined
 * credentials could not be read.
 */
export function describeChange(
  stored: Credentials | undefined,
  storedAtMs: number | undefined,
  grant: Grant,
): readonly string[] {
  const when = storedAtMs === undefined ? [] : [`stored at: ${new Date(storedAtMs).toISOString()}`];
  if (stored === undefined) return [...when, 'You may not read them, or they are not valid.'];
  const lost = missingScopes(parseScopes(stored.scope ?? ''), grant.scope ?? '');
  const gained = missingScopes(parseScopes(grant.scope ?? ''), stored.scope ?? '');
  const changes = [
    lost.length === 0 ? undefined : `scopes that yours lack: ${lost.join(', ')}`,
    gained.length === 0 ? undefined : `scopes that only yours have: ${gained.join(', ')}`,
    stored.dataCenter === grant.dataCenter
      ? undefined
      : `data center: ${stored.dataCenter}, yours is ${grant.dataCenter}`,
    stored.clientId === grant.client.clientId
      ? undefined
      : `client: ${stored.clientId}, yours is ${grant.client.clientId}`,
  ].filter((line) => line !== undefined);
  const differences = changes.length === 0 ? ['the same scopes, data center and client as yours'] : changes;
  return [...differences, `authorized by: ${describePerson(stored.authorizedBy)}`, ...when];
}
