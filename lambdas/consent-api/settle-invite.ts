import { isLiveWith } from '../core/invites/connection-fit.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import type { Invite, Stage } from '../core/invites/invite.ts';
import { settle } from '../core/invites/invite-transitions.ts';
import { parseOldToken } from './grant-tokens.ts';
import { writeInvite } from './write-invite.ts';

type Authorized = Invite & { readonly stage: Extract<Stage, { kind: 'authorized' }> };

/** Asks for a token with the new credentials. The old refresh token is revoked only if that one is live. */
export async function settleInvite(context: ConsentContext, invite: Authorized): Promise<Invite> {
  const { refresher, connections, clock, deadline } = context;
  const { versionId } = invite.stage;
  const isLive = async () =>
    isLiveWith(await connections.read(invite.connection, deadline), versionId, clock.now());
  if (!(await isLive())) await refresher.refresh(invite.connection, deadline);
  const tokenLive = await isLive();
  const isOldRevoked = tokenLive && (await revokeOld(context, invite));
  return await writeInvite(context, settle(invite, { tokenLive, isOldRevoked }, clock.now()));
}

async function revokeOld(
  { zoho, sealer, log, deadline }: ConsentContext,
  invite: Authorized,
): Promise<boolean> {
  const { old } = invite.stage;
  if (old?.state !== 'held' || old.sealed === undefined) return false;
  const refreshToken = parseOldToken(await sealer.open('grant', invite.id, old.sealed, deadline));
  const result = await zoho.revoke({ dataCenter: old.dataCenter, refreshToken }, deadline);
  if (typeof result !== 'object') return true;
  log.warn('an old refresh token could not be revoked yet', { invite: invite.id, code: result.failure.code });
  return false;
}
