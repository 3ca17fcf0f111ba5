import { fitsConnection, incarnationOf } from '../core/invites/connection-fit.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import { decideGrant, mismatchesOf } from '../core/invites/expectation.ts';
import { CONFIRM_MS, type HeldGrant, type Invite, type Stage } from '../core/invites/invite.ts';
import type { FailureReason } from '../core/invites/invite-status.ts';
import {
  awaitConfirmation,
  beginRevoking,
  beginStoring,
  endRevoked,
  failed,
  revokeLater,
} from '../core/invites/invite-transitions.ts';
import { parseTokens } from './grant-tokens.ts';
import { settleInvite } from './settle-invite.ts';
import { isStored, storeGrant } from './store-grant.ts';
import { report, reportEnding, writeInvite } from './write-invite.ts';

type At<Kind extends Stage['kind']> = Invite & { readonly stage: Extract<Stage, { kind: Kind }> };

/**
 * Moves an invite on, step by step, until it rests. The caller holds the lease. Each step begins with what the row says and ends with a write,
 * so another process can take the next one.
 */
export async function advanceInvite(context: ConsentContext, invite: Invite): Promise<Invite> {
  let current = invite;
  while (current.lease !== undefined) current = await nextStep(context, current);
  return current;
}

async function nextStep(context: ConsentContext, invite: Invite): Promise<Invite> {
  switch (invite.stage.kind) {
    case 'granted':
      return await judge(context, invite as At<'granted'>);
    case 'storing':
      return await store(context, invite as At<'storing'>);
    case 'revoking':
      return await revoke(context, invite as At<'revoking'>);
    case 'authorized':
      return await settleInvite(context, invite as At<'authorized'>);
    default:
      // Nothing is left to do.
      return await writeInvite(context, { ...invite, lease: undefined, sweepAtMs: undefined });
  }
}

/** Asks who consented, and decides what becomes of the grant. */
async function judge(context: ConsentContext, invite: At<'granted'>): Promise<Invite> {
  const { zoho, sealer, settings, clock, deadline } = context;
  const { dataCenter, scope, isSandbox, sealed } = invite.stage.grant;
  const { accessToken } = parseTokens(await sealer.open('grant', invite.id, sealed, deadline));
  const by = accessToken && (await zoho.identify({ dataCenter, accessToken, scope }, deadline));
  const grant: HeldGrant = { ...invite.stage.grant, consentedBy: by };
  const mismatch = mismatchesOf(invite, { by, dataCenter, scope, isSandbox });
  switch (decideGrant(invite.mode, settings.confirm, mismatch)) {
    case 'await': {
      const awaiting = await writeInvite(context, awaitConfirmation(invite, grant, mismatch, clock.now()));
      await report(context, awaiting, { state: 'awaiting', dataCenter, by, mismatch });
      return awaiting;
    }
    case 'revoke':
      return await giveUp(context, invite, grant, 'mismatch');
    case 'store':
      return await startStoring(context, invite, grant);
  }
}

/** Before the first credentials are written, unless the connection is another one by now. */
export async function startStoring(
  context: ConsentContext,
  invite: Invite,
  grant: HeldGrant,
): Promise<Invite> {
  const row = await context.connections.read(invite.connection, context.deadline);
  if (!fitsConnection(invite, row)) return await giveUp(context, invite, grant, 'connection_removed');
  const incarnation = invite.incarnation ?? incarnationOf(row);
  return await writeInvite(context, beginStoring(invite, grant, incarnation));
}

async function store(context: ConsentContext, invite: At<'storing'>): Promise<Invite> {
  const { grant } = invite.stage;
  const isTooOld = context.clock.now() > grant.grantedAtMs + 2 * CONFIRM_MS;
  if (isTooOld && !(await isStored(context, invite, grant)))
    return await giveUp(context, invite, grant, 'aws_unavailable');
  const result = await storeGrant(context, invite);
  if (result.kind === 'stored') return result.invite;
  return await giveUp(context, result.invite, grant, result.reason);
}

/** The link works again after a mismatch: the right person may still come. */
export async function giveUp(
  context: ConsentContext,
  invite: Invite,
  grant: HeldGrant,
  reason: FailureReason,
): Promise<Invite> {
  const retryable = reason === 'mismatch';
  const ending = failed(reason, { attempt: grant.attempt, retryable }, context.clock.now());
  return await writeInvite(context, beginRevoking(invite, grant, ending));
}

/** Ends a grant at Zoho. Credentials that were stored all the same are kept: the process that stored them ended before it could say so. */
async function revoke(context: ConsentContext, invite: At<'revoking'>): Promise<Invite> {
  const { zoho, sealer, clock, log, deadline } = context;
  const { grant, ending } = invite.stage;
  if (await isStored(context, invite, grant))
    return await writeInvite(context, beginStoring(invite, grant, invite.incarnation));
  const { refreshToken } = parseTokens(await sealer.open('grant', invite.id, grant.sealed, deadline));
  const result = await zoho.revoke({ dataCenter: grant.dataCenter, refreshToken }, deadline);
  if (typeof result === 'object') {
    log.warn('a grant could not be revoked yet', { invite: invite.id, code: result.failure.code });
    return await writeInvite(context, revokeLater(invite, clock.now()));
  }
  const ended = await writeInvite(context, endRevoked(invite, ending, grant.consentedBy));
  await reportEnding(context, ended, ending);
  return ended;
}
