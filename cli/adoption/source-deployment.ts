import { scanConnections } from '../../lambdas/adapters/connection-queries.ts';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { SECRET_PREFIX_PATTERN } from '../../lambdas/core/connection/connection-name.ts';
import { isLeased } from '../../lambdas/core/connection/lease.ts';
import type { ConnectionStore, MalformedRow } from '../../lambdas/core/ports.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { readAddresses } from '../deployment/read-addresses.ts';
import { type ConnectionSecrets, createConnectionSecrets } from '../secrets/connection-secrets.ts';
import type { Session } from '../session.ts';

/** The deployment that connections are moved from, in the same account and region. */
export interface SourceDeployment {
  readonly secretPrefix: string;
  readonly tableName: string;
  readonly table: ConnectionStore;
  readonly secrets: ConnectionSecrets;
  /** All rows, sorted by name. */
  list(): Promise<readonly (Connection | MalformedRow)[]>;
}

/**
 * Finds the deployment by its address. One of version 0.1 has none, so the name of its table is given. Throws
 * {@link CliError}.
 */
export async function findSource(
  session: Session,
  secretPrefix: string,
  givenTable: string | undefined,
): Promise<SourceDeployment> {
  const deployment = await session.deployment();
  if (secretPrefix === deployment.secretPrefix) {
    throw new UsageError(
      `--from is the deployment ${secretPrefix} itself.`,
      'Use --deployment for the new deployment, and --from for the old one.',
    );
  }
  const tableName = givenTable ?? (await tableOf(session, secretPrefix));
  if (tableName === deployment.tableName) {
    throw new UsageError(
      `${tableName} is the table of the deployment ${deployment.secretPrefix}, not of ${secretPrefix}.`,
      'Check --from-table.',
    );
  }
  const { aws, signal } = session;
  const old = { ...deployment, secretPrefix };
  return {
    secretPrefix,
    tableName,
    table: createConnectionTable(aws.dynamoDb, tableName),
    secrets: createConnectionSecrets(aws.secretsManager, old, signal),
    list: () => scanConnections(aws.dynamoDb, tableName),
  };
}

async function tableOf({ aws, deployment }: Session, secretPrefix: string): Promise<string> {
  const addresses = SECRET_PREFIX_PATTERN.test(secretPrefix)
    ? await readAddresses(aws.ssm, secretPrefix)
    : [];
  const tableName = addresses[0]?.values.get('table');
  if (tableName !== undefined) return tableName;
  const { account, region } = await deployment();
  throw new CliError(
    `There is no deployment ${secretPrefix} with an address in account ${account}, ${region}.`,
    'If version 0.1 deployed it, use --from-table with the output ConnectionsTableName of its stack. Both deployments must be in one account and region.',
  );
}

const READ_AGAIN_MS = 2_000;
const MAX_READS = 5;

/**
 * The old row, if the table is the one of the deployment that writes the old token secret: pausing a row in another table would
 * stop nothing. Undefined if there is no row. That of a connection in DynamoDB is not compared: it cannot be moved. Throws {@link CliError}.
 */
export async function readSourceRow(
  { runtime: { clock, wait }, signal }: Session,
  { secretPrefix, table, tableName, secrets }: SourceDeployment,
  name: string,
): Promise<Connection | undefined> {
  for (let reads = 1; ; reads += 1) {
    const row = await table.read(name, signal());
    if (row?.token === undefined || row.store === 'dynamodb') return row;
    const published = await secrets.readToken(name);
    if (published.ok && published.token.expiresAtMs === row.token.expiresAtMs) return row;
    // A refresh may be between its publish and its commit.
    if (reads === MAX_READS && !isLeased(row, clock.now())) {
      throw new CliError(
        `The row of ${name} in ${tableName} does not know the token in ${secrets.nameOf(name, 'access-token')}.`,
        `It may be the table of another deployment than ${secretPrefix}: check --from-table. If the token secret was edited, wait for the next refresh.`,
      );
    }
    await wait(READ_AGAIN_MS);
  }
}
