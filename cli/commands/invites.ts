import type { Command } from 'commander';
import type { InviteView } from '../../lambdas/core/invites/consent-requests.ts';
import type { ExitCode } from '../exit-code.ts';
import { listInvites } from '../invites/consent-api.ts';
import { checkInvite, findInvites } from '../invites/find-invite.ts';
import { isAwaiting, isUsable } from '../invites/next-step.ts';
import { renderInvites } from '../invites/render-invites.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

/** Of more invites, the ones that are over are left out. */
const MOST_SHOWN = 50;

/** `invites [NAME]`: who was invited, and what became of it. */
export function addInvites(program: Command, run: Runner): void {
  program
    .command('invites')
    .description('show who was invited, who consented for which organization, and what to do next')
    .argument('[invite]', 'id of an invite, or connection (default: all)')
    .option('--all', `show all, also of more than ${MOST_SHOWN}`)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
States:
  open        no one has consented yet
  awaiting    someone has consented, and it waits for zoho-tokens confirm. After 24 hours without it,
              what was granted is revoked
  authorized  the connection has the credentials
  declined    the user refused at Zoho; the same link works until it expires
  failed      see the reason; the link may still work
  expired, cancelled
              the link no longer works

Invites that wait for confirmation come first, then the newest. The link itself is not stored, and
cannot be shown again. Invites are deleted some time after they have ended.

Examples:
  zoho-tokens invites
  zoho-tokens invites crm-acme
  zoho-tokens invites --json | jq '.invites[] | select(.status == "awaiting")'`,
    )
    .action(run(invites));
}

async function invites(
  session: Session,
  given: string | undefined,
  { all = false, json = false }: { readonly all?: boolean; readonly json?: boolean },
): Promise<ExitCode> {
  const { terminal, clock } = session.runtime;
  if (given !== undefined) checkInvite(given);
  const found = await terminal.withProgress('Reading the invites', () =>
    given === undefined
      ? listInvites(session)
      : findInvites(session, given, { that: 'exists', applies: () => true }),
  );
  const sorted = [...found.filter(isAwaiting), ...found.filter((invite) => !isAwaiting(invite))];
  if (json) {
    terminal.print(JSON.stringify({ invites: sorted }, undefined, 2));
    return 0;
  }
  if (sorted.length === 0) {
    terminal.print('There are no invites. To invite someone, run: zoho-tokens invite NAME');
    return 0;
  }
  const shown = all ? sorted : choose(sorted);
  terminal.print(renderInvites(shown, { colors: terminal.colors, nowMs: clock.now() }));
  const left = sorted.length - shown.length;
  if (left > 0) terminal.info(`${left} more are not shown. To show all, add --all.`);
  return 0;
}

/** What can still change comes before what is over. */
function choose(sorted: readonly InviteView[]): readonly InviteView[] {
  if (sorted.length <= MOST_SHOWN) return sorted;
  const isPending = (invite: InviteView) => isAwaiting(invite) || isUsable(invite);
  return [...sorted.filter(isPending), ...sorted.filter((invite) => !isPending(invite))].slice(0, MOST_SHOWN);
}
