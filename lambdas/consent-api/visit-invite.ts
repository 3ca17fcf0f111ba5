import { consentUrl } from '../core/consent/consent-url.ts';
import { hadTenCodes } from '../core/invites/client-codes.ts';
import type { PageAnswer } from '../core/invites/consent-answers.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import { ATTEMPT_MS } from '../core/invites/invite.ts';
import { isRandomText } from '../core/invites/invite-token.ts';
import { beginAttempt } from '../core/invites/invite-transitions.ts';
import { invitePageOf } from '../core/invites/invite-view.ts';
import { DATA_CENTERS } from '../core/zoho/data-centers.ts';
import { findInvite, findObstacle, UNKNOWN } from './find-invite.ts';
import { decideAgain, writeInvite } from './write-invite.ts';

/** `view`: what the link is about. Uses nothing up: mail scanners open links. */
export async function viewInvite(context: ConsentContext, token: string): Promise<PageAnswer> {
  return await decideAgain(async () => {
    const invite = await findInvite(context, token);
    if (invite === undefined) return UNKNOWN;
    const obstacle = await findObstacle(context, invite);
    if (obstacle !== undefined) return obstacle;
    const { host } = new URL(DATA_CENTERS[invite.clientDataCenter].accountsServer);
    return invitePageOf(invite, context.settings.displayName, host);
  });
}

/**
 * `begin`: sends the browser to Zoho. The state is stored as a hash, together with the hash of the browser's cookie. Does not use the invite up:
 * some mail scanners submit forms.
 */
export async function beginConsent(
  context: ConsentContext,
  { token, browser }: { readonly token: string; readonly browser: string },
): Promise<PageAnswer> {
  if (!isRandomText(browser)) return UNKNOWN;
  return await decideAgain(async () => {
    const { entropy, invites, clock, settings, deadline } = context;
    const invite = await findInvite(context, token);
    if (invite === undefined) return UNKNOWN;
    const obstacle = await findObstacle(context, invite);
    if (obstacle !== undefined) return obstacle;
    const nowMs = clock.now();
    const { connection } = invite;
    const next = beginAttempt(invite, nowMs);
    const isClientBusy = hadTenCodes(await invites.codesOf(invite.client, deadline), nowMs);
    if (next === undefined || isClientBusy) return { kind: 'too-many', connection };
    await writeInvite(context, next);
    const state = entropy.secret();
    await invites.createAttempt(
      {
        ...{ hash: entropy.hash(state), inviteId: invite.id, browserHash: entropy.hash(browser) },
        ...{ beganAtMs: nowMs, expiresAtMs: nowMs + ATTEMPT_MS },
      },
      deadline,
    );
    const { clientDataCenter: dataCenter, clientId, scopes } = invite;
    const redirectUri = `${settings.baseUrl}/callback`;
    return { kind: 'redirect', url: consentUrl({ dataCenter, clientId, scopes, redirectUri, state }) };
  });
}
