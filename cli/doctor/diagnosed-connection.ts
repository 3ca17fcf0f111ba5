import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { type DeclaredConnection, declarationOf } from '../../lambdas/core/connection/declared-connection.ts';
import type { StoredCredentials } from '../../lambdas/core/ports.ts';
import {
  type Credentials,
  parseCredentials,
  referredClient,
} from '../../lambdas/core/secrets/credentials.ts';
import type { ConnectionSpec } from '../../lambdas/core/secrets/secret-tags.ts';
import { specFromTags } from '../../lambdas/core/secrets/secret-tags.ts';
import { isClientName } from '../../lambdas/core/secrets/shared-client.ts';
import { type ReadResult, tryRead, valueIfRead } from '../aws/try-read.ts';
import { checkName, findConnection } from '../connections/find-connection.ts';
import type { RefresherSettings } from '../deployment/refresher-settings.ts';
import type { SecretFacts } from '../secrets/connection-secrets.ts';
import type { Session } from '../session.ts';

/** The connection that `doctor` examines, with everything that more than one check needs. */
export interface DiagnosedConnection {
  readonly name: string;
  /** Undefined when the refresher has not registered the connection. */
  readonly row: ReadResult<Connection | undefined>;
  readonly settings: ReadResult<RefresherSettings>;
  /** Metadata of the credentials secret; undefined when the secret does not exist. */
  readonly secret: ReadResult<SecretFacts | undefined>;
  /** The same of the token secret. */
  readonly tokenSecret: ReadResult<SecretFacts | undefined>;
  readonly stored: ReadResult<StoredCredentials>;
  /** Metadata of the secret of the shared client that the credentials refer to, if it could not be read. */
  readonly lostClient?: { readonly name: string; readonly secret: ReadResult<SecretFacts | undefined> };
}

/** Reads it. Throws {@link CliError} with the most similar name when there is no trace of the connection. */
export async function readDiagnosedConnection(session: Session, given: string): Promise<DiagnosedConnection> {
  const name = checkName(given);
  const [table, secrets] = await Promise.all([session.connections(), session.secrets()]);
  const [row, settings, secret, tokenSecret, stored] = await Promise.all([
    tryRead(() => table.read(name, session.signal())),
    tryRead(() => session.refresherSettings()),
    tryRead(() => secrets.describe(name, 'credentials')),
    tryRead(() => secrets.describe(name, 'access-token')),
    tryRead(() => secrets.readCredentials(name)),
  ]);
  const found = valueIfRead(stored);
  const lost =
    found?.kind === 'found' && found.clientText === undefined ? referredClient(found.text) : undefined;
  const lostClient = isClientName(lost)
    ? { name: lost, secret: await tryRead(() => secrets.describe(lost, 'client')) }
    : undefined;
  const connection = { name, row, settings, secret, tokenSecret, stored, ...(lostClient && { lostClient }) };
  const isUnknown = [row, secret, tokenSecret].every(
    (result) => result.kind === 'read' && result.value === undefined,
  );
  if (isUnknown && !isDeclared(connection)) await findConnection(session, name);
  return connection;
}

/** Whether the stack's configuration declares it; false when the configuration could not be read. */
export function isDeclared(connection: DiagnosedConnection): boolean {
  return declarationFor(connection) !== undefined;
}

/** The credentials; undefined when they are unreadable or incomplete. */
export function credentialsOf({ stored }: DiagnosedConnection): Credentials | undefined {
  const found = valueIfRead(stored);
  if (found?.kind !== 'found') return undefined;
  const parsed = parseCredentials(found.text, found.clientText);
  return parsed.ok ? parsed.credentials : undefined;
}

/** What the connection should be. */
export function specOf(connection: DiagnosedConnection): ReadResult<ConnectionSpec> {
  const { settings, secret, tokenSecret, row } = connection;
  const declared = declarationFor(connection);
  if (declared !== undefined) return { kind: 'read', value: declared };
  const mayBeDeclared = valueIfRead(row)?.source !== 'connected';
  if (settings.kind === 'unavailable' && mayBeDeclared) return settings;
  if (tokenSecret.kind === 'unavailable') return tokenSecret;
  return {
    kind: 'read',
    value: specFromTags(tokenSecret.value?.tags ?? {}, valueIfRead(secret)?.tags),
  };
}

function declarationFor({ name, settings }: DiagnosedConnection): DeclaredConnection | undefined {
  return declarationOf(valueIfRead(settings)?.declaredConnections ?? {}, name);
}
