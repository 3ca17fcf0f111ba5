import { scanConnections } from '../../lambdas/adapters/connection-queries.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { restoreRow } from '../../lambdas/core/connection/move-transitions.ts';
import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import type { MalformedRow } from '../../lambdas/core/ports.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { otherStoreThan } from '../secrets/leftovers.ts';
import { hasCredentials } from '../secrets/open-secrets.ts';
import type { Session } from '../session.ts';
import { joinPlans, type Plan, type PlannedChange, problem, remark } from './plan.ts';

/** Which items of a restored table are copied. */
export interface RestoreOptions {
  readonly table: string;
  /** Empty for all. */
  readonly names: readonly string[];
  /** Whether to replace those that exist. */
  readonly overwrites: boolean;
}

/**
 * The plan to copy rows from a table that was restored from a backup: those that are missing here, and those that were
 * registered since and never had a token.
 */
export async function planRestoredRows(
  session: Session,
  { table, names, overwrites }: RestoreOptions,
): Promise<Plan> {
  const { tableName } = await session.deployment();
  if (table === tableName) {
    throw new UsageError(
      `${table} is the table of this deployment itself.`,
      'Give --table the name of the table that was restored from a backup.',
    );
  }
  const restored = await scanConnections(session.aws.dynamoDb, table);
  requireConnections(table, restored);
  const here = new Map((await session.list()).map((row) => [row.name, row]));
  const wanted = restored.filter(({ name }) => names.length === 0 || names.includes(name));
  const absent = names.filter((name) => restored.every((row) => row.name !== name));
  return joinPlans([
    ...absent.map((name) => problem(name, `has no row in ${table}`, 'Check the name.')),
    ...wanted.map((row) => planRow(session, row, here.get(row.name), overwrites)),
  ]);
}

/** A table of something else has rows that cannot be read. */
function requireConnections(table: string, rows: readonly (Connection | MalformedRow)[]): void {
  if (rows.every((row) => 'malformed' in row)) {
    throw new CliError(
      rows.length === 0
        ? `${table} is empty.`
        : `${table} has ${rows.length} rows, and none is a row of connections.`,
      'Check the name of the restored table: aws dynamodb list-tables',
    );
  }
}

function planRow(
  session: Session,
  restored: Connection | MalformedRow,
  existing: Connection | MalformedRow | undefined,
  overwrites: boolean,
): Plan {
  const { name } = restored;
  if ('malformed' in restored) {
    return problem(name, `its restored row cannot be read (${restored.problem}) and is skipped`);
  }
  if (existing !== undefined && 'malformed' in existing) {
    return problem(
      name,
      `its row in this deployment cannot be read (${existing.problem})`,
      'Correct or delete it.',
    );
  }
  const isBlank = existing?.status === 'pending' && existing.token === undefined;
  if (existing !== undefined && !isBlank && !overwrites) {
    return remark(name, 'has a row already, which is kept', 'To replace it, use --overwrite.');
  }
  const change: PlannedChange = {
    connection: name,
    does: existing === undefined ? 'copy its row' : 'replace its row by the restored one',
    apply: () => copyRow(session, restored, existing),
  };
  return { changes: [change], notes: [] };
}

async function copyRow(
  session: Session,
  restored: Connection,
  replaced: Connection | undefined,
): Promise<void> {
  const { name } = restored;
  const { fleet } = await session.deployment();
  const [table, secrets] = [await session.connections(), await session.secrets()];
  const store = await storeNow(session, restored, replaced);
  const publishedGeneration = (await secrets.inStore(store).lastPublished(name))?.generation ?? 0;
  const nowMs = session.runtime.clock.now();
  const known = { publishedGeneration, store, isFleet: fleet !== undefined };
  const row = restoreRow(restored, { ...known, existing: undefined }, nowMs);
  const { created } = await table.create(row, session.signal());
  if (created) return;
  await changeRow(session, name, (existing, laterMs) =>
    restoreRow(restored, { ...known, existing }, laterMs),
  );
}

/** Where the credentials are: the connection may have been moved since the backup. Without any, where they would be expected. */
async function storeNow(
  session: Session,
  restored: Connection,
  replaced: Connection | undefined,
): Promise<SecretStoreName> {
  const { fleet } = await session.deployment();
  const secrets = await session.secrets();
  const expected = (replaced ?? restored).store ?? 'secrets-manager';
  if (fleet === undefined)
    return (await hasCredentials(restored.name, secrets)) ? 'secrets-manager' : expected;
  const isElsewhere =
    !(await hasCredentials(restored.name, secrets.inStore(expected))) &&
    (await hasCredentials(restored.name, secrets.inStore(otherStoreThan(expected))));
  return isElsewhere ? otherStoreThan(expected) : expected;
}
