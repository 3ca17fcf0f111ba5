import { CODE_LIFE } from '../zoho/code-response.ts';
import type { Ending, Invite } from './invite.ts';
import type { FailureReason } from './invite-status.ts';

/** What happened, and what the inviter does next. Contains no secret. */
export function explainEnding(invite: Pick<Invite, 'client' | 'connection'>, ending: Ending): string {
  if (ending.status === 'declined')
    return 'Consent was denied at Zoho (access_denied). The link still works until it expires.';
  return MESSAGES[ending.reason ?? 'unknown_outcome'](invite);
}

const NOTHING = 'Nothing was stored.';
const AGAIN = 'The link still works until it expires.';

const MESSAGES: Readonly<Record<FailureReason, (invite: Pick<Invite, 'client' | 'connection'>) => string>> = {
  client_refused: ({ client }) =>
    `Zoho refused the client ${client}, its secret, the scopes or the redirect URI. ${NOTHING} Check the client where it is registered at Zoho: it must have the redirect URI, and the data center of the account enabled (Multi DC). If its secret was regenerated, run: zoho-tokens client rotate ${client}. ${AGAIN}`,
  code_refused: () =>
    `Zoho refused the authorization code: it expires after ${CODE_LIFE}, and works once. ${NOTHING} ${AGAIN}`,
  no_org: () =>
    `The Zoho user who was signed in has no account in a product of the scopes (no_org). ${NOTHING} They must sign in as a user of the organization. ${AGAIN}`,
  too_many_codes: ({ client }) =>
    `Zoho gives a client 10 codes in 10 minutes, and the client ${client} had them. ${NOTHING} ${AGAIN}`,
  unknown_data_center: () =>
    `The answer of Zoho names a data center that is not known, so its code was not sent anywhere. ${NOTHING} A new data center needs a newer version.`,
  no_refresh_token: () => `Zoho returned no refresh token. ${NOTHING} ${AGAIN}`,
  zoho_unavailable: () => `Zoho did not answer. ${NOTHING} ${AGAIN}`,
  aws_unavailable: () =>
    `AWS refused a call, or did not answer. ${NOTHING} The log of the function says which call. ${AGAIN}`,
  mismatch: () =>
    `The account, its data center, its organization or the scopes are not the expected ones. ${NOTHING} The grant was revoked at Zoho. ${AGAIN}`,
  rejected: () => 'The grant was rejected and revoked at Zoho.',
  not_confirmed: ({ connection }) =>
    `No one confirmed the grant within a day, so it is revoked at Zoho. Invite again: zoho-tokens invite ${connection}`,
  superseded: ({ connection }) =>
    `Other credentials of ${connection} were stored during this consent, and stand. The grant was revoked at Zoho.`,
  connection_removed: ({ connection }) =>
    `${connection} was disconnected, or disconnected and connected anew, since the invite was created. The grant was revoked at Zoho.`,
  unknown_outcome: () =>
    `The function that requested the tokens ended before it could store them. ${NOTHING} ${AGAIN}`,
};
