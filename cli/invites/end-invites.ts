import type { Session } from '../session.ts';
import { changeInvite, listInvites } from './consent-api.ts';
import { isUsable } from './next-step.ts';

/** Cancels the open invites of a connection, and revokes what was granted with one that waits for confirmation. */
export async function endInvites(session: Session, connection: string): Promise<void> {
  if ((await session.deployment()).consent === undefined) return;
  const { terminal } = session.runtime;
  const invites = await terminal.withProgress(`Reading the invites of ${connection}`, () =>
    listInvites(session, connection),
  );
  for (const invite of invites) {
    const { id, status } = invite;
    const isAwaiting = status === 'awaiting';
    if (!isAwaiting && !isUsable(invite)) continue;
    const action = isAwaiting ? 'reject-invite' : 'cancel-invite';
    await changeInvite(session, { action, id }, `Cancelling an invite of ${connection}`);
    terminal.print(`${isAwaiting ? 'rejected' : 'cancelled'}: the invite ${id} of ${connection}`);
  }
}
