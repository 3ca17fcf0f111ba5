import type { Connection, ConnectionSource } from '../../lambdas/core/connection/connection.ts';
import { CONNECTION_NAME_PATTERN } from '../../lambdas/core/connection/connection-name.ts';
import { declarationOf } from '../../lambdas/core/connection/declared-connection.ts';
import { nearestName } from '../../lambdas/core/nearest-name.ts';
import { ifAllowed } from '../aws/try-read.ts';
import { CliError, UsageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { Intent } from './connection-spec.ts';
import { fromTags } from './connection-tags.ts';

/** A connection, as it is meant to be. */
export interface KnownConnection extends Intent {
  readonly name: string;
  readonly source: ConnectionSource;
  /** Undefined before the refresher has seen it for the first time. */
  readonly row: Connection | undefined;
}

/** Checks a name that was typed. Throws {@link UsageError}; the name is shown only if it can be one. */
export function checkName(name: string): string {
  if (CONNECTION_NAME_PATTERN.test(name)) return name;
  throw new UsageError(
    'That is not the name of a connection: letters, digits, - and _, at most 64, e.g. crm-prod.',
    'A secret never goes into the command line: it would stay in the history of your shell.',
  );
}

/** Finds a connection that is declared, or was connected at run time. Throws {@link CliError} with the nearest name. */
export async function findConnection(session: Session, given: string): Promise<KnownConnection> {
  const name = checkName(given);
  // Whoever may not see the function's settings works with what the table and the secrets say.
  const [table, settings] = await Promise.all([
    session.connections(),
    ifAllowed(() => session.refresherSettings()),
  ]);
  const declaredConnections = settings?.declaredConnections ?? {};
  const row = await table.read(name, session.signal());
  const declared = declarationOf(declaredConnections, name);
  if (declared !== undefined) return { name, source: 'declared', row, ...declared };
  if (row === undefined) throw await unknownConnection(session, name, Object.keys(declaredConnections));
  return { name, source: row.source, row, ...(await taggedIntent(session, name)) };
}

/** The same, for a command that makes no sense before the refresher has seen the connection. */
export async function findRow(session: Session, given: string): Promise<Connection> {
  const { row, name } = await findConnection(session, given);
  if (row !== undefined) return row;
  throw new CliError(
    `${name} is declared, but the refresher has not registered it yet.`,
    'It does so within a minute of the deployment. If it does not: docs/runbooks/RefresherSilent.md.',
  );
}

async function taggedIntent(session: Session, name: string): Promise<Intent> {
  const secrets = await session.secrets();
  const facts = await ifAllowed(() => secrets.describe(name, 'credentials'));
  return fromTags(facts?.tags ?? {});
}

/** A help only: whoever may not read the whole table is told nothing of others. */
async function namesIfVisible(session: Session): Promise<string[]> {
  const rows = await ifAllowed(() => session.list());
  return (rows ?? []).map((row) => row.name);
}

async function unknownConnection(
  session: Session,
  name: string,
  declared: readonly string[],
): Promise<CliError> {
  const names = new Set([...declared, ...(await namesIfVisible(session))]);
  const nearest = nearestName(name, [...names]);
  const known = [...names].sort().slice(0, 20).join(', ') || 'none yet';
  return new CliError(
    `There is no connection ${name}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`,
    `Known: ${known}. A new one: zoho-tokens connect ${name} --data-center eu`,
  );
}
