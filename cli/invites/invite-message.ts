/** What the administrator of a Zoho account gets from an operator. */
export interface InviteMessage {
  readonly connection: string;
  /** Contains the secret of the invite. */
  readonly url: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** Who should consent, if that is known. */
  readonly expect: { readonly email?: string; readonly emailDomain?: string; readonly orgId?: string };
}

/** A chat message or mail to copy. It contains the link once. */
export function composeInviteMessage({ connection, url, expiresAt, expect }: InviteMessage): string {
  const organization = expect.orgId === undefined ? '' : ` (number ${expect.orgId})`;
  return `Please authorize our connection "${connection}" to Zoho. You need nothing but your browser:
1. Open this link. The page says who asks, and for what:
   ${url}
2. Continue, and sign in at Zoho as ${userOf(expect)}.
   If Zoho asks, choose the production organization${organization}, not a sandbox.
3. Check the scopes and press Accept. The page then says that it worked.
The link works until ${formatTime(expiresAt)}, for one consent. It is meant for you: do not forward it.
If you do not know this connection, do not accept.`;
}

function userOf({ email, emailDomain }: InviteMessage['expect']): string {
  if (email !== undefined) return email;
  return emailDomain === undefined
    ? 'the user whom the connection works for'
    : `a user whose address ends in @${emailDomain}`;
}

/** `2026-01-08 09:00 UTC` */
function formatTime(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
