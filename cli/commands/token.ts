import { type Command, Option } from 'commander';
import { isDisabledByOperator } from '../../lambdas/core/connection/operator-transitions.ts';
import type { AccessToken } from '../../lambdas/core/secrets/access-token.ts';
import { CancelledError, CliError } from '../cli-error.ts';
import { findConnection } from '../connections/find-connection.ts';
import type { ExitCode } from '../exit-code.ts';
import { formatDuration } from '../reports/format-duration.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

const FORMATS = ['plain', 'env', 'header', 'json'] as const;
type Format = (typeof FORMATS)[number];

interface TokenOptions {
  readonly format: Format;
  readonly yes?: boolean;
}

/** `token NAME`: prints the access token. The only command that prints a secret; on a terminal it asks first. */
export function addToken(program: Command, run: Runner): void {
  program
    .command('token')
    .description('print the access token, for curl (asks first on a terminal)')
    .argument('<name>', 'connection')
    .addOption(new Option('--format <format>', 'output format').choices(FORMATS).default('plain'))
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
Examples:
  curl -H "$(zoho-tokens token crm-prod --format header)" https://www.zohoapis.eu/crm/v8/org
  eval "$(zoho-tokens token crm-prod --format env)"      sets ZOHO_ACCESS_TOKEN and ZOHO_API_DOMAIN`,
    )
    .action(run(printToken));
}

async function printToken(
  session: Session,
  given: string,
  { format, yes = false }: TokenOptions,
): Promise<ExitCode> {
  const { terminal, clock } = session.runtime;
  const { name, row } = await findConnection(session, given);
  if (row !== undefined && isDisabledByOperator(row, 'revoked')) throw revoked(name);
  const published = await (await session.secrets()).readToken(name);
  if (!published.ok) throw noToken(name, published.problems);
  const { token } = published;
  const leftMs = token.expiresAtMs - clock.now();
  if (leftMs <= 0) {
    throw new CliError(
      `The token of ${name} expired ${formatDuration(-leftMs)} ago.`,
      `Run: zoho-tokens doctor ${name}`,
    );
  }
  if (terminal.isStdoutTty && !yes) {
    const isConfirmed = await terminal.prompts.confirm({
      message: `Show the access token of ${name} on this screen?`,
      withoutTerminal: 'Use --yes, or pipe the output.',
    });
    if (!isConfirmed) throw new CancelledError('Cancelled. The token was not shown.');
  }
  terminal.print(formatToken(token, format));
  terminal.info(terminal.infoColors.dim(`valid for ${formatDuration(leftMs)}, for ${token.apiDomain}`));
  return 0;
}

function formatToken(token: AccessToken, format: Format): string {
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

/** Quotes a text as one word for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function revoked(name: string): CliError {
  return new CliError(
    `The authorization of ${name} was revoked, so its token is invalid.`,
    `Run: zoho-tokens authorize ${name}`,
  );
}

function noToken(name: string, errors: 'empty' | readonly string[]): CliError {
  return errors === 'empty'
    ? new CliError(`${name} has no token yet.`, `Run: zoho-tokens doctor ${name}`)
    : new CliError(
        `The token secret of ${name} is not valid: ${errors.join('; ')}.`,
        `Run: zoho-tokens refresh ${name}`,
      );
}
