import type { InviteView } from '../../lambdas/core/invites/consent-requests.ts';
import { describeFailedRead, tryRead } from '../aws/try-read.ts';
import type { Session } from '../session.ts';
import { ConsentApiError, changeInvite } from './consent-api.ts';
import { argumentFor, isAwaiting, isUsable } from './next-step.ts';
import { readInvites } from './read-invites.ts';

/**
 * Cancels the open invites of a connection that was disconnected, and revokes what was granted with one that waits for confirmation. What
 * cannot be ended is reported, and is harmless: ConsentApi refuses an invite whose connection was disconnected.
 */
export async function endInvites(session: Session, connection: string): Promise<void> {
  if ((await session.deployment()).consent === undefined) return;
  const read = await readInvites(session, connection);
  if (read.kind !== 'read') {
    const why = read.kind === 'failed' ? read.error.message : describeFailedRead(read.error);
    return report(session, `The invites of ${connection} could not be read: ${why}`);
  }
  for (const invite of read.value.filter((each) => isAwaiting(each) || isUsable(each))) {
    const problem = await end(session, invite);
    if (problem !== undefined)
      report(
        session,
        `The invite ${invite.id} was not ended: ${problem} Try again: zoho-tokens ${isAwaiting(invite) ? 'reject' : 'cancel'} ${argumentFor(invite)}`,
      );
  }
}

/** Returns why it was not possible. */
async function end(session: Session, invite: InviteView): Promise<string | undefined> {
  const { id, connection } = invite;
  const [action, done] = isAwaiting(invite)
    ? (['reject-invite', 'rejected'] as const)
    : (['cancel-invite', 'cancelled'] as const);
  try {
    const result = await tryRead(() =>
      changeInvite(session, { action, id }, `Ending an invite of ${connection}`),
    );
    if (result.kind === 'unavailable') return `${describeFailedRead(result.error)}.`;
    session.runtime.terminal.print(`${done}: the invite ${id} of ${connection}`);
    return undefined;
  } catch (error) {
    if (error instanceof ConsentApiError) return error.message;
    throw error;
  }
}

function report({ runtime: { terminal } }: Session, text: string): void {
  terminal.info(terminal.infoColors.yellow(text));
}
