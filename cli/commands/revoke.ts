import type { Command } from 'commander';
import { revokeConnection } from '../../lambdas/core/connection/operator-transitions.ts';
import { type Authorization, parseAuthorization } from '../../lambdas/core/secrets/credentials.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import { findRow } from '../connections/find-connection.ts';
import { revokeUnused } from '../consent/revoke-unused.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { revokeOrThrow } from '../zoho/revoke-token.ts';
import type { Runner } from './runner.ts';

/** `revoke NAME`: ends an authorization, for example after a secret has leaked. */
export function addRevoke(program: Command, run: Runner): void {
  program
    .command('revoke')
    .description('revoke the authorization at Zoho and disable the connection')
    .argument('<name>', 'connection')
    .option('--confirm <name>', 'the name again, instead of a question')
    .option('--unused', 'revoke only earlier refresh tokens that the connection no longer uses')
    .addHelpText(
      'after',
      `
Zoho invalidates the refresh token and all access tokens minted with it, immediately and permanently.
To use the connection again, run zoho-tokens authorize.

With --unused, the connection stays as it is: what is revoked are the refresh tokens that an earlier
authorization, or one that did not finish, left at Zoho.

Examples:
  zoho-tokens revoke crm-prod
  zoho-tokens revoke crm-prod --unused`,
    )
    .action(run(revoke));
}

async function revoke(
  session: Session,
  given: string,
  { confirm, unused }: { confirm?: string; unused?: boolean },
): Promise<ExitCode> {
  const { name } = await findRow(session, given);
  if (unused === true) return await revokeUnused(session, name, confirm);
  const { terminal } = session.runtime;
  const { authorization, versionId } = await requireAuthorization(session, name);
  await confirmByName(session, name, {
    confirm,
    consequence: `Zoho will end the authorization of ${name} permanently. Its consumers' tokens stop working at once.`,
  });
  const outcome = await revokeOrThrow(session, authorization);
  terminal.print(
    `${outcome === 'revoked' ? 'revoked' : 'already invalid'}: the refresh token of ${name}, at Zoho (${authorization.dataCenter})`,
  );
  await changeRow(session, name, (row, nowMs) => revokeConnection(row, versionId, nowMs));
  terminal.print(
    [
      `disabled: ${name} is no longer refreshed`,
      'Next steps:',
      `  - To use the connection again, run: zoho-tokens authorize ${name}`,
      '  - If the client secret leaked too, create a new one in the API console first.',
      "  - If the access token may have leaked, look for unexpected calls in Zoho's audit log.",
    ].join('\n'),
  );
  return 0;
}

/** Revoking needs no client, so it works also when the client of the credentials is gone. */
async function requireAuthorization(
  session: Session,
  name: string,
): Promise<{ readonly authorization: Authorization; readonly versionId: string }> {
  const stored = await (await session.secrets()).readCredentials(name);
  if (stored.kind === 'empty') {
    throw new CliError(
      `${name} has no credentials, so there is nothing to revoke.`,
      `To stop refreshing it, run: zoho-tokens pause ${name}`,
    );
  }
  const parsed = parseAuthorization(stored.text);
  if (parsed.ok) return { authorization: parsed.authorization, versionId: stored.versionId };
  throw new CliError(
    parsed.failure.message,
    'To revoke it by hand, open the accounts server of its data center: Sessions, Connected Apps.',
  );
}
