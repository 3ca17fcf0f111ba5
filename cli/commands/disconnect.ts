import type { Command } from 'commander';
import {
  disableConnection,
  isDisabledByOperator,
} from '../../lambdas/core/connection/operator-transitions.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import { findRow } from '../connections/find-connection.ts';
import { isDeclared } from '../connections/is-declared.ts';
import type { ExitCode } from '../exit-code.ts';
import { type ConnectionSecrets, RECOVERY_DAYS, type SecretKind } from '../secrets/connection-secrets.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

/** `disconnect NAME`: removes a connection that was connected at run time. */
export function addDisconnect(program: Command, run: Runner): void {
  program
    .command('disconnect')
    .description('remove a connection that was connected at run time')
    .argument('<name>', 'connection')
    .option('--confirm <name>', 'the name again, instead of a question')
    .addHelpText(
      'after',
      `
Disables the connection and schedules the deletion of both secrets. Consumers cannot read the token
from then on. For ${RECOVERY_DAYS} days, zoho-tokens connect restores it. The authorization at Zoho remains
valid; to end it, run zoho-tokens revoke first.

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
  const { terminal } = session.runtime;
  if (await isDeclared(session, name)) {
    throw new CliError(
      `${name} is declared in the stack's configuration, so it cannot be disconnected.`,
      `Remove it from cdk.json and deploy. To stop it for a while, run: zoho-tokens pause ${name}`,
    );
  }
  await confirmByName(session, name, { confirm, consequence: `Consumers of ${name} will lose their token.` });
  await changeRow(session, name, (row, nowMs) =>
    isDisabledByOperator(row, 'disconnected') ? undefined : disableConnection(row, 'disconnected', nowMs),
  );
  terminal.print(`disabled: ${name}`);
  const secrets = await session.secrets();
  for (const kind of ['access-token', 'credentials'] as const) {
    terminal.print(`${await scheduleDeletion(secrets, name, kind)}: ${secrets.nameOf(name, kind)}`);
  }
  terminal.info(terminal.infoColors.dim(`  To restore it, run: zoho-tokens connect ${name} --data-center …`));
  return 0;
}

/** Leaves a secret alone that is scheduled for deletion already, so that the command can be run again. */
async function scheduleDeletion(secrets: ConnectionSecrets, name: string, kind: SecretKind): Promise<string> {
  const facts = await secrets.describe(name, kind);
  if (facts === undefined) return 'does not exist';
  if (facts.deletedAtMs === undefined) await secrets.scheduleDeletion(name, kind);
  return `deletion in ${RECOVERY_DAYS} days`;
}
