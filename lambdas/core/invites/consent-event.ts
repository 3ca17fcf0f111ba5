import type { AuthorizedBy } from '../consent/authorized-by.ts';
import type { DataCenterLocation } from '../zoho/data-centers.ts';
import type { Invite } from './invite.ts';
import type { FailureReason, InviteStatus, Mismatch } from './invite-status.ts';
import { consentedBy, isoOf } from './invite-view.ts';

export const CONSENT_DETAIL_TYPE = 'Zoho Consent';

/** Something happened to an invite. */
export interface ConsentEvent {
  readonly state: 'invited' | Exclude<InviteStatus, 'open'>;
  readonly invite: Pick<Invite, 'id' | 'connection' | 'client' | 'subject' | 'createdBy'>;
  readonly dataCenter?: DataCenterLocation | undefined;
  readonly by?: AuthorizedBy | undefined;
  /** What was not as expected, if it waits. */
  readonly mismatch?: readonly Mismatch[] | undefined;
  readonly reason?: FailureReason | undefined;
  readonly atMs: number;
}

/** The `detail` of the event: a public contract. No return URL, no session, no link; the email only if the deployment wants it. */
export function consentEventDetail(
  { state, invite, dataCenter, by, mismatch = [], reason, atMs }: ConsentEvent,
  { secretPrefix, announcesEmail }: { readonly secretPrefix: string; readonly announcesEmail: boolean },
) {
  const { zuid, org_id, email } = consentedBy(by) ?? {};
  const person = { ...(zuid === undefined ? {} : { zuid }), ...(org_id === undefined ? {} : { org_id }) };
  return {
    version: '1',
    secret_prefix: secretPrefix,
    state,
    connection: invite.connection,
    client: invite.client,
    invite_id: invite.id,
    ...(invite.subject === undefined ? {} : { subject: invite.subject }),
    ...(dataCenter === undefined ? {} : { data_center: dataCenter }),
    ...(invite.createdBy === undefined ? {} : { created_by: invite.createdBy }),
    ...(Object.keys(person).length === 0 ? {} : { consented_by: person }),
    ...(announcesEmail && email !== undefined ? { email } : {}),
    ...(mismatch.length === 0 ? {} : { mismatch }),
    ...(reason === undefined ? {} : { reason }),
    at: isoOf(atMs),
  };
}
