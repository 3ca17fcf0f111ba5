import { consentClientOf } from '../core/consent/shared-consent-client.ts';
import { fitsConnection } from '../core/invites/connection-fit.ts';
import type { InviteList, InviteView } from '../core/invites/consent-answers.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import { type HeldGrant, type Invite, isLeasedAt, type Stage } from '../core/invites/invite.ts';
import { beginRevoking, cancel, dropCode, failed } from '../core/invites/invite-transitions.ts';
import { isUsable, statusOf, viewOf } from '../core/invites/invite-view.ts';
import { advanceInvite, startStoring } from './advance-invite.ts';
import { recoverInvite } from './recover-invite.ts';
import { redeemCode } from './redeem-code.ts';
import { inProgress, RefusedRequest, unknownInvite } from './refuse-caller.ts';
import { decideAgain, report, takeInvite, writeInvite } from './write-invite.ts';

/** `get-invite` */
export async function getInvite(context: ConsentContext, id: string): Promise<InviteView> {
  const invite = await context.invites.read(id, context.deadline);
  if (invite === undefined) throw unknownInvite();
  return viewOf(invite, context.clock.now());
}

/** `list-invites` */
export async function listInvites(
  context: ConsentContext,
  page: { readonly connection?: string | undefined; readonly next?: string | undefined },
): Promise<InviteList> {
  const { invites, malformed, next } = await context.invites.list(page, context.deadline);
  for (const reason of malformed) context.log.error('an invite cannot be read', { reason });
  const nowMs = context.clock.now();
  const newestFirst = [...invites].sort((a, b) => b.createdAtMs - a.createdAtMs);
  return {
    invites: newestFirst.map((invite) => viewOf(invite, nowMs)),
    ...(next === undefined ? {} : { next }),
  };
}

/** `complete-invite`: an operator confirms a grant that is held, or a platform's backend completes its customer's consent. */
export async function completeInvite(
  context: ConsentContext,
  {
    id,
    subject,
    session,
  }: { readonly id: string; readonly subject?: string | undefined; readonly session?: string | undefined },
): Promise<InviteView> {
  return await decideAgain(async () => {
    const invite = await findForWork(context, id);
    if (invite.stage.kind === 'awaiting' && session === undefined)
      return await confirm(context, invite, invite.stage.grant);
    if (invite.mode !== 'platform') throw notAwaiting(context, invite);
    if (subject === undefined || session === undefined)
      throw new RefusedRequest(
        'invalid_request',
        'The invite is of mode "platform": subject and session are required.',
        'Give the id of the user who is signed in at your site, and the session of the address that they came back to.',
      );
    return await completeForPlatform(context, invite, { subject, session });
  });
}

async function confirm(context: ConsentContext, invite: Invite, grant: HeldGrant): Promise<InviteView> {
  const taken = await takeInvite(context, invite);
  const done = await advanceInvite(context, await startStoring(context, taken, grant));
  return viewOf(done, context.clock.now());
}

async function completeForPlatform(
  context: ConsentContext,
  invite: Invite,
  { subject, session }: { readonly subject: string; readonly session: string },
): Promise<InviteView> {
  const { entropy, clock } = context;
  if (!entropy.isSame(entropy.hash(invite.subject ?? ''), entropy.hash(subject)))
    throw new RefusedRequest(
      'wrong_subject',
      'The invite is for another subject.',
      'Show the signed-in user that this consent was begun by someone else, and create an invite for them.',
    );
  const { stage } = invite;
  const sessionHash = entropy.hash(session);
  const known =
    'grant' in stage ? stage.grant.sessionHash : 'sessionHash' in stage ? stage.sessionHash : undefined;
  const isRight = known !== undefined && entropy.isSame(known, sessionHash);
  if (known !== undefined && !isRight) throw wrongSession();
  // The same request again: its answer may have been lost.
  if (stage.kind !== 'coded') {
    if (isRight) return viewOf(invite, clock.now());
    throw isUsable(invite, clock.now()) ? sessionExpired() : notOpen(context, invite);
  }
  if (clock.now() >= stage.untilMs) {
    await writeInvite(context, dropCode(invite));
    throw sessionExpired();
  }
  return await redeem(context, invite, stage);
}

async function redeem(
  context: ConsentContext,
  invite: Invite,
  { attempt, code: sealed, sessionHash, dataCenter }: Extract<Stage, { kind: 'coded' }>,
): Promise<InviteView> {
  const { connections, clients, secrets, sealer, clock, deadline } = context;
  const row = await connections.read(invite.connection, deadline);
  if (!fitsConnection(invite, row))
    throw new RefusedRequest(
      'not_open',
      `The connection ${invite.connection} was disconnected or created since the invite was.`,
      'Create another invite.',
    );
  const stored = await clients.read(invite.client, deadline);
  const found = stored && consentClientOf(invite.client, stored, dataCenter);
  if (found?.ok !== true)
    throw new RefusedRequest(
      'unknown_client',
      found?.failure.message ?? `The client ${invite.client} does not exist any more.`,
      `Add it: zoho-tokens client add ${invite.client}`,
    );
  const current = await secrets.readCredentials(invite.connection, deadline);
  const code = await sealer.open('code', invite.id, sealed, deadline);
  const fromVersionId = current.kind === 'found' ? current.versionId : undefined;
  const exchange = { attempt, sessionHash, dataCenter, fromVersionId };
  const done = await redeemCode(context, invite, { exchange, code, client: found.client });
  return viewOf(done, clock.now());
}

/** `reject-invite`: the grant that is held ends at Zoho. */
export async function rejectInvite(context: ConsentContext, id: string): Promise<InviteView> {
  return await decideAgain(async () => {
    const invite = await findForWork(context, id);
    if (invite.stage.kind === 'failed' && invite.stage.ending.reason === 'rejected')
      return viewOf(invite, context.clock.now());
    if (invite.stage.kind !== 'awaiting') throw notAwaiting(context, invite);
    return await reject(context, invite, invite.stage.grant);
  });
}

async function reject(context: ConsentContext, invite: Invite, grant: HeldGrant): Promise<InviteView> {
  const taken = await takeInvite(context, invite);
  const ending = failed('rejected', { attempt: grant.attempt, retryable: false }, context.clock.now());
  const done = await advanceInvite(context, await writeInvite(context, beginRevoking(taken, grant, ending)));
  return viewOf(done, context.clock.now());
}

/** `cancel-invite`: the link no longer works. A grant that is held is rejected. */
export async function cancelInvite(context: ConsentContext, id: string): Promise<InviteView> {
  return await decideAgain(async () => {
    const invite = await findForWork(context, id);
    const { stage } = invite;
    if (stage.kind === 'cancelled') return viewOf(invite, context.clock.now());
    if (stage.kind === 'awaiting') return await reject(context, invite, stage.grant);
    if (stage.kind !== 'open' && stage.kind !== 'coded') throw notOpen(context, invite);
    const cancelled = await writeInvite(context, cancel(invite));
    await report(context, cancelled, { state: 'cancelled' });
    return viewOf(cancelled, context.clock.now());
  });
}

/** An invite that no other process works on. */
async function findForWork(context: ConsentContext, id: string): Promise<Invite> {
  const stored = await context.invites.read(id, context.deadline);
  if (stored === undefined) throw unknownInvite();
  const invite = await recoverInvite(context, stored);
  if (isLeasedAt(invite, context.clock.now())) throw inProgress();
  return invite;
}

function notOpen({ clock }: ConsentContext, invite: Invite): RefusedRequest {
  return new RefusedRequest(
    'not_open',
    `The invite is ${statusOf(invite, clock.now())}.`,
    'Read it (get-invite), and create another one if it is needed.',
  );
}

function notAwaiting({ clock }: ConsentContext, invite: Invite): RefusedRequest {
  return new RefusedRequest(
    'not_awaiting',
    `The invite is ${statusOf(invite, clock.now())}: no grant waits for a confirmation.`,
    'Read it (get-invite).',
  );
}

function wrongSession(): RefusedRequest {
  return new RefusedRequest(
    'wrong_session',
    'The session does not belong to the consent of this invite.',
    'Take invite and session from the address that the user came back to. If they opened the link twice, the last return counts.',
  );
}

function sessionExpired(): RefusedRequest {
  return new RefusedRequest(
    'session_expired',
    'The session has expired: it is valid for a minute. Nothing exists at Zoho. The link still works.',
    'Send the user through the link again, and complete the invite as soon as they come back.',
  );
}
