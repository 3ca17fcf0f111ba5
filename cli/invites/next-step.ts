import type { InviteView, Mismatch } from '../../lambdas/core/invites/consent-requests.ts';

/** What an operator can do about an invite, as a sentence; undefined if there is nothing to do. */
export function nextStepOf(invite: InviteView): string | undefined {
  const { status, connection } = invite;
  const again = `To invite again, run: zoho-tokens invite ${connection}`;
  switch (status) {
    case 'open':
      return `Wait for the consent, or withdraw the link: zoho-tokens cancel ${argumentFor(invite)}`;
    case 'awaiting':
      return `Run: zoho-tokens confirm ${argumentFor(invite)}, or: zoho-tokens reject ${argumentFor(invite)}`;
    case 'authorized':
      return afterConsent(invite);
    case 'declined':
    case 'failed':
      // The message of an invite whose link still works says so.
      return isUsable(invite) ? undefined : again;
    case 'expired':
    case 'cancelled':
      return again;
  }
}

/** Whether someone must decide, also about an invite of a platform: what was granted is held, and then revoked. */
export function isAwaiting({ status }: InviteView): boolean {
  return status === 'awaiting';
}

/** Whether the link can still lead to a consent. */
export function isUsable({ status, retryable }: InviteView): boolean {
  return status === 'open' || status === 'declined' || (status === 'failed' && retryable === true);
}

/** As an argument: an id that begins with a hyphen would be taken for an option. */
export function argumentFor({ id }: Pick<InviteView, 'id'>): string {
  return id.startsWith('-') ? `-- ${id}` : id;
}

/** What was expected and is otherwise. */
export const MISMATCHED: Readonly<Record<Mismatch, string>> = {
  email: 'not the expected email address',
  email_domain: 'not the expected domain of the email address',
  org_id: 'not the expected organization',
  data_center: 'not the expected data center',
  sandbox: 'a sandbox of the CRM, not production',
  scope: 'fewer scopes than were requested',
};

function afterConsent({
  connection,
  may_have_ended: ended = [],
  old_refresh_token: old,
  token_live: isLive,
}: InviteView): string | undefined {
  const steps = [
    ...(isLive === false ? [`No token was live at the end. Run: zoho-tokens doctor ${connection}`] : []),
    ...(ended.length === 0
      ? []
      : [
          `Zoho keeps 20 refresh tokens per user and client, so it may have ended ${ended.join(', ')}. Run: zoho-tokens doctor ${ended[0]}`,
        ]),
    // Without a live token, the earlier authorization may be needed again.
    ...(old === 'left' && isLive !== false
      ? [`The old refresh token is still valid. To revoke it, run: zoho-tokens revoke ${connection} --unused`]
      : []),
  ];
  return steps.length === 0 ? undefined : steps.join(' ');
}
