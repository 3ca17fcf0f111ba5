import type { ConsentContext } from '../core/invites/consent-ports.ts';
import { type Invite, isLeasedAt } from '../core/invites/invite.ts';
import { beginRevoking, dropCode, expire, failed, recordLost } from '../core/invites/invite-transitions.ts';
import { advanceInvite } from './advance-invite.ts';
import { report, reportEnding, takeInvite, writeInvite } from './write-invite.ts';

/**
 * Takes the next steps of an invite that a process has left behind, or whose time is over: any process may. Returns the invite as it is
 * while another process works on it.
 */
export async function recoverInvite(context: ConsentContext, invite: Invite): Promise<Invite> {
  const nowMs = context.clock.now();
  const { stage, sweepAtMs } = invite;
  if (sweepAtMs === undefined || sweepAtMs > nowMs || isLeasedAt(invite, nowMs)) return invite;
  switch (stage.kind) {
    case 'open': {
      const expired = await writeInvite(context, expire(invite));
      await report(context, expired, { state: 'expired' });
      return expired;
    }
    case 'coded':
      return await writeInvite(context, dropCode(invite));
    case 'exchanging': {
      const lost = await writeInvite(context, recordLost(invite, nowMs));
      context.log.error('an exchange ended without a result', {
        invite: invite.id,
        dataCenter: stage.dataCenter,
      });
      await reportEnding(context, lost, failed('unknown_outcome', { retryable: true }, nowMs));
      return lost;
    }
    case 'awaiting': {
      const taken = await takeInvite(context, invite);
      const ending = failed('not_confirmed', { attempt: stage.grant.attempt, retryable: false }, nowMs);
      return await advanceInvite(
        context,
        await writeInvite(context, beginRevoking(taken, stage.grant, ending)),
      );
    }
    default:
      return await advanceInvite(context, await takeInvite(context, invite));
  }
}
