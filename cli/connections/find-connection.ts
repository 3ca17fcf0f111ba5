import type { Connection, ConnectionSource } from '../../lambdas/core/connection/connection.ts';
import { CONNECTION_NAME_PATTERN } from '../../lambdas/core/connection/connection-name.ts';
import { declarationOf } from '../../lambdas/core/connection/declared-connection.ts';
import { nearestName } from '../../lambdas/core/nearest-name.ts';
import type { ConnectionSpec } from '../../lambdas/core/secrets/secret-tags.ts';
import { specFromTags } from '../../lambdas/core/secrets/secret-tags.ts';
import { readIfAllowed } from '../aws/try-read.ts';
import { CliError, UsageError } from '../cli-error.ts';
import type { Session } from '../session.ts';

/** A connection with its spec. */
export interface KnownConnection extends ConnectionSpec {
  readonly name: string;
  readonly source: ConnectionSource;
  /** Undefined until the refresher has registered the connection, and when the row was lost. */
  readonly row: Connection | undefined;
}

/** Checks a name from the command line. Throws {@link UsageError}, without the name: it may be a pasted secret. */
export function checkName(name: string): string {
  if (CONNECTION_NAME_PATTERN.test(name)) return name;
  throw new UsageError(
    'The connection name is not valid (value omitted): use up to 64 letters, digits, - and _, such as crm-prod.',
    'Never put a secret on the command line: your shell keeps it in its history.',
  );
}

/** Finds a connection that is declared or was connected at run time. Throws {@link CliError} with the most similar name. */
export async function findConnection(session: Session, given: string): Promise<KnownConnection> {
  const name = checkName(given);
  // Without permission for the function's settings, the table and the secrets are enough.
  const [table, settings] = await Promise.all([
    session.connections(),
    readIfAllowed(() => session.refresherSettings()),
  ]);
  const declaredConnections = settings?.declaredConnections ?? {};
  const row = await table.read(name, session.signal());
  const declared = declarationOf(declaredConnections, name);
  if (declared !== undefined) return { name, source: 'declared', row, ...declared };
  const { tokenSecret, spec } = await readTaggedSpec(session, name);
  const isLost = row === undefined && tokenSecret !== undefined && tokenSecret.deletedAtMs === undefined;
  if (row === undefined && !isLost) {
    throw await unknownConnection(session, name, Object.keys(declaredConnections));
  }
  return { name, source: row?.source ?? 'connected', row, ...spec };
}

/** The row of a connection, for a command that needs one. Throws {@link CliError} when it is not registered yet. */
export async function findRow(session: Session, given: string): Promise<Connection> {
  const { row, name, source } = await findConnection(session, given);
  if (row !== undefined) return row;
  if (source === 'connected') {
    throw new CliError(
      `The row of ${name} in the connections table was lost: its token secret exists.`,
      `The refresher registers it again when it is asked for a token. Run: zoho-tokens refresh ${name}`,
    );
  }
  throw new CliError(
    `${name} is declared, but the refresher has not registered it yet.`,
    'Wait a minute after the deployment. If it is still not registered, see docs/runbooks/RefresherSilent.md.',
  );
}

async function readTaggedSpec(session: Session, name: string) {
  const secrets = await session.secrets();
  const [tokenSecret, credentialsSecret] = await Promise.all([
    readIfAllowed(() => secrets.describe(name, 'access-token')),
    readIfAllowed(() => secrets.describe(name, 'credentials')),
  ]);
  return { tokenSecret, spec: specFromTags(tokenSecret?.tags ?? {}, credentialsSecret?.tags) };
}

async function unknownConnection(
  session: Session,
  name: string,
  declared: readonly string[],
): Promise<CliError> {
  // Without permission to scan the table, only declared connections are suggested.
  const rows = (await readIfAllowed(() => session.list())) ?? [];
  const names = [...new Set([...declared, ...rows.map((row) => row.name)])];
  const nearest = nearestName(name, names);
  const known = names.sort().slice(0, 20).join(', ') || 'none';
  return new CliError(
    `There is no connection ${name}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`,
    `Known connections: ${known}. To add one, run: zoho-tokens connect ${name} --data-center eu`,
  );
}
