import { type AuthorizedBy, parseAuthorizedBy, UNKNOWN_PERSON } from '../../core/consent/authorized-by.ts';
import { parseJsonObject } from '../../core/json.ts';
import type { Redacted } from '../../core/redacted.ts';
import { DATA_CENTERS, type DataCenterLocation } from '../../core/zoho/data-centers.ts';
import { parseScopes } from '../../core/zoho/scopes.ts';
import { type AccountsConnection, getFromZoho } from '../accounts-request.ts';

/** The scope with which Zoho says who consented. */
export const PROFILE_SCOPE = 'AaaServer.profile.READ';
const ORGANIZATION_SCOPES = ['ZohoCRM.org.READ', 'ZohoCRM.org.ALL'];

/** A token right after a consent. */
export interface ConsentedToken {
  readonly dataCenter: DataCenterLocation;
  readonly accessToken: Redacted;
  /** Granted scopes, comma-separated. */
  readonly scope: string | undefined;
}

/**
 * Asks Zoho who consented, and for which organization of the CRM, as far as the scopes allow. Never throws: what Zoho does not
 * say is not known. Sources: `/oauth/user/info` answers without its scope with HTTP 200 and `{"status_code":405}`;
 * https://www.zoho.com/crm/developer/docs/api/v8/get-org-data.html.
 */
export async function whoConsented(
  accounts: AccountsConnection,
  { dataCenter, accessToken, scope }: ConsentedToken,
  signal: () => AbortSignal,
): Promise<AuthorizedBy> {
  const { accountsServer, apiDomain } = DATA_CENTERS[dataCenter];
  const granted = parseScopes(scope ?? '');
  const ask = async (isAllowed: boolean, url: string) => {
    if (!isAllowed) return {};
    const answered = await getFromZoho(accounts, { url, accessToken }, signal());
    return (answered.kind === 'answer' ? parseJsonObject(answered.answer.body) : undefined) ?? {};
  };
  const [user, { org }] = await Promise.all([
    ask(granted.includes(PROFILE_SCOPE), `${accountsServer}/oauth/user/info`),
    ask(
      granted.some((each) => ORGANIZATION_SCOPES.includes(each)),
      `${apiDomain}/crm/v8/org`,
    ),
  ]);
  const { zgid, company_name: name } = (Array.isArray(org) ? org[0] : undefined) ?? {};
  return (
    parseAuthorizedBy({ zuid: user.ZUID, email: user.Email, org_id: zgid, org_name: name }) ?? UNKNOWN_PERSON
  );
}
