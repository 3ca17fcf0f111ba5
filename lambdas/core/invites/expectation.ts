import type { AuthorizedBy } from '../consent/authorized-by.ts';
import type { DataCenterLocation } from '../zoho/data-centers.ts';
import { missingScopes } from '../zoho/scopes.ts';
import type { InviteMode, Mismatch } from './invite-status.ts';

/** Who should consent. Empty: anyone with the link. */
export interface Expectation {
  readonly email?: string | undefined;
  readonly emailDomain?: string | undefined;
  /** The organization in the CRM, as `zgid`. */
  readonly orgId?: string | undefined;
  /** Where the account is. Unknown for a new connection, unless the inviter says it. */
  readonly dataCenter?: DataCenterLocation | undefined;
}

/** The setting `confirm`: whether an operator must confirm a grant. */
export const CONFIRMATIONS = ['never', 'mismatch', 'always'] as const;
export type Confirmation = (typeof CONFIRMATIONS)[number];

/** What was granted, as far as it is compared. */
export interface Granted {
  readonly by: AuthorizedBy | undefined;
  readonly dataCenter: DataCenterLocation;
  readonly scope: string | undefined;
  readonly isSandbox: boolean;
}

/** With these scopes Zoho says who consented. Sources: see `adapters/consent/who-consented.ts`. */
const PROFILE_SCOPE = 'AaaServer.profile.READ';
const ORGANIZATION_SCOPE = 'ZohoCRM.org.READ';
const ORGANIZATION_SCOPES: readonly string[] = [ORGANIZATION_SCOPE, 'ZohoCRM.org.ALL'];

/** The scopes to request: those of the connection, and those that say who consented. */
export function scopesToRequest(
  scopes: readonly string[],
  { identifies, expect }: { readonly identifies: boolean; readonly expect: Expectation },
): readonly string[] {
  const { email, emailDomain, orgId } = expect;
  const isAsked = identifies || [email, emailDomain, orgId].some((part) => part !== undefined);
  const hasOrganization = scopes.some((scope) => ORGANIZATION_SCOPES.includes(scope));
  return [
    ...new Set([
      ...scopes,
      ...(isAsked ? [PROFILE_SCOPE] : []),
      ...(orgId !== undefined && !hasOrganization ? [ORGANIZATION_SCOPE] : []),
    ]),
  ];
}

/** What is not as expected. What Zoho does not say does not match. */
export function mismatchesOf(
  { expect, scopes }: { readonly expect: Expectation; readonly scopes: readonly string[] },
  { by, dataCenter, scope, isSandbox }: Granted,
): readonly Mismatch[] {
  const email = by?.email?.toLowerCase();
  const { email: wantedEmail, emailDomain, orgId, dataCenter: wantedDataCenter } = expect;
  const isOther = {
    email: wantedEmail !== undefined && email !== wantedEmail.toLowerCase(),
    email_domain: emailDomain !== undefined && email?.split('@').at(-1) !== emailDomain.toLowerCase(),
    org_id: orgId !== undefined && by?.orgId !== orgId,
    data_center: wantedDataCenter !== undefined && dataCenter !== wantedDataCenter,
    sandbox: isSandbox,
    scope: scope !== undefined && missingScopes(scopes, scope).length > 0,
  } satisfies Record<Mismatch, boolean>;
  return (Object.keys(isOther) as Mismatch[]).filter((what) => isOther[what]);
}

/** What to do with a grant. */
export function decideGrant(
  mode: InviteMode,
  confirmation: Confirmation,
  mismatch: readonly Mismatch[],
): 'store' | 'await' | 'revoke' {
  if (mismatch.length > 0 && confirmation === 'never') return 'revoke';
  const isConfirmed = mode === 'confirm' || confirmation === 'always' || mismatch.length > 0;
  return isConfirmed ? 'await' : 'store';
}
