import { type Command, Option } from 'commander';
import { type Connection, SEVERITIES, type Severity } from '../../lambdas/core/connection/connection.ts';
import { SECRET_STORES, type SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { judgeOwner } from '../../lambdas/core/secrets/foreign-secret.ts';
import { type ConnectionSpec, specFromTags } from '../../lambdas/core/secrets/secret-tags.ts';
import { DATA_CENTER_LOCATIONS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import { tagsFor } from '../connections/connection-tags.ts';
import { checkName } from '../connections/find-connection.ts';
import { isDeclared } from '../connections/is-declared.ts';
import { register, wasDeclared } from '../connections/register.ts';
import { scopeOption } from '../connections/scope-option.ts';
import type { ExitCode } from '../exit-code.ts';
import type { SecretFacts } from '../secrets/connection-secrets.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface ConnectOptions {
  readonly dataCenter: DataCenterLocation;
  readonly scope: readonly string[];
  readonly severity?: Severity;
  readonly store?: SecretStoreName;
  readonly confirm?: string;
}

/** `connect NAME`: adds a connection at run time, without a deployment. */
export function addConnect(program: Command, run: Runner): void {
  program
    .command('connect')
    .description('add or restore a connection at run time, without a deployment')
    .argument('<name>', 'name of the connection, e.g. crm-acme')
    .addOption(
      new Option('--data-center <location>', 'where its Zoho account is')
        .choices(DATA_CENTER_LOCATIONS)
        .makeOptionMandatory(),
    )
    .addOption(scopeOption('scopes that consumers rely on, e.g. ZohoCRM.modules.ALL'))
    .addOption(
      new Option('--severity <severity>', 'who is notified of its problems (default: ticket)').choices(
        SEVERITIES,
      ),
    )
    .addOption(
      new Option(
        '--store <store>',
        'where its token and credentials are stored (default: the setting connectedStore)',
      ).choices(SECRET_STORES),
    )
    .option('--confirm <name>', 'the name again, instead of a question, when the data center changes')
    .addHelpText(
      'after',
      `
Creates the token secret with the stack's KMS key, or a place for the token in DynamoDB, and a row in
the connections table. If it fails
halfway, run it again. It also restores a disconnected connection, and changes the severity of a
connected one. The alarms for all connections cover it; to get alarms of its own, declare it in
cdk.json instead, after running zoho-tokens disconnect NAME --for-declaration.

Example:
  zoho-tokens connect crm-acme --data-center eu --scope ZohoCRM.modules.ALL
  zoho-tokens authorize crm-acme`,
    )
    .action(run(connect));
}

async function connect(
  session: Session,
  given: string,
  { dataCenter, scope, severity, store: wanted, confirm }: ConnectOptions,
): Promise<ExitCode> {
  const name = checkName(given);
  const { terminal } = session.runtime;
  if (await isDeclared(session, name)) {
    throw new CliError(
      `${name} is declared in the stack's configuration, so it is connected already.`,
      `Run: zoho-tokens authorize ${name}`,
    );
  }
  const spec = { dataCenter, scopes: scope };
  const existing = await describeExisting(session, name);
  const store = await chooseStore(session, name, { row: existing.row, wanted });
  await confirmDataCenter(session, name, { existing, dataCenter, confirm });
  if (store === 'dynamodb') return await connectSealed(session, name, { spec, severity });
  const tags = tagsFor(await session.deployment(), spec);
  const secrets = await session.secrets();
  const result = await createOrRestoreToken(session, name, { existing: existing.token, tags });
  terminal.print(`${result}: ${secrets.nameOf(name, 'access-token')}`);
  if (existing.credentials?.deletedAtMs !== undefined) {
    await secrets.restore(name, 'credentials');
    terminal.print(`restored: ${secrets.nameOf(name, 'credentials')}`);
  }
  return await register(session, name, { dataCenter, severity });
}

/** The store of a connection that exists already is kept: its secrets are there. */
async function chooseStore(
  session: Session,
  name: string,
  { row, wanted }: { readonly row: Connection | undefined; readonly wanted: SecretStoreName | undefined },
): Promise<SecretStoreName> {
  const { fleet } = await session.deployment();
  if (wanted === 'dynamodb' && fleet === undefined) {
    throw new CliError(
      'This deployment stores tokens in Secrets Manager only.',
      'Set connectedStore: dynamodb (or fleetShards) in its configuration, and deploy it.',
    );
  }
  if (row === undefined || wasDeclared(row)) return wanted ?? fleet?.connectedStore ?? 'secrets-manager';
  const current = row.store ?? 'secrets-manager';
  if (wanted === undefined || wanted === current) return current;
  throw new CliError(
    `${name} is connected already, and its secrets are in ${current}.`,
    `To move them, run: zoho-tokens move ${name} --to ${wanted}`,
  );
}

/** In the second store, a row is all that there is before the first authorization. */
async function connectSealed(
  session: Session,
  name: string,
  { spec, severity }: { readonly spec: ConnectionSpec; readonly severity: Severity | undefined },
): Promise<ExitCode> {
  const { dataCenter, scopes } = spec;
  return await register(session, name, { dataCenter, severity, sealed: { dataCenter, scopes } });
}

/** What there is of a connection before it is connected. */
interface Existing {
  readonly row: Connection | undefined;
  readonly token: SecretFacts | undefined;
  readonly credentials: SecretFacts | undefined;
}

async function describeExisting(session: Session, name: string): Promise<Existing> {
  const [table, secrets] = [await session.connections(), await session.secrets()];
  const [row, token, credentials] = await Promise.all([
    table.read(name, session.signal()),
    secrets.describe(name, 'access-token'),
    secrets.describe(name, 'credentials'),
  ]);
  return { row, token, credentials };
}

/** Asks before a connection gets another data center, because its credentials are of the old one. */
async function confirmDataCenter(
  session: Session,
  name: string,
  {
    existing: { row, token, credentials },
    dataCenter,
    confirm,
  }: { existing: Existing; dataCenter: DataCenterLocation; confirm: string | undefined },
): Promise<void> {
  const before = specFromTags(token?.tags ?? {}, credentials?.tags).dataCenter ?? row?.dataCenter;
  if (before === undefined || before === dataCenter) return;
  await confirmByName(session, name, {
    confirm,
    consequence: `${name} is connected in data center ${before}, and so are its credentials. For ${dataCenter}, it must be authorized again (zoho-tokens authorize ${name} --data-center ${dataCenter}).`,
  });
}

async function createOrRestoreToken(
  session: Session,
  name: string,
  { existing, tags }: { existing: SecretFacts | undefined; tags: Readonly<Record<string, string>> },
): Promise<'created' | 'restored' | 'exists'> {
  const secrets = await session.secrets();
  if (existing === undefined && (await secrets.create(name, 'access-token', { tags }))) return 'created';
  const facts = existing ?? (await secrets.describe(name, 'access-token'));
  const foreign = facts && judgeOwner(name, facts, await session.deployment());
  if (foreign !== undefined) {
    throw new CliError(
      `The secret ${secrets.nameOf(name, 'access-token')} ${foreign.problem}. Nothing was changed.`,
      foreign.advice,
    );
  }
  const isBeingDeleted = facts?.deletedAtMs !== undefined;
  if (isBeingDeleted) await secrets.restore(name, 'access-token');
  await secrets.tag(name, 'access-token', tags);
  return isBeingDeleted ? 'restored' : 'exists';
}
