import type { PageAnswer } from '../core/invites/consent-answers.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import type { Attempt, Invite } from '../core/invites/invite.ts';
import { endingOf, endingPageOf, isUsable, resultPageOf, statusOf } from '../core/invites/invite-view.ts';
import { withSession } from '../core/invites/return-url.ts';

/** A browser that came back from Zoho, proven by its cookie. */
export interface Returned {
  readonly attempt: Attempt;
  readonly state: string;
  readonly browser: string;
}

/** What became of an attempt that was used: the same page at each reload. */
export function attemptPageOf(context: ConsentContext, invite: Invite, returned: Returned): PageAnswer {
  const { stage, connection } = invite;
  const { hash } = returned.attempt;
  const nowMs = context.clock.now();
  const holder = 'attempt' in stage ? stage.attempt : 'grant' in stage ? stage.grant.attempt : undefined;
  const ending = endingOf(invite, nowMs);
  if (holder === hash || ending?.attempt === hash) {
    if (invite.mode === 'platform' && ending?.attempt !== hash)
      return platformRedirect(context, invite, returned);
    if (ending !== undefined) return endingPageOf(invite, ending);
    const isFinished = stage.kind === 'authorized' || stage.kind === 'awaiting';
    return isFinished ? resultPageOf(invite) : { kind: 'unavailable' };
  }
  switch (statusOf(invite, nowMs)) {
    case 'authorized':
    case 'awaiting':
      return { kind: 'used' };
    case 'cancelled':
      return { kind: 'removed' };
    case 'expired':
      return { kind: 'expired' };
    default:
      return { kind: 'failed', connection, reason: 'unknown_outcome', retryable: isUsable(invite, nowMs) };
  }
}

/** Sends the browser to the platform, with a session that only this browser can have. A reload gives the same. */
export function platformRedirect(context: ConsentContext, invite: Invite, returned: Returned): PageAnswer {
  const session = sessionOf(context, returned);
  return { kind: 'redirect', url: withSession(invite.returnUrl ?? '', invite.id, session) };
}

/** Derived from two secrets, so that it need not be stored: the state, and the cookie that no page and no log has. */
export function sessionOf({ entropy }: ConsentContext, { state, browser }: Returned): string {
  return entropy.hash(`session ${state} ${browser}`);
}
