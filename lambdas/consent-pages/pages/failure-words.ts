import type { FailureReason } from '../../core/invites/invite-status.ts';
import { type Html, html } from './html.ts';

/** Why a connection was not made, for a visitor. */
export interface FailureWords {
  readonly text: Html;
  /** What helps while the link of the invite still works; to try again, if missing. */
  readonly next?: Html;
}

const NOTHING_CHANGED = 'Nothing has changed.';

/** A reason that this version does not know gets general words: the page shows it as the error code. */
export function describeFailure(reason: string, name: Html): FailureWords {
  const words: Readonly<Record<FailureReason, FailureWords>> = {
    client_refused: {
      text: html`Zoho refused the request of ${name}. The cause is in the settings of ${name} and not in your account. ${NOTHING_CHANGED}`,
      next: html`Send ${name} the error code. They need to change their registration at Zoho.`,
    },
    code_refused: { text: html`Zoho's answer was no longer valid when it arrived. ${NOTHING_CHANGED}` },
    no_org: {
      text: html`The Zoho user who is signed in has no account in the product. ${NOTHING_CHANGED}`,
    },
    too_many_codes: {
      text: html`Zoho accepts only ten consents for an application in ten minutes. ${NOTHING_CHANGED}`,
    },
    unknown_data_center: {
      text: html`Your Zoho account is in a region that ${name} does not support yet. ${NOTHING_CHANGED}`,
      next: html`Send ${name} the error code.`,
    },
    no_refresh_token: { text: html`Zoho gave an access that would end within an hour. It was not kept.` },
    zoho_unavailable: { text: html`Zoho did not answer in time. ${NOTHING_CHANGED}` },
    aws_unavailable: { text: html`Something on our side did not answer in time.` },
    mismatch: {
      text: html`Another Zoho account was expected than the one that you used. The access was revoked.`,
      next: html`Sign out at Zoho, open the link of your invite again, and sign in with the account that the page names.`,
    },
    rejected: { text: html`${name} did not accept this consent. The access was revoked.` },
    not_confirmed: { text: html`No one confirmed this consent in time. The access was revoked.` },
    superseded: { text: html`Someone else connected an account meanwhile. Your access was revoked.` },
    connection_removed: {
      text: html`${name} has removed the connection that this invite was for. The access was revoked.`,
    },
    unknown_outcome: { text: html`The connection was interrupted, and it is not known how far it came.` },
  };
  return Object.hasOwn(words, reason)
    ? words[reason as FailureReason]
    : { text: html`Something went wrong at ${name} or at Zoho.` };
}
