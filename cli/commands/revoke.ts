import type { Command } from 'commander';
import { switchOff } from '../../lambdas/core/connection/operator-transitions.ts';
import { parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import { findRow } from '../connections/find-connection.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { revokeRefreshToken } from '../zoho/revoke-token.ts';
import type { Runner } from './runner.ts';

/** `revoke NAME`: the end of an authorization, e.g. when a secret has leaked. */
export function addRevoke(program: Command, run: Runner): void {
  program
    .command('revoke')
    .description('take the authorization back at Zoho, and switch the connection off')
    .argument('<name>', 'connection')
    .option('--confirm <name>', 'the name once more, where nobody can be asked')
    .addHelpText(
      'after',
      `
Zoho ends the refresh token and every access token minted with it, at once and for good. zoho-tokens authorize starts anew.

Example:
  zoho-tokens revoke crm-prod`,
    )
    .action(run(revoke));
}

async function revoke(session: Session, given: string, { confirm }: { confirm?: string }): Promise<ExitCode> {
  const { name } = await findRow(session, given);
  const { terminal } = session.machine;
  const secrets = await session.secrets();
  const stored = await secrets.readCredentials(name);
  if (stored.kind === 'empty') {
    throw new CliError(
      `${name} has no credentials: there is nothing to revoke.`,
      `zoho-tokens pause ${name} stops it.`,
    );
  }
  const parsed = parseCredentials(stored.text);
  if (!parsed.ok)
    throw new CliError(
      parsed.failure.message,
      'Revoke it by hand: accounts server of its data center, Sessions, Connected Apps.',
    );
  await confirmByName(session, name, {
    confirm,
    what: `Zoho ends the authorization of ${name} for good; its consumers' tokens end at once.`,
  });
  const outcome = await revokeRefreshToken(session.accounts, parsed.credentials, session.signal());
  const { dataCenter } = parsed.credentials;
  terminal.print(
    outcome === 'revoked'
      ? `revoked: the refresh token of ${name}, at Zoho (${dataCenter})`
      : `no longer known: the refresh token of ${name}, at Zoho (${dataCenter})`,
  );
  await changeRow(session, name, (row, nowMs) => switchOff(row, 'revoked', nowMs));
  terminal.print(`switched off: ${name} is not refreshed any more`);
  terminal.print(
    [
      'What remains to be done:',
      `  - Authorize it again when it is wanted: zoho-tokens authorize ${name}`,
      '  - If its client secret leaked as well: make a new one in the API console, then authorize again.',
      "  - If the access token may have been read: look for calls that were not yours in Zoho's audit log.",
    ].join('\n'),
  );
  return 0;
}
