import { type Command, Option } from 'commander';
import { DATA_CENTER_LOCATIONS } from '../../lambdas/core/zoho/data-centers.ts';
import { collectScopes, scopeOption } from '../connections/scope-option.ts';
import { type AuthorizeOptions, parseAuthorizeOptions } from '../consent/authorization-mode.ts';
import { authorize } from '../consent/authorize.ts';
import { addBrowserOptions } from '../consent/browser-options.ts';
import type { Runner } from './runner.ts';

/** `authorize NAME`: gets credentials for a connection and waits for its first token. */
export function addAuthorize(program: Command, run: Runner): void {
  const command = program
    .command('authorize')
    .description('get consent at Zoho, store the credentials, and wait for the first token')
    .argument('<name>', 'connection')
    .addOption(
      new Option(
        '--data-center <location>',
        'where the Zoho account is (default: as stored or declared)',
      ).choices(DATA_CENTER_LOCATIONS),
    )
    .addOption(scopeOption('scopes to request instead of the declared ones'))
    .addOption(
      new Option('--add-scope <scopes>', 'scopes to request in addition to the granted ones')
        .argParser(collectScopes)
        .conflicts(['import', 'selfClient']),
    )
    .option('--revoke-old', 'with --add-scope: revoke the old refresh token without asking');
  addBrowserOptions(command)
    .addOption(
      new Option('--self-client', 'use a code generated in the API console (not for production)').conflicts(
        'import',
      ),
    )
    .option('--client <name>', 'use a shared client: see zoho-tokens client --help')
    .option('--import', 'use an existing refresh token, read from stdin')
    .addHelpText('after', NOTES)
    .action(
      run((session, name: string, options: AuthorizeOptions) =>
        authorize(session, name, parseAuthorizeOptions(options)),
      ),
    );
}

const NOTES = `
The client id and the client secret are read from ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET, or from
stdin, as {"client_id":"…","client_secret":"…"} or as two lines. Otherwise the command asks for them;
the secret is not shown. A connection that is already authorized can reuse its client.
The old credentials stay in use until Zoho has issued new ones.

Examples:
  zoho-tokens authorize crm-prod                                  open the consent page
  zoho-tokens authorize crm-prod --no-browser                     print its address, for another machine or person
  zoho-tokens authorize crm-prod --add-scope ZohoCRM.users.READ   add a scope
  zoho-tokens authorize crm-prod --import < credentials.json      use an existing refresh token:
                                            {"client_id","client_secret","refresh_token","data_center"}`;
