import { type Command, Option } from 'commander';
import { SECRET_STORES, type SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { DATA_CENTER_LOCATIONS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { UsageError } from '../cli-error.ts';
import { scopeOption } from '../connections/scope-option.ts';
import { type BrowserOptions, parseBrowserSettings } from '../consent/authorization-mode.ts';
import { addBrowserOptions } from '../consent/browser-options.ts';
import { moveConnection } from '../consent/move-connection.ts';
import { moveStore } from '../stores/move-store.ts';
import type { Runner } from './runner.ts';

interface MoveOptions extends BrowserOptions {
  readonly client?: string;
  readonly dataCenter?: DataCenterLocation;
  readonly scope: readonly string[];
  readonly revokeOld?: boolean;
  readonly to?: SecretStoreName;
  readonly confirm?: string;
}

/** `move NAME`: another client, data center or store for a connection that is in use. */
export function addMove(program: Command, run: Runner): void {
  const command = program
    .command('move')
    .description('move a connection to another client, data center or store')
    .argument('<name>', 'connection')
    .option('--client <name>', 'the shared client to move to: see zoho-tokens client --help')
    .addOption(
      new Option('--data-center <location>', 'where the Zoho account is from now on').choices(
        DATA_CENTER_LOCATIONS,
      ),
    )
    .addOption(scopeOption('scopes to request instead of the granted and the declared ones'))
    .addOption(
      new Option('--to <store>', 'where its token and credentials are stored from now on').choices(
        SECRET_STORES,
      ),
    )
    .option('--confirm <name>', 'the name again, instead of a question, with --to')
    .option('--revoke-old', 'revoke the old refresh token without asking, once the new token is live');
  addBrowserOptions(command)
    .addHelpText('after', NOTES)
    .action(
      run(async (session, name: string, options: MoveOptions) => {
        const { client, dataCenter, scope, revokeOld, to, confirm } = options;
        if (to !== undefined && client === undefined && dataCenter === undefined)
          return await moveStore(session, name, { to, confirm });
        if (to !== undefined)
          throw new UsageError(
            '--to cannot be combined with --client or --data-center.',
            'Run the command twice.',
          );
        if (client === undefined && dataCenter === undefined) {
          throw new UsageError(
            'No client, data center or store is given.',
            'Use --client CLIENT, --data-center LOCATION or --to STORE.',
          );
        }
        return await moveConnection(session, name, {
          target: { client, dataCenter },
          browser: parseBrowserSettings(options),
          scopes: scope,
          oldToken: revokeOld === true ? 'revoke' : 'ask',
        });
      }),
    );
}

const NOTES = `
A refresh token is valid only with the client and in the data center that issued it, so a user of the
Zoho account consents again, in the browser or as with authorize --no-browser. The old credentials are
used until the new ones are stored, and restored if Zoho refuses those. Without --revoke-old or a
terminal, the old refresh token is left at Zoho: zoho-tokens revoke NAME --unused.

If the connection has a copy of the id and secret of the shared client, no one has to consent: its
credentials refer to the client from then on.

With --to, the token and the credentials are stored in DynamoDB or Secrets Manager from then on. Consumers
need permission for both meanwhile; they have a valid token all the time. If it is interrupted, run it again.

The data center of a declared connection is in its configuration: change it there and deploy first.

Examples:
  zoho-tokens move crm-prod --client acme-app
  zoho-tokens move crm-prod --data-center us --client acme-app --no-browser
  zoho-tokens move tenant-42 --to dynamodb`;
