import { isSecretIn } from '../redacted.ts';
import type { Credentials } from '../secrets/credentials.ts';
import { type AuthorizedBy, UNKNOWN_PERSON } from './authorized-by.ts';

/** Who authorized a connection and when, as other programs may know it. */
export interface AnnouncedAuthorization {
  /** Without email and name of the organization. Undefined if no part is known. */
  readonly by: AuthorizedBy | undefined;
  readonly atMs: number | undefined;
}

/**
 * What events say about the authorization. Operators may edit the credentials, so only ids of the expected form pass, and none that
 * contains a secret of the credentials. The email is personal data, and everything in the account may subscribe to the bus.
 */
export function announcedAuthorizationOf({
  authorizedBy = UNKNOWN_PERSON,
  authorizedAt = '',
  clientSecret,
  refreshToken,
}: Credentials): AnnouncedAuthorization {
  const only = (form: RegExp, text: string | undefined) =>
    text !== undefined &&
    form.test(text) &&
    !isSecretIn(text, clientSecret) &&
    !isSecretIn(text, refreshToken)
      ? text
      : undefined;
  const by = {
    ...UNKNOWN_PERSON,
    zuid: only(ZOHO_ID, authorizedBy.zuid),
    orgId: only(ZOHO_ID, authorizedBy.orgId),
    awsPrincipal: only(PRINCIPAL, authorizedBy.awsPrincipal),
  };
  const atMs = ISO_TIME.test(authorizedAt) ? Date.parse(authorizedAt) : Number.NaN;
  return {
    by: Object.values(by).every((part) => part === undefined) ? undefined : by,
    atMs: Number.isNaN(atMs) ? undefined : atMs,
  };
}

const ZOHO_ID = /^\d{1,32}$/;
/** As `GetCallerIdentity` returns it: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
const PRINCIPAL = /^arn:aws[a-z-]{0,16}:(?:iam|sts)::\d{12}:[\w+=,.@/-]{1,250}$/;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
