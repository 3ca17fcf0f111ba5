import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import type { ConnectionSecrets } from './connection-secrets.ts';

/** The secrets of each connection, wherever its row says that they are. */
export interface RoutedSecrets extends ConnectionSecrets {
  /** Those of one store, whatever the row says. */
  inStore(store: SecretStoreName): ConnectionSecrets;
  /** Where the secrets of a connection are, as its row says now, or without a row what is left of it. */
  storeOf(connection: string): Promise<SecretStoreName>;
}

/** Asks for the store of each connection before each call. Without a second store, everything is in Secrets Manager. */
export function routeSecrets(
  inSecretsManager: ConnectionSecrets,
  sealed: ConnectionSecrets | undefined,
  readStore: (connection: string) => Promise<SecretStoreName>,
): RoutedSecrets {
  /** For names in messages, which follow a call. */
  const known = new Map<string, SecretStoreName>();
  const storeOf = async (connection: string): Promise<SecretStoreName> => {
    const store = sealed === undefined ? 'secrets-manager' : await readStore(connection);
    known.set(connection, store);
    return store;
  };
  const inStore = (store: SecretStoreName) =>
    store === 'dynamodb' && sealed !== undefined ? sealed : inSecretsManager;
  const route =
    <Arguments extends readonly unknown[], Answer>(
      call: (secrets: ConnectionSecrets, connection: string, ...others: Arguments) => Promise<Answer>,
    ) =>
    async (connection: string, ...others: Arguments): Promise<Answer> =>
      call(inStore(await storeOf(connection)), connection, ...others);
  /** The secret of a client has no row, and its name may be that of a connection. */
  const routeByKind =
    <Kind extends string, Arguments extends readonly unknown[], Answer>(
      call: (
        secrets: ConnectionSecrets,
        connection: string,
        kind: Kind,
        ...others: Arguments
      ) => Promise<Answer>,
    ) =>
    async (connection: string, kind: Kind, ...others: Arguments): Promise<Answer> =>
      call(
        kind === 'client' ? inSecretsManager : inStore(await storeOf(connection)),
        connection,
        kind,
        ...others,
      );

  return {
    ...inSecretsManager,
    nameOf: (connection, kind) => {
      const store = kind === 'client' ? undefined : known.get(connection);
      return inStore(store ?? 'secrets-manager').nameOf(connection, kind);
    },
    inStore,
    storeOf,
    readCredentials: route((secrets, connection) => secrets.readCredentials(connection)),
    writeCredentials: route((secrets, connection, text) => secrets.writeCredentials(connection, text)),
    replaceCredentials: route((secrets, ...given) => secrets.replaceCredentials(...given)),
    readLabelled: route((secrets, ...given) => secrets.readLabelled(...given)),
    readToken: route((secrets, connection) => secrets.readToken(connection)),
    lastPublished: route((secrets, connection) => secrets.lastPublished(connection)),
    describe: routeByKind((secrets, ...given) => secrets.describe(...given)),
    readPolicy: routeByKind((secrets, ...given) => secrets.readPolicy(...given)),
    create: routeByKind((secrets, ...given) => secrets.create(...given)),
    tag: routeByKind((secrets, ...given) => secrets.tag(...given)),
    scheduleDeletion: routeByKind((secrets, ...given) => secrets.scheduleDeletion(...given)),
    deleteNow: routeByKind((secrets, ...given) => secrets.deleteNow(...given)),
    restore: routeByKind((secrets, ...given) => secrets.restore(...given)),
  };
}
