import type { ClientStore } from '../core/ports.ts';
import type { StoredClient } from '../core/secrets/shared-client.ts';

/**
 * Reads each client once per invocation, however many of its connections are due. What is promoted meanwhile replaces what was read,
 * because a read of Secrets Manager may be stale.
 */
export function rememberClients(clients: ClientStore): ClientStore {
  const known = new Map<string, Promise<StoredClient | undefined>>();
  return {
    read: (name, signal) => {
      const read = known.get(name) ?? clients.read(name, signal);
      known.set(name, read);
      read.catch(() => known.delete(name));
      return read;
    },
    promote: async (name, versions, signal) => {
      const before = known.get(name);
      known.delete(name);
      const isPromoted = await clients.promote(name, versions, signal);
      const pending = (await before)?.pending;
      const isKnown = isPromoted && pending?.versionId === versions.pendingVersionId;
      if (isKnown) known.set(name, Promise.resolve({ current: pending, pending: undefined }));
      return isPromoted;
    },
  };
}
