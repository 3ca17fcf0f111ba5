import type { InviteView } from '../../lambdas/core/invites/consent-requests.ts';
import { describeFailedRead } from '../aws/try-read.ts';
import type { Session } from '../session.ts';
import { isAwaiting, isUsable } from './next-step.ts';
import { readInvites } from './read-invites.ts';

/**
 * The invites of a connection that can still lead to a consent, or wait for one to be confirmed. Undefined if there are no consent
 * pages. If they cannot be read, says so, and is undefined as well: the rest of a status does not depend on them.
 */
export async function readPendingInvites(
  session: Session,
  connection: string,
): Promise<readonly InviteView[] | undefined> {
  if ((await session.deployment()).consent === undefined) return undefined;
  const read = await readInvites(session, connection);
  if (read.kind === 'read') return read.value.filter((invite) => isAwaiting(invite) || isUsable(invite));
  const { terminal } = session.runtime;
  const why = read.kind === 'failed' ? read.error.message : describeFailedRead(read.error);
  terminal.info(terminal.infoColors.yellow(`The invites could not be read: ${why}`));
  return undefined;
}
