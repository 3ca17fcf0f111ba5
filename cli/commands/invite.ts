import { type Command, Option } from 'commander';
import { DATA_CENTER_LOCATIONS } from '../../lambdas/core/zoho/data-centers.ts';
import { scopeOption } from '../connections/scope-option.ts';
import { createInvite } from '../invites/create-invite.ts';
import { type InviteOptions, parseLifetime } from '../invites/invite-options.ts';
import type { Runner } from './runner.ts';

/** `invite NAME`: a link with which someone without AWS access authorizes a connection. */
export function addInvite(program: Command, run: Runner): void {
  program
    .command('invite')
    .description('print a link with which the administrator of a Zoho account authorizes a connection')
    .argument('<name>', 'connection')
    .option('--client <name>', 'shared client (default: that of the connection, or the only one)')
    .addOption(scopeOption('scopes to request instead of the granted or declared ones'))
    .option('--create', 'for a new connection, which the consent creates')
    .addOption(
      new Option(
        '--data-center <location>',
        'where the Zoho account must be (default: where that of the connection is)',
      ).choices(DATA_CENTER_LOCATIONS),
    )
    .option('--expect-email <email>', 'who must consent; anyone else waits for your confirmation')
    .option('--expect-domain <domain>', 'the same for the domain of the email address')
    .option('--expect-org <number>', 'the same for the organization of the CRM (zgid)')
    .option('--confirm', 'store nothing before you confirm who consented')
    .option('--identify', 'request AaaServer.profile.READ, and record who consented')
    .option(
      '--expires <duration>',
      'how long the link works: 90m, 72h, 3d (default: inviteHours)',
      parseLifetime,
    )
    .option('--label <text>', 'who invites, as the page shows it, for example "Acme Support"')
    .option('--json', 'print the invite as JSON')
    .addHelpText('after', NOTES)
    .action(run((session, name: string, options: InviteOptions) => createInvite(session, name, options)));
}

const NOTES = `
Prints a message to send, which contains the link. The link is a secret, is printed once, and works
until it expires or someone has consented with it. Needs the setting consent, and a shared client with
the redirect URI of the consent pages.

An account in another data center waits for your confirmation. With --create and without --data-center,
an account in any data center is stored.

--expect-email, --expect-domain and --identify add the scope AaaServer.profile.READ. --expect-org adds
ZohoCRM.org.READ, and needs scopes of the CRM.

Zoho gives a client 10 codes in 10 minutes: send at most 10 links of a client in 10 minutes. It keeps
20 refresh tokens per user and client, and ends the oldest at the next.

Examples:
  zoho-tokens invite crm-prod --expect-email admin@acme.example
  zoho-tokens invite crm-acme --client acme-app --create --scope ZohoCRM.modules.ALL
  zoho-tokens invite crm-acme --confirm --expires 24h --label "Acme Support"
  zoho-tokens invite crm-acme --json | jq -r .url`;
