import { type Command, Option } from 'commander';
import { type Connection, registerConnection } from '../../lambdas/core/connection/connection.ts';
import { isDisabledByOperator, reconnect } from '../../lambdas/core/connection/operator-transitions.ts';
import { DATA_CENTER_LOCATIONS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { tagsFor } from '../connections/connection-tags.ts';
import { checkName } from '../connections/find-connection.ts';
import { isDeclared } from '../connections/is-declared.ts';
import { scopeOption } from '../connections/scope-option.ts';
import type { ExitCode } from '../exit-code.ts';
import type { SecretKind } from '../secrets/connection-secrets.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface ConnectOptions {
  readonly dataCenter: DataCenterLocation;
  readonly scope: readonly string[];
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
    .addHelpText(
      'after',
      `
Creates two empty secrets with the stack's KMS key, and a row in the connections table. If it fails
halfway, run it again. It also restores a disconnected connection. The alarms for all connections
cover it; to get alarms of its own, declare it in cdk.json instead.

Example:
  zoho-tokens connect crm-acme --data-center eu --scope ZohoCRM.modules.ALL
  zoho-tokens authorize crm-acme`,
    )
    .action(run(connect));
}

async function connect(
  session: Session,
  given: string,
  { dataCenter, scope }: ConnectOptions,
): Promise<ExitCode> {
  const name = checkName(given);
  const { terminal, clock } = session.runtime;
  if (await isDeclared(session, name)) {
    throw new CliError(
      `${name} is declared in the stack's configuration, so it is connected already.`,
      `Run: zoho-tokens authorize ${name}`,
    );
  }
  const tags = tagsFor({ dataCenter, scopes: scope });
  for (const kind of ['credentials', 'access-token'] as const) {
    const result = await createOrRestore(session, name, kind, tags);
    terminal.print(`${result}: ${(await session.secrets()).nameOf(name, kind)}`);
  }
  const table = await session.connections();
  const { created } = await table.create(
    registerConnection(name, 'connected', clock.now()),
    session.signal(),
  );
  if (!created) {
    await changeRow(session, name, (row, nowMs) =>
      isDisabledByOperator(row, 'disconnected') || wasDeclared(row)
        ? reconnect(row, 'connected', nowMs)
        : undefined,
    );
  }
  terminal.print(`${created ? 'registered' : 'already registered'}: ${name}, ${dataCenter}`);
  terminal.info(terminal.infoColors.dim(`  Next, run: zoho-tokens authorize ${name}`));
  return 0;
}

/** An earlier configuration declared it. Unless it is connected now, the refresher disables it. */
function wasDeclared({ source }: Connection): boolean {
  return source === 'declared';
}

async function createOrRestore(
  session: Session,
  name: string,
  kind: SecretKind,
  tags: Readonly<Record<string, string>>,
): Promise<'created' | 'restored' | 'exists'> {
  const secrets = await session.secrets();
  const facts = await secrets.describe(name, kind);
  if (facts === undefined && (await secrets.create(name, kind, tags))) return 'created';
  const isBeingDeleted = facts?.deletedAtMs !== undefined;
  if (isBeingDeleted) await secrets.restore(name, kind);
  await secrets.tag(name, kind, tags);
  return isBeingDeleted ? 'restored' : 'exists';
}
