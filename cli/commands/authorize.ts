import { type Command, Option } from 'commander';
import { DATA_CENTER_LOCATIONS } from '../../lambdas/core/zoho/data-centers.ts';
import { UsageError } from '../cli-error.ts';
import { collectScopes, scopeOption } from '../connections/scope-option.ts';
import { type AuthorizeOptions, authorize } from '../consent/authorize.ts';
import { DEFAULT_REDIRECT_URI } from '../consent/redirect-uri.ts';
import type { Runner } from './runner.ts';

/** `authorize NAME`: from a client of Zoho's API console to a token that is live. */
export function addAuthorize(program: Command, run: Runner): void {
  program
    .command('authorize')
    .description("get a person's consent at Zoho, store it, and wait for the first token")
    .argument('<name>', 'connection')
    .addOption(
      new Option(
        '--data-center <location>',
        "where the client's account lives (default: as declared)",
      ).choices(DATA_CENTER_LOCATIONS),
    )
    .addOption(scopeOption('scopes to ask for, in the place of the declared ones'))
    .addOption(
      new Option('--add-scope <scopes>', 'more scopes: consent to the old and the new, switch, verify')
        .argParser(collectScopes)
        .conflicts(['import', 'selfClient']),
    )
    .option('--revoke-old', 'after --add-scope: revoke the old refresh token without asking')
    .option('--redirect-uri <uri>', 'as registered with the client, on this machine', DEFAULT_REDIRECT_URI)
    .option('--no-browser', 'print the address of the consent page, do not open it')
    .addOption(
      new Option(
        '--self-client',
        'use a code of the API console (a self client belongs to one person)',
      ).conflicts('import'),
    )
    .option('--import', 'take an existing refresh token from stdin')
    .addHelpText('after', NOTES)
    .action(
      run((session, name: string, options: AuthorizeOptions) => {
        if (options.selfClient === true && options.browser === false)
          throw new UsageError('--self-client uses no browser: --no-browser says nothing.');
        return authorize(session, name, options);
      }),
    );
}

const NOTES = `
The client's id and secret are asked for (the secret is not shown), or taken from ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET, or
from stdin: {"client_id":"…","client_secret":"…"}, or one of them a line. A connection that was authorized before can use its
client again. The old credentials stand until Zoho has given new ones.

Examples:
  zoho-tokens authorize crm-prod                                    opens the browser
  zoho-tokens authorize crm-prod --no-browser                       prints the address
  zoho-tokens authorize crm-prod --add-scope ZohoCRM.users.READ     a planned change of scopes
  zoho-tokens authorize crm-prod --import < credentials.json        {"client_id","client_secret","refresh_token"}`;
