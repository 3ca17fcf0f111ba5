import type { ConsentEvent } from '../core/invites/consent-event.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import type { Ending, Invite } from '../core/invites/invite.ts';
import type { FailureReason } from '../core/invites/invite-status.ts';
import { takeLease } from '../core/invites/invite-transitions.ts';

/** Another process wrote the invite first. What was decided from the older row must be decided again. */
export class InviteTakenError extends Error {
  override readonly name = 'InviteTakenError';
  readonly code = 'invite_taken';
}

/** Writes the next version of an invite. Throws {@link InviteTakenError} if another write came first. */
export async function writeInvite(context: ConsentContext, next: Invite): Promise<Invite> {
  const { invites, entropy, deadline } = context;
  const written = await invites.replace(next, entropy.id(), deadline);
  if (written === undefined) throw new InviteTakenError('the invite was changed by another process');
  return written;
}

/** Takes an invite whose lease is free, to work on it. */
export async function takeInvite(context: ConsentContext, invite: Invite): Promise<Invite> {
  return await writeInvite(context, takeLease(invite, context.entropy.id(), context.clock.now()));
}

const MOST_TRIES = 5;

/** Decides again from a new row if another process changed the invite meanwhile. `decide` has done nothing else before its first write. */
export async function decideAgain<T>(decide: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await decide();
    } catch (error) {
      if (!(error instanceof InviteTakenError) || tries >= MOST_TRIES) throw error;
    }
  }
}

/** Tells other programs, the log and the metrics what happened. */
export async function report(
  context: ConsentContext,
  invite: Invite,
  change: Pick<ConsentEvent, 'state' | 'dataCenter' | 'by' | 'mismatch' | 'reason'>,
): Promise<void> {
  const { log, metrics, events, clock, deadline } = context;
  const { state, reason } = change;
  log.info('consent', {
    invite: invite.id,
    connection: invite.connection,
    client: invite.client,
    state,
    reason,
  });
  if (state === 'authorized') metrics.count('ConsentAuthorized');
  if (reason !== undefined && OURS.includes(reason)) metrics.count('ConsentFailed');
  await events.announce({ ...change, invite, atMs: clock.now() }, deadline);
}

/** The same for an attempt that ended. */
export async function reportEnding(context: ConsentContext, invite: Invite, ending: Ending): Promise<void> {
  await report(context, invite, { state: ending.status, reason: ending.reason });
}

/** Failures that no visitor can cause by a decision: the client, Zoho or AWS is the reason. */
const OURS: readonly FailureReason[] = [
  'client_refused',
  'unknown_data_center',
  'no_refresh_token',
  'zoho_unavailable',
  'aws_unavailable',
  'unknown_outcome',
];
