import type { SealedCredentials } from '../../adapters/sealed/sealed-credentials.ts';
import type { ConnectionSecretStore } from '../../core/invites/consent-ports.ts';
import type { ConnectionStore } from '../../core/ports.ts';
import { isDataCenterLocation } from '../../core/zoho/data-centers.ts';

export interface SealedConnectionSecretsParts {
  readonly credentials: SealedCredentials;
  readonly connections: Pick<ConnectionStore, 'read'>;
  /** Returns a unique ID for a version of credentials. */
  readonly newVersionId: () => string;
}

/** The credentials of connections of the second store. The row says what the connection should be. */
export function createSealedConnectionSecrets({
  credentials,
  connections,
  newVersionId,
}: SealedConnectionSecretsParts): ConnectionSecretStore {
  return {
    readCredentials: async (connection, signal) => {
      const stored = await credentials.read(connection, signal);
      return stored.kind === 'empty' ? { kind: 'none' } : stored;
    },

    readSpec: async (connection, signal) => {
      const { dataCenter, scopes = [] } = (await connections.read(connection, signal))?.intent ?? {};
      return { dataCenter: isDataCenterLocation(dataCenter) ? dataCenter : undefined, scopes };
    },

    storeCredentials: async (connection, { text, fromVersionId }, signal) => {
      const versionId = newVersionId();
      const write = { connection, versionId, text, seenVersionId: fromVersionId };
      return await credentials.write(write, signal);
    },

    // The first token creates its item.
    prepareToken: () => Promise.resolve(),
  };
}

/** The secrets of each connection, wherever its row says that they are. A connection without a row gets the default. */
export function routeConnectionSecrets(
  stores: { readonly 'secrets-manager': ConnectionSecretStore; readonly dynamodb: ConnectionSecretStore },
  connections: Pick<ConnectionStore, 'read'>,
  connectedStore: keyof typeof stores,
): ConnectionSecretStore {
  const storeOf = async (connection: string, signal: AbortSignal) => {
    const row = await connections.read(connection, signal);
    return stores[row === undefined ? connectedStore : (row.store ?? 'secrets-manager')];
  };
  return {
    readCredentials: async (connection, signal) =>
      (await storeOf(connection, signal)).readCredentials(connection, signal),
    readSpec: async (connection, signal) => (await storeOf(connection, signal)).readSpec(connection, signal),
    storeCredentials: async (connection, write, signal) =>
      (await storeOf(connection, signal)).storeCredentials(connection, write, signal),
    prepareToken: async (connection, spec, signal) =>
      (await storeOf(connection, signal)).prepareToken(connection, spec, signal),
  };
}
