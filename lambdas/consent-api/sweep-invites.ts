import { InfrastructureError } from '../core/failures.ts';
import type { SweepAnswer } from '../core/invites/consent-answers.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import type { Invite } from '../core/invites/invite.ts';
import { recoverInvite } from './recover-invite.ts';
import { InviteTakenError } from './write-invite.ts';

/** No invite is begun later: one must end before the deadline of the invocation. */
const LONGEST_MS = 12_000;

/** `sweep`: finishes, revokes or ends what was left behind, and what no one confirmed. One that fails does not hold up the others. */
export async function sweepInvites(context: ConsentContext): Promise<SweepAnswer> {
  const { invites, clock, deadline, log } = context;
  const counts = { finished: 0, revoked: 0, expired: 0, left: 0 };
  const startedMs = clock.now();
  let failure: InfrastructureError | undefined;
  for (const id of await invites.dueForSweep(clock.now(), deadline)) {
    if (clock.now() - startedMs > LONGEST_MS) {
      counts.left += 1;
      continue;
    }
    try {
      const before = await invites.read(id, deadline);
      if (before !== undefined) counts[whatBecame(before, await recoverInvite(context, before))] += 1;
    } catch (error) {
      counts.left += 1;
      if (error instanceof InviteTakenError) continue;
      if (!(error instanceof InfrastructureError)) throw error;
      failure = error;
      log.error('an invite could not be swept', { invite: id, code: error.code, reason: error.message });
    }
  }
  log.info('swept', counts);
  const isAllLeft = counts.finished + counts.revoked + counts.expired === 0;
  if (failure !== undefined && isAllLeft) throw failure;
  return counts;
}

function whatBecame(before: Invite, after: Invite): keyof SweepAnswer {
  if (after.stage.kind === 'authorized') return after.sweepAtMs === undefined ? 'finished' : 'left';
  if (after.stage.kind === before.stage.kind && after.sweepAtMs !== undefined) return 'left';
  const hadNoGrant = ['open', 'coded', 'exchanging'].includes(before.stage.kind);
  return hadNoGrant ? 'expired' : 'revoked';
}
