import { type Command, Option } from 'commander';
import { type Connection, SEVERITIES, type Severity } from '../../lambdas/core/connection/connection.ts';
import { NOTHING_PUBLISHED, registerAgain } from '../../lambdas/core/connection/lost-row.ts';
import { isDisabledByOperator, reconnect } from '../../lambdas/core/connection/operator-transitions.ts';
import { judgeOwner } from '../../lambdas/core/secrets/foreign-secret.ts';
import { specFromTags } from '../../lambdas/core/secrets/secret-tags.ts';
import { DATA_CENTER_LOCATIONS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import { tagsFor } from '../connections/connection-tags.ts';
import { checkName } from '../connections/find-connection.ts';
import { isDeclared } from '../connections/is-declared.ts';
import { scopeOption } from '../connections/scope-option.ts';
import type { ExitCode } from '../exit-code.ts';
import type { SecretFacts } from '../secrets/connection-secrets.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface ConnectOptions {
  readonly dataCenter: DataCenterLocation;
  readonly scope: readonly string[];
  readonly severity?: Severity;
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
    .option('--confirm <name>', 'the name again, instead of a question, when the data center changes')
    .addHelpText(
      'after',
      `
Creates the token secret with the stack's KMS key, and a row in the connections table. If it fails
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
  { dataCenter, scope, severity, confirm }: ConnectOptions,
): Promise<ExitCode> {
  const name = checkName(given);
  const { terminal } = session.runtime;
  if (await isDeclared(session, name)) {
    throw new CliError(
      `${name} is declared in the stack's configuration, so it is connected already.`,
      `Run: zoho-tokens authorize ${name}`,
    );
  }
  const tags = tagsFor(await session.deployment(), { dataCenter, scopes: scope });
  const existing = await describeExisting(session, name);
  await confirmDataCenter(session, name, { existing, dataCenter, confirm });
  const secrets = await session.secrets();
  const result = await createOrRestoreToken(session, name, { existing: existing.token, tags });
  terminal.print(`${result}: ${secrets.nameOf(name, 'access-token')}`);
  if (existing.credentials?.deletedAtMs !== undefined) {
    await secrets.restore(name, 'credentials');
    terminal.print(`restored: ${secrets.nameOf(name, 'credentials')}`);
  }
  const created = await register(session, name, severity);
  terminal.print(`${created ? 'registered' : 'already registered'}: ${name}, ${dataCenter}`);
  terminal.info(terminal.infoColors.dim(`  Next, run: zoho-tokens authorize ${name}`));
  return 0;
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

/** Adds the row, or enables that of a disconnected connection, and sets the severity if one is given. True if there was none. */
async function register(session: Session, name: string, severity: Severity | undefined): Promise<boolean> {
  const [table, secrets] = [await session.connections(), await session.secrets()];
  const published = (await secrets.lastPublished(name)) ?? NOTHING_PUBLISHED;
  const row = { ...registerAgain(name, 'connected', published, session.runtime.clock.now()), severity };
  const { created } = await table.create(row, session.signal());
  if (!created) {
    await changeRow(session, name, (current, nowMs) => {
      const isOff = isDisabledByOperator(current, 'disconnected') || wasDeclared(current);
      const connected = isOff ? reconnect(current, 'connected', nowMs) : current;
      const isSame = !isOff && (severity === undefined || severity === current.severity);
      return isSame ? undefined : { ...connected, severity: severity ?? connected.severity };
    });
  }
  return created;
}

/** An earlier configuration declared it. Unless it is connected now, the refresher disables it. */
function wasDeclared({ source }: Connection): boolean {
  return source === 'declared';
}
