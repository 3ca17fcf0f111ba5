import { fitsConnection } from '../core/invites/connection-fit.ts';
import type { PageResult } from '../core/invites/consent-answers.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import { type Invite, isLeasedAt } from '../core/invites/invite.ts';
import { parseInviteToken } from '../core/invites/invite-token.ts';
import { endingOf, endingPageOf, statusOf } from '../core/invites/invite-view.ts';
import { recoverInvite } from './recover-invite.ts';

export const UNKNOWN: PageResult = { kind: 'unknown' };

/** The invite of a link, or undefined: everything that is not proven by the right secret looks alike. */
export async function findInvite(context: ConsentContext, text: string): Promise<Invite | undefined> {
  const token = parseInviteToken(text);
  if (token === undefined) return undefined;
  const invite = await context.invites.read(token.id, context.deadline);
  const { entropy } = context;
  if (invite === undefined || !entropy.isSame(invite.secretHash, entropy.hash(token.secret)))
    return undefined;
  return await recoverInvite(context, invite);
}

/** Why no one can consent with the invite now; undefined if someone can. */
export async function findObstacle(context: ConsentContext, invite: Invite): Promise<PageResult | undefined> {
  const nowMs = context.clock.now();
  const status = statusOf(invite, nowMs);
  const ending = endingOf(invite, nowMs);
  switch (status) {
    case 'authorized':
      return { kind: 'used' };
    case 'cancelled':
      return { kind: 'removed' };
    case 'expired':
      return { kind: 'expired' };
    case 'awaiting':
      return { kind: 'received', connection: invite.connection };
    default:
      if (ending !== undefined && !ending.retryable) return endingPageOf(invite, ending);
  }
  if (isLeasedAt(invite, nowMs) || invite.stage.kind === 'revoking') return { kind: 'unavailable' };
  const row = await context.connections.read(invite.connection, context.deadline);
  return fitsConnection(invite, row) ? undefined : { kind: 'removed' };
}
