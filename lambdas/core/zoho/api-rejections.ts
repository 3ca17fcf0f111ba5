import { parseJsonObject } from '../json.ts';

/**
 * What an API answer says about the token.
 *
 * - `token`: the token is not accepted, and a newer one may help
 * - `ambiguous`: it may be the token, the scope or something else: worth one newer token, not more
 * - `not-the-token`: scope, organization or profile: no token of this authorization helps
 * - `accepted`: not about authorization
 */
export type ApiVerdict = 'token' | 'ambiguous' | 'not-the-token' | 'accepted';

/**
 * How Zoho's products say "not authorized", by the codes in their bodies. Source: the products' API documentation and
 * recorded answers. No product distinguishes an expired token from a revoked one or one of another data center.
 */
const VERDICTS: Readonly<Record<string, ApiVerdict>> = {
  // CRM
  INVALID_TOKEN: 'token',
  OAUTH_SCOPE_MISMATCH: 'not-the-token',
  AUTHENTICATION_FAILURE: 'ambiguous',
  NO_PERMISSION: 'not-the-token',
  // Desk
  INVALID_OAUTH: 'token',
  SCOPE_MISMATCH: 'not-the-token',
  OAUTH_ORG_MISMATCH: 'not-the-token',
  // Mail, Projects
  INVALID_OAUTHTOKEN: 'token',
  INVALID_OAUTHSCOPE: 'not-the-token',
  6401: 'token',
  6890: 'not-the-token',
  // Books, Invoice, Inventory, Expense; 57 is also a valid token with a missing scope
  14: 'token',
  57: 'ambiguous',
  // Creator
  1030: 'token',
  2945: 'not-the-token',
};

/** Statuses whose body has to be read. */
export function mayBeRejection(status: number): boolean {
  return status === 400 || status === 401 || status === 403;
}

/** Judges an answer. `url` is the request's: Bookings answers with HTML and status 400 or 401. */
export function judgeApiAnswer({
  status,
  body,
  url,
}: {
  readonly status: number;
  readonly body: string;
  readonly url: URL;
}): ApiVerdict {
  if (!mayBeRejection(status)) return 'accepted';
  const json = parseJsonObject(body);
  const verdicts = json === undefined ? [] : codesOf(json).map((code) => VERDICTS[code]);
  if (verdicts.includes('not-the-token')) return 'not-the-token';
  if (status === 403) return 'accepted';
  if (status === 400) {
    const isBookings = json === undefined && /^\/bookings\//.test(url.pathname) && /^\s*</.test(body);
    const saysInvalidToken = json !== undefined && codesOf(json).includes('INVALID_TOKEN');
    return isBookings || saysInvalidToken ? 'token' : 'accepted';
  }
  if (verdicts.includes('token')) return 'token';
  return isHtml(body) ? 'token' : 'ambiguous';
}

function isHtml(body: string): boolean {
  return /^\s*<(!doctype|html)/i.test(body);
}

/** Codes are at the top level, in `error`, in `data` or in the first of `errors`, as strings or numbers. */
function codesOf(json: Record<string, unknown>): string[] {
  const firstError = Array.isArray(json.errors) ? json.errors[0] : undefined;
  return [json, json.error, json.data, firstError].flatMap((place) =>
    typeof place === 'object' && place !== null
      ? ['code', 'errorCode', 'error_code'].flatMap((key) => codeOf((place as Record<string, unknown>)[key]))
      : codeOf(place),
  );
}

function codeOf(value: unknown): string[] {
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
}
