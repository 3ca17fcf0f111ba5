import { isJsonObject } from '../json.ts';
import { toSingleLine } from '../single-line.ts';

/** Who authorized a connection. Each part is undefined if it is not known. */
export interface AuthorizedBy {
  /** Zoho's number of the user who consented. */
  readonly zuid: string | undefined;
  readonly email: string | undefined;
  /** The organization in the CRM, as `zgid`. */
  readonly orgId: string | undefined;
  readonly orgName: string | undefined;
  /** ARN of the AWS principal that stored the credentials. */
  readonly awsPrincipal: string | undefined;
}

export const UNKNOWN_PERSON: AuthorizedBy = {
  zuid: undefined,
  email: undefined,
  orgId: undefined,
  orgName: undefined,
  awsPrincipal: undefined,
};

/** The JSON under `authorized_by`. Parts that are not known are left out. */
export function formatAuthorizedBy(by: AuthorizedBy): Readonly<Record<string, string>> | undefined {
  const parts = Object.entries({
    zuid: by.zuid,
    email: by.email,
    org_id: by.orgId,
    org_name: by.orgName,
    aws_principal: by.awsPrincipal,
  }).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}

/** Parses what stands under `authorized_by`. Unknown keys are ignored; undefined if there is nothing. */
export function parseAuthorizedBy(value: unknown): AuthorizedBy | undefined {
  if (!isJsonObject(value)) return undefined;
  const by = {
    zuid: textOf(value.zuid),
    email: textOf(value.email),
    orgId: textOf(value.org_id),
    orgName: textOf(value.org_name),
    awsPrincipal: textOf(value.aws_principal),
  };
  return Object.values(by).every((part) => part === undefined) ? undefined : by;
}

/** One line for a person: the Zoho user and organization, and the AWS principal. */
export function describePerson(by: AuthorizedBy | undefined): string {
  const { email, zuid, orgName, orgId, awsPrincipal } = by ?? UNKNOWN_PERSON;
  const user = email ?? (zuid === undefined ? undefined : `Zoho user ${zuid}`);
  const organization = orgName ?? orgId;
  const parts = [
    user,
    organization === undefined ? undefined : `of ${organization}`,
    awsPrincipal === undefined ? undefined : `stored by ${awsPrincipal}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'not recorded' : parts.join(' ');
}

/** Whether one of the parts is this text: an email (in any case), a ZUID, an organization, or a principal or its last part. */
export function isPerson(by: AuthorizedBy | undefined, given: string): boolean {
  const wanted = given.trim().toLowerCase();
  const { email, zuid, orgId, orgName, awsPrincipal } = by ?? UNKNOWN_PERSON;
  const known = [email, zuid, orgId, orgName, awsPrincipal, awsPrincipal?.split('/').at(-1)];
  return known.some((part) => part?.toLowerCase() === wanted);
}

const LONGEST = 320;

function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.trim() === '') return undefined;
  return toSingleLine(text).trim().slice(0, LONGEST);
}
