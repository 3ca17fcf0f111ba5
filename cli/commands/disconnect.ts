import type { Command } from 'commander';
import { isSwitchedOff, switchOff } from '../../lambdas/core/connection/operator-transitions.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import { findRow } from '../connections/find-connection.ts';
import { isDeclared } from '../connections/is-declared.ts';
import type { ExitCode } from '../exit-code.ts';
import { type ConnectionSecrets, RECOVERY_DAYS, type SecretKind } from '../secrets/connection-secrets.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

/** `disconnect NAME`: the end of a connection that was connected at run time. */
export function addDisconnect(program: Command, run: Runner): void {
  program
    .command('disconnect')
    .description('remove a connection that was connected at run time')
    .argument('<name>', 'connection')
    .option('--confirm <name>', 'the name once more, where nobody can be asked')
    .addHelpText(
      'after',
      `
Switches it off and schedules the deletion of both secrets: consumers cannot read the token from then on. For ${RECOVERY_DAYS}
days zoho-tokens connect takes it back. The authorization at Zoho stays: zoho-tokens revoke, before this, ends it too.

Example:
  zoho-tokens disconnect crm-acme`,
    )
    .action(run(disconnect));
}

async function disconnect(
  session: Session,
  given: string,
  { confirm }: { confirm?: string },
): Promise<ExitCode> {
  const { name } = await findRow(session, given);
  const { terminal } = session.machine;
  if (await isDeclared(session, name)) {
    throw new CliError(
      `${name} is declared in the stack's configuration.`,
      `Remove it there and deploy; or stop it for a while: zoho-tokens pause ${name}`,
    );
  }
  await confirmByName(session, name, { confirm, what: `Consumers of ${name} lose their token.` });
  await changeRow(session, name, (row, nowMs) =>
    isSwitchedOff(row, 'disconnected') ? undefined : switchOff(row, 'disconnected', nowMs),
  );
  terminal.print(`switched off: ${name}`);
  const secrets = await session.secrets();
  for (const kind of ['access-token', 'credentials'] as const) {
    terminal.print(`${await remove(secrets, name, kind)}: ${secrets.nameOf(name, kind)}`);
  }
  terminal.say(terminal.sideColors.dim(`  Take it back with: zoho-tokens connect ${name} --data-center …`));
  return 0;
}

/** Goes on where it was stopped: what is being deleted already is left alone. */
async function remove(secrets: ConnectionSecrets, name: string, kind: SecretKind): Promise<string> {
  const facts = await secrets.describe(name, kind);
  if (facts === undefined) return 'no such secret';
  if (facts.deletedAtMs === undefined) await secrets.scheduleDeletion(name, kind);
  return `deleted in ${RECOVERY_DAYS} days`;
}
