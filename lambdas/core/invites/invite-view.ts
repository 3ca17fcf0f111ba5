import { type AuthorizedBy, formatAuthorizedBy } from '../consent/authorized-by.ts';
import { DATA_CENTERS } from '../zoho/data-centers.ts';
import type { ConsentedBy, ExpectedUser, InvitePage, InviteView, PageResult } from './consent-answers.ts';
import { type Ending, type Invite, isLeasedAt } from './invite.ts';
import { explainEnding } from './invite-messages.ts';
import type { InviteStatus } from './invite-status.ts';

/** The status of an invite, from its row and the time alone. */
export function statusOf(invite: Invite, nowMs: number): InviteStatus {
  const { stage } = invite;
  switch (stage.kind) {
    case 'authorized':
    case 'cancelled':
      return stage.kind;
    case 'awaiting':
      return nowMs < stage.untilMs ? 'awaiting' : 'failed';
    case 'failed':
      return stage.ending.status;
    case 'revoking':
      return stage.ending.retryable && isOver(invite, nowMs) ? 'expired' : stage.ending.status;
    case 'open':
      if (isOver(invite, nowMs)) return 'expired';
      return stage.last?.status ?? 'open';
    case 'coded':
      return isOver(invite, nowMs) && nowMs >= stage.untilMs ? 'expired' : 'open';
    case 'exchanging':
    case 'granted':
    case 'storing':
      return 'open';
  }
}

/** True if a visitor may be sent to Zoho with this invite, as far as the invite says. */
export function isUsable(invite: Invite, nowMs: number): boolean {
  const { kind } = invite.stage;
  return (kind === 'open' || kind === 'coded') && !isOver(invite, nowMs) && !isLeasedAt(invite, nowMs);
}

function isOver({ expiresAtMs }: Invite, nowMs: number): boolean {
  return nowMs >= expiresAtMs;
}

/** The ending that the status is about. */
export function endingOf(invite: Invite, nowMs: number): Ending | undefined {
  const { stage } = invite;
  switch (stage.kind) {
    case 'open':
      return stage.last;
    case 'revoking':
    case 'failed':
      return stage.ending;
    case 'awaiting':
      return nowMs < stage.untilMs
        ? undefined
        : { status: 'failed', reason: 'not_confirmed', retryable: false, atMs: stage.untilMs };
    default:
      return undefined;
  }
}

/** Who consented, if anyone has. */
function personOf({ stage }: Invite): AuthorizedBy | undefined {
  return 'grant' in stage ? stage.grant.consentedBy : 'consentedBy' in stage ? stage.consentedBy : undefined;
}

/** What the inviter sees. Never a return URL, a session, the link, or anything sealed. */
export function viewOf(invite: Invite, nowMs: number): InviteView {
  const { stage } = invite;
  const status = statusOf(invite, nowMs);
  const ending = endingOf(invite, nowMs);
  const isEnded = status === 'failed' || status === 'declined';
  const person = consentedBy(personOf(invite));
  const expect = expectedUserOf(invite);
  return {
    id: invite.id,
    status,
    connection: invite.connection,
    client: invite.client,
    mode: invite.mode,
    created_at: isoOf(invite.createdAtMs),
    ...(invite.createdBy === undefined ? {} : { created_by: invite.createdBy }),
    expires_at: isoOf(invite.expiresAtMs),
    ...(invite.label === undefined ? {} : { label: invite.label }),
    ...(invite.subject === undefined ? {} : { subject: invite.subject }),
    ...(expect === undefined ? {} : { expect }),
    ...(person === undefined ? {} : { consented_by: person }),
    ...('grant' in stage
      ? { consented_at: isoOf(stage.grant.grantedAtMs), data_center: stage.grant.dataCenter }
      : {}),
    ...(isEnded && ending?.reason !== undefined ? { reason: ending.reason } : {}),
    ...messageOf(invite, status, isEnded ? ending : undefined),
    ...(isEnded ? { retryable: ending?.retryable === true && nowMs < invite.expiresAtMs } : {}),
    ...(stage.kind === 'awaiting' ? { mismatch: stage.mismatch } : {}),
    ...(stage.kind === 'authorized'
      ? {
          old_refresh_token: stage.old?.state ?? 'none',
          token_live: stage.tokenLive,
          ...(stage.mayHaveEnded.length > 0 ? { may_have_ended: stage.mayHaveEnded } : {}),
        }
      : {}),
  };
}

function messageOf(invite: Invite, status: InviteStatus, ending: Ending | undefined) {
  const lost = invite.lost.map(
    ({ clientId, dataCenter, atMs }) =>
      `A refresh token of the client ${clientId} in data center ${dataCenter} may exist since ${isoOf(atMs)}, unused: the function that requested it ended. It counts among the 20 of its user and client.`,
  );
  const parts = [...(ending === undefined ? [] : [explainEnding(invite, ending)]), ...lost];
  if (status === 'awaiting')
    parts.unshift(`Confirm or reject it within a day: zoho-tokens confirm ${invite.connection}`);
  return parts.length === 0 ? {} : { message: parts.join(' ') };
}

/** The page of an open invite. */
export function invitePageOf(invite: Invite, displayName: string, host: string): InvitePage {
  const expects = expectedUserOf(invite);
  const { dataCenter } = invite.expect;
  return {
    kind: 'invite',
    connection: invite.connection,
    ...(invite.label === undefined ? {} : { label: invite.label }),
    display_name: displayName,
    client_id_host: host,
    scopes: invite.scopes,
    ...(expects === undefined ? {} : { expects }),
    ...(dataCenter === undefined
      ? {}
      : { account_host: new URL(DATA_CENTERS[dataCenter].accountsServer).host }),
    mode: invite.mode,
    expires_at: isoOf(invite.expiresAtMs),
  };
}

function expectedUserOf({
  expect: { email, emailDomain, orgId, dataCenter },
}: Invite): ExpectedUser | undefined {
  const expected = {
    ...(email === undefined ? {} : { email }),
    ...(emailDomain === undefined ? {} : { email_domain: emailDomain }),
    ...(orgId === undefined ? {} : { org_id: orgId }),
    ...(dataCenter === undefined ? {} : { data_center: dataCenter }),
  };
  return Object.keys(expected).length === 0 ? undefined : expected;
}

/** The page of an ending. */
export function endingPageOf(
  { connection, scopes }: Invite,
  { status, reason, retryable }: Ending,
): PageResult {
  if (status === 'declined') return { kind: 'declined', connection };
  switch (reason) {
    case 'no_org':
      return { kind: 'no-account', connection, products: productsOf(scopes) };
    case 'too_many_codes':
      return { kind: 'too-many', connection };
    case 'connection_removed':
      return { kind: 'removed' };
    default:
      return { kind: 'failed', connection, reason: reason ?? 'unknown_outcome', retryable };
  }
}

/** The page of a grant, for the browser that consented: it may see whose it is. */
export function resultPageOf(invite: Invite): PageResult {
  const { stage, connection } = invite;
  const person = personOf(invite);
  const user = person?.email ?? person?.zuid;
  const facts = {
    connection,
    ...(user === undefined ? {} : { consented_by: user }),
    ...(person?.orgName === undefined ? {} : { org_name: person.orgName }),
  };
  if (stage.kind === 'authorized') return { kind: 'done', ...facts, token_live: stage.tokenLive };
  return { kind: 'received', ...facts };
}

export function consentedBy(by: AuthorizedBy | undefined): ConsentedBy | undefined {
  const { aws_principal: _principal, ...parts } = (by && formatAuthorizedBy(by)) ?? {};
  return Object.keys(parts).length === 0 ? undefined : parts;
}

function productsOf(scopes: readonly string[]): string[] {
  const products = scopes.map((scope) => scope.split('.')[0] ?? scope);
  return [...new Set(products)].filter((product) => product !== 'AaaServer');
}

export function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
