import type { Command } from 'commander';
import { rejectInvite } from '../invites/decide-invite.ts';
import type { Runner } from './runner.ts';

/** `reject INVITE`: revokes what someone granted with an invite. */
export function addReject(program: Command, run: Runner): void {
  program
    .command('reject')
    .description('revoke what a user granted with an invite, and store nothing')
    .argument('<invite>', 'id of the invite, or connection')
    .option('--confirm <name>', 'the name of the connection, instead of a question')
    .addHelpText(
      'after',
      `
The refresh token is revoked at Zoho, and the link no longer works. What the connection had before
stays as it is.

Examples:
  zoho-tokens reject crm-acme
  zoho-tokens reject crm-acme --confirm crm-acme      without a question`,
    )
    .action(
      run((session, invite: string, options: { confirm?: string }) => rejectInvite(session, invite, options)),
    );
}
