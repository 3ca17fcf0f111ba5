import type { Command } from 'commander';
import { confirmInvite } from '../invites/decide-invite.ts';
import type { Runner } from './runner.ts';

/** `confirm INVITE`: stores what someone granted with an invite. */
export function addConfirm(program: Command, run: Runner): void {
  program
    .command('confirm')
    .description('store what a user granted with an invite, after a look at who it was')
    .argument('<invite>', 'id of the invite, or connection')
    .option('--confirm <name>', 'the name of the connection, instead of a question')
    .addHelpText(
      'after',
      `
Shows who consented for which organization, and what is otherwise than expected. Then stores the
credentials, and waits for the first token. Consumers of the connection work with the data of that
organization from then on.

An invite waits if it was created with --confirm, or if someone else consented than was expected.
After 24 hours, what was granted is revoked at Zoho.

Examples:
  zoho-tokens confirm crm-acme
  zoho-tokens confirm crm-acme --confirm crm-acme      without a question`,
    )
    .action(
      run((session, invite: string, options: { confirm?: string }) =>
        confirmInvite(session, invite, options),
      ),
    );
}
