import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { isDisabledByOperator } from '../../lambdas/core/connection/operator-transitions.ts';
import type { MalformedRow } from '../../lambdas/core/ports.ts';
import { CliError, UsageError } from '../cli-error.ts';
import type { DeployedFleet, Deployment } from '../deployment/deployment.ts';
import { listConnectionSecrets } from '../secrets/list-secrets.ts';
import { listSealedNames, type SealedItem, scanSealedCredentials } from '../secrets/sealed-items.ts';
import type { Session } from '../session.ts';
import { joinPlans, type Plan, problem, remark } from './plan.ts';
import { reseal } from './reseal.ts';
import type { RestoreOptions } from './restore-rows.ts';

/**
 * The plan to copy credentials from another table of the second store: one that was restored from a backup, or that an earlier
 * deployment has left. They are sealed with the key of this deployment.
 */
export async function planRestoredCredentials(
  session: Session,
  { table, names, overwrites }: RestoreOptions,
): Promise<Plan> {
  const deployment = await session.deployment();
  const fleet = requireFleet(deployment, table);
  const { dynamoDb, secretsManager } = session.aws;
  const { items, others } = await scanSealedCredentials(dynamoDb, table);
  if (items.length === 0)
    throw new CliError(
      others === 0 ? `${table} is empty.` : `${table} has ${others} items, and none is one of credentials.`,
      'Check the name of the table: aws dynamodb list-tables',
    );
  const [here, secrets, rows] = [
    new Set(await listSealedNames(dynamoDb, fleet.credentialsTable)),
    await listConnectionSecrets(secretsManager, deployment.secretPrefix),
    await session.list(),
  ];
  const { declaredConnections } = await session.refresherSettings();
  const inSecrets = secrets.filter(({ kind, isBeingDeleted }) => kind === 'credentials' && !isBeingDeleted);
  const known: Known = {
    here,
    rows: new Map(rows.map((row) => [row.name, row])),
    // Declared connections are there always.
    inSecretsManager: new Set([
      ...inSecrets.map(({ connection }) => connection),
      ...Object.keys(declaredConnections),
    ]),
  };
  const wanted = items.filter(({ connection }) => names.length === 0 || names.includes(connection));
  const absent = names.filter((name) => items.every(({ connection }) => connection !== name));
  return joinPlans([
    ...absent.map((name) => problem(name, `has no credentials in ${table}`, 'Check the name.')),
    ...(others === 0
      ? []
      : [remark(table, `${others} of its items are no credentials of a connection, and are left out`)]),
    ...wanted.map((item) => planItem(session, { deployment, fleet, known, overwrites }, item)),
  ]);
}

function requireFleet({ secretPrefix, fleet }: Deployment, table: string): DeployedFleet {
  if (fleet === undefined)
    throw new CliError(
      `The deployment ${secretPrefix} stores credentials in Secrets Manager only.`,
      'Set connectedStore in its configuration, and deploy it. To go on with Secrets Manager: docs/operating.md#turning-a-fleet-off.',
    );
  if (table === fleet.credentialsTable)
    throw new UsageError(
      `${table} is the table of this deployment itself.`,
      'Give --credentials-table the name of the restored or the retained table.',
    );
  return fleet;
}

/** What this deployment has. */
interface Known {
  /** Connections with credentials in the second store. */
  readonly here: ReadonlySet<string>;
  readonly inSecretsManager: ReadonlySet<string>;
  readonly rows: ReadonlyMap<string, Connection | MalformedRow>;
}

interface Target {
  readonly deployment: Deployment;
  readonly fleet: DeployedFleet;
  readonly known: Known;
  readonly overwrites: boolean;
}

function planItem(
  session: Session,
  { deployment, fleet, known, overwrites }: Target,
  item: SealedItem,
): Plan {
  const { connection } = item;
  const row = known.rows.get(connection);
  const isSealed =
    row === undefined || 'malformed' in row
      ? !known.inSecretsManager.has(connection)
      : row.store === 'dynamodb';
  if (!isSealed)
    return remark(
      connection,
      'is in Secrets Manager now, and its credentials there are kept',
      `To move it back, run: zoho-tokens move ${connection} --to dynamodb`,
    );
  const isOff = row !== undefined && !('malformed' in row) && hasEnded(row);
  if (isOff) return remark(connection, 'was disconnected or revoked here, and gets no credentials back');
  const isHere = known.here.has(connection);
  if (isHere && !overwrites)
    return remark(connection, 'has credentials already, which are kept', 'To replace them, use --overwrite.');
  const does = isHere ? 'replace its credentials by the restored ones' : 'copy its credentials';
  const apply = async () => {
    const seenVersionId = isHere ? await currentVersion(session, connection) : undefined;
    await reseal(session, { deployment, fleet }, item, seenVersionId);
    await makeDue(session, connection);
  };
  return { changes: [{ connection, does, apply }], notes: [] };
}

function hasEnded(row: Connection): boolean {
  return isDisabledByOperator(row, 'disconnected') || isDisabledByOperator(row, 'revoked');
}

/** The next tick looks at it. While a refresh is in progress, that one looks again soon. */
async function makeDue(session: Session, connection: string): Promise<void> {
  const table = await session.connections();
  const row = await table.read(connection, session.signal());
  const nowMs = session.runtime.clock.now();
  if (row === undefined || row.status === 'disabled') return;
  await table.replaceIfFree(row, { ...row, nextAttemptAtMs: nowMs }, nowMs, session.signal());
}

async function currentVersion(session: Session, connection: string): Promise<string | undefined> {
  const secrets = (await session.secrets()).inStore('dynamodb');
  return (await secrets.describe(connection, 'credentials'))?.currentVersionId;
}
