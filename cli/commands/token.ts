import { type Command, Option } from 'commander';
import { isSwitchedOff } from '../../lambdas/core/connection/operator-transitions.ts';
import type { AccessToken } from '../../lambdas/core/secrets/access-token.ts';
import { CancelledError, CliError } from '../cli-error.ts';
import { findConnection } from '../connections/find-connection.ts';
import { formatDuration } from '../reports/format-duration.ts';
import type { Runner } from './runner.ts';

const FORMATS = ['plain', 'env', 'header', 'json'] as const;
type Format = (typeof FORMATS)[number];

/** `token NAME`: the access token, for a call by hand. The only command that prints a secret, and it asks first. */
export function addToken(program: Command, run: Runner): void {
  program
    .command('token')
    .description('print the access token, for curl (asks first on a terminal)')
    .argument('<name>', 'connection')
    .addOption(new Option('--format <format>', 'how it is printed').choices(FORMATS).default('plain'))
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
Examples:
  curl -H "$(zoho-tokens token crm-prod --format header)" https://www.zohoapis.eu/crm/v8/org
  eval "$(zoho-tokens token crm-prod --format env)"      ZOHO_ACCESS_TOKEN and ZOHO_API_DOMAIN`,
    )
    .action(
      run(async (session, given: string, { format, yes = false }: { format: Format; yes?: boolean }) => {
        const { terminal, clock } = session.machine;
        const { name, row } = await findConnection(session, given);
        if (row !== undefined && isSwitchedOff(row, 'revoked')) throw wasRevoked(name);
        const published = await (await session.secrets()).readToken(name);
        if (!published.ok) throw noToken(name, published.problems);
        const { token } = published;
        const leftMs = token.expiresAtMs - clock.now();
        if (leftMs <= 0) {
          throw new CliError(
            `The token of ${name} expired ${formatDuration(-leftMs)} ago.`,
            `zoho-tokens doctor ${name}`,
          );
        }
        if (terminal.isShown && !yes) {
          const isWanted = await terminal.prompts.confirm({
            message: `Show the access token of ${name} on this screen?`,
            otherwise: 'Give --yes, or pipe it.',
          });
          if (!isWanted) throw new CancelledError('Not shown.');
        }
        terminal.print(write(token, format));
        terminal.say(terminal.sideColors.dim(`valid for ${formatDuration(leftMs)}, for ${token.apiDomain}`));
        return 0;
      }),
    );
}

function write(token: AccessToken, format: Format): string {
  const accessToken = token.accessToken.reveal();
  switch (format) {
    case 'plain':
      return accessToken;
    case 'header':
      return `Authorization: Zoho-oauthtoken ${accessToken}`;
    case 'env':
      return `export ZOHO_ACCESS_TOKEN=${quote(accessToken)}\nexport ZOHO_API_DOMAIN=${quote(token.apiDomain)}`;
    case 'json':
      return JSON.stringify({
        access_token: accessToken,
        api_domain: token.apiDomain,
        expires_at: new Date(token.expiresAtMs).toISOString(),
      });
  }
}

/** One word for a POSIX shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function wasRevoked(name: string): CliError {
  return new CliError(
    `The authorization of ${name} was revoked, and its token with it.`,
    `zoho-tokens authorize ${name}`,
  );
}

function noToken(name: string, problems: 'empty' | readonly string[]): CliError {
  return problems === 'empty'
    ? new CliError(
        `${name} has no token yet.`,
        `zoho-tokens authorize ${name}, or zoho-tokens doctor ${name}`,
      )
    : new CliError(
        `The token secret of ${name} cannot be read: ${problems.join('; ')}.`,
        `zoho-tokens refresh ${name}`,
      );
}
