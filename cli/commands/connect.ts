import { type Command, Option } from 'commander';
import { type Connection, registerConnection } from '../../lambdas/core/connection/connection.ts';
import { connectAgain, isSwitchedOff } from '../../lambdas/core/connection/operator-transitions.ts';
import { DATA_CENTER_LOCATIONS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { toTags } from '../connections/connection-tags.ts';
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

/** `connect NAME`: a connection at run time, without a deploy. */
export function addConnect(program: Command, run: Runner): void {
  program
    .command('connect')
    .description('add a connection at run time, without a deploy')
    .argument('<name>', 'name of the new connection, e.g. crm-acme')
    .addOption(
      new Option('--data-center <location>', 'where its Zoho account lives')
        .choices(DATA_CENTER_LOCATIONS)
        .makeOptionMandatory(),
    )
    .addOption(scopeOption('scopes that consumers rely on, e.g. ZohoCRM.modules.ALL'))
    .addHelpText(
      'after',
      `
Creates both of its secrets, empty, with the stack's key, and its row. Run again it goes on where it was stopped, and it
takes back a connection that was disconnected. Alarms watch it with the fleet; an alarm of its own needs a declaration.

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
  const { terminal, clock } = session.machine;
  if (await isDeclared(session, name)) {
    throw new CliError(
      `${name} is declared in the stack's configuration: it is connected already.`,
      `zoho-tokens authorize ${name}`,
    );
  }
  const tags = toTags({ dataCenter, scopes: scope });
  for (const kind of ['credentials', 'access-token'] as const) {
    const became = await createOrTakeBack(session, name, kind, tags);
    terminal.print(`${became}: ${(await session.secrets()).nameOf(name, kind)}`);
  }
  const table = await session.connections();
  const { created } = await table.create(
    registerConnection(name, 'connected', clock.now()),
    session.signal(),
  );
  if (!created) {
    await changeRow(session, name, (row, nowMs) =>
      isSwitchedOff(row, 'disconnected') || wasDeclared(row)
        ? connectAgain(row, 'connected', nowMs)
        : undefined,
    );
  }
  terminal.print(`${created ? 'registered' : 'registered before'}: ${name}, ${dataCenter}`);
  terminal.say(terminal.sideColors.dim(`  Next: zoho-tokens authorize ${name}`));
  return 0;
}

/** Of a configuration of before: the refresher retires it, unless it is connected now. */
function wasDeclared({ source }: Connection): boolean {
  return source === 'declared';
}

async function createOrTakeBack(
  session: Session,
  name: string,
  kind: SecretKind,
  tags: Readonly<Record<string, string>>,
): Promise<'created' | 'taken back' | 'exists'> {
  const secrets = await session.secrets();
  const facts = await secrets.describe(name, kind);
  if (facts === undefined && (await secrets.create(name, kind, tags))) return 'created';
  const isBeingDeleted = facts?.deletedAtMs !== undefined;
  if (isBeingDeleted) await secrets.restore(name, kind);
  await secrets.tag(name, kind, tags);
  return isBeingDeleted ? 'taken back' : 'exists';
}
