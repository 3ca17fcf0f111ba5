import { fnv1a } from '../fnv1a.ts';
import type { Credentials } from '../secrets/credentials.ts';

/**
 * Tells OAuth clients apart without naming them: connections with the same key use the same client in the same data center. Two clients
 * may have the same key by chance, which does no harm.
 */
export function clientKeyOf({ dataCenter, clientId }: Pick<Credentials, 'dataCenter' | 'clientId'>): string {
  return fnv1a(`${dataCenter} ${clientId}`).toString(16).padStart(8, '0');
}

/** What a client key looks like. */
export const CLIENT_KEY_PATTERN = /^[0-9a-f]{8}$/;
