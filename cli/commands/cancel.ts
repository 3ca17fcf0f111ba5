import type { Command } from 'commander';
import { cancelInvite } from '../invites/decide-invite.ts';
import type { Runner } from './runner.ts';

/** `cancel INVITE`: withdraws an invite. */
export function addCancel(program: Command, run: Runner): void {
  program
    .command('cancel')
    .description('withdraw an invite: its link no longer works')
    .argument('<invite>', 'id of the invite, or connection')
    .option('--all', 'of a connection: all of its invites that still work')
    .addHelpText(
      'after',
      `
An invite with which someone has consented already cannot be withdrawn: use zoho-tokens reject while
it waits for confirmation, and zoho-tokens revoke afterwards.

Examples:
  zoho-tokens cancel crm-acme
  zoho-tokens cancel crm-acme --all`,
    )
    .action(
      run((session, invite: string, options: { all?: boolean }) => cancelInvite(session, invite, options)),
    );
}
