import { type Command, Option } from 'commander';
import { DEFAULT_REDIRECT_URI } from './redirect-uri.ts';

/** Adds the options of a consent in a browser: how the user gets to the consent page, and what comes back. */
export function addBrowserOptions(command: Command): Command {
  return command
    .option('--redirect-uri <uri>', 'redirect URI on this machine, as registered', DEFAULT_REDIRECT_URI)
    .option('--no-browser', 'print the address of the consent page, and paste where the browser ends')
    .addOption(
      new Option(
        '--redirected <->',
        'read the address at which the browser ended from stdin: --redirected -',
      ).conflicts(['import', 'selfClient']),
    )
    .option('--sandbox', 'accept a sandbox of the CRM, which is otherwise asked about')
    .addOption(
      new Option('--identify', 'also request AaaServer.profile.READ, and record who consented').conflicts([
        'import',
        'selfClient',
      ]),
    );
}
