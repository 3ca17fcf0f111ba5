import { type Command, Option } from 'commander';
import { isDisabledByOperator } from '../../lambdas/core/connection/operator-transitions.ts';
import { DATA_CENTERS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CancelledError, CliError } from '../cli-error.ts';
import { findConnection } from '../connections/find-connection.ts';
import type { ExitCode } from '../exit-code.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { formatToken, TOKEN_FORMATS, type TokenFormat } from '../reports/token-formats.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface TokenOptions {
  readonly format: TokenFormat;
  readonly yes?: boolean;
}

/** `token NAME`: prints the access token. The only command that prints a secret; on a terminal it asks first. */
export function addToken(program: Command, run: Runner): void {
  program
    .command('token')
    .description('print the access token, for curl (asks first on a terminal)')
    .argument('<name>', 'connection')
    .addOption(new Option('--format <format>', 'output format').choices(TOKEN_FORMATS).default('plain'))
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
Examples:
  zoho-tokens token crm-prod --format header | curl -H @- https://www.zohoapis.eu/crm/v8/org
  eval "$(zoho-tokens token crm-prod --format env)"      sets ZOHO_ACCESS_TOKEN and ZOHO_API_DOMAIN
  zoho-tokens token crm-prod --format postman > crm-prod.json   for Postman and Bruno; delete the file after the import`,
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
  const apiDomain = session.zohoUrl(token.apiDomain);
  const accountsUrl = session.zohoUrl(accountsServerOf(token.dataCenter));
  const { secretPrefix } = await session.deployment();
  terminal.print(
    formatToken({ ...token, connection: name, deployment: secretPrefix, apiDomain, accountsUrl }, format),
  );
  terminal.info(terminal.infoColors.dim(`valid for ${formatDuration(leftMs)}, for ${apiDomain}`));
  if (format === 'postman')
    terminal.info('It contains the token: delete the file as soon as you have imported it.');
  return 0;
}

/** The data center of a token that was parsed is in the table. */
function accountsServerOf(dataCenter: string): string {
  return DATA_CENTERS[dataCenter as DataCenterLocation].accountsServer;
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
        `The token of ${name} is not valid: ${errors.join('; ')}.`,
        `Run: zoho-tokens refresh ${name}`,
      );
}
