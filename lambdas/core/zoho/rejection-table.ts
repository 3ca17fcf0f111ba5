/** What one kind of answer means. The first row that matches an answer decides. */
export interface RejectionRow {
  readonly verdict: 'token' | 'not-the-token';
  /** HTTP statuses with which the row counts. */
  readonly statuses: readonly number[];
  /** Regular expression for host and path, e.g. `www.zohoapis.eu/books/v3/invoices`. Empty: any product. */
  readonly where: string;
  /** Regular expression for the body. */
  readonly body: string;
}

const notTheToken = (where: string, body: string, statuses = [400, 401, 403]): RejectionRow => ({
  verdict: 'not-the-token',
  statuses,
  where,
  body,
});

const token = (where: string, body: string, statuses = [401]): RejectionRow => ({
  verdict: 'token',
  statuses,
  where,
  body,
});

/** A product with hosts of its own, or with a first segment of the path. */
const product = (name: string): string => `^(${name}\\.|[^/]+/${name}/)`;

/** A whole text, in JSON or XML, but not a key. */
const words = (...alternatives: string[]): string => `[">](${alternatives.join('|')})["<](?!\\s*:)`;

/** A number or a text with digits, as the value of a key for codes, in JSON or XML. */
const numbers = (code: number): string =>
  `("(code|errorCode|error_code|status_code)"\\s*:\\s*"?|<code>\\s*)${code}"?\\s*[,}<]`;

const PROJECTS = '^(projects(api)?\\.|[^/]+/restapi/)';
const ANALYTICS = '^analytics(api)?\\.';
const WORKDRIVE = '^(workdrive\\.|[^/]+/(v1/)?workdrive)';

/**
 * How Zoho's products say that they reject a token, or that a new one would not help. This is the one table of it: the
 * client, and the examples in Python and shell (`docs/zoho-rejections.json`), judge with it. Where no page of Zoho is cited,
 * the source is public clients, which record the answers that they saw.
 *
 * A word counts for every product and wherever it stands, because products move it: to the top level, under `error`,
 * `data` or `errors`, into an array, as `code`, `errorCode`, `title`, `summary`, `message` or `cause`. A number counts only
 * for its product, because it means something else elsewhere: Books' 1000 is an internal error, Creator's a missing parameter.
 *
 * A 401 without a row is ambiguous. So are, on purpose:
 * - CRM's `AUTHENTICATION_FAILURE` and Desk's `UNAUTHORIZED`: sometimes the token
 * - code 57 of Books, Invoice, Inventory and Expense: a token that is not usable, or a missing scope
 * - every HTML page except Bookings': proxies and firewalls answer with HTML
 * - answers of products whose codes no stored source names: Billing, Sign, Sprints, Campaigns, SalesIQ, Writer, Sheet,
 *   Show, ZeptoMail, Survey, Forms, Voice, Vault, Meeting, Backstage, Learn, Commerce, Payments, Assist, ServiceDesk Plus,
 *   Endpoint Central, Site24x7 and Qntrl, unless they use one of the words
 */
export const REJECTION_TABLE: readonly RejectionRow[] = [
  notTheToken(
    '',
    words(
      // CRM, Bigin and Recruit: {"code"} (https://github.com/zoho/crm-oas)
      'OAUTH_SCOPE_MISMATCH',
      'NO_PERMISSION',
      // Desk: {"errorCode"} (Desk's OpenAPI, in https://github.com/api-evangelist/zoho, openapi/_original)
      'SCOPE_MISMATCH',
      'OAUTH_ORG_MISMATCH',
      // Zoho's security filter, in front of many products; each one writes it in a place of its own.
      // Social: {"error":{"message"}} (https://www.zoho.com/social/api/oauth-authentication.html)
      // Projects V3: {"error":{"status_code","title"}}; Mail: {"data":{"errorCode"}} and [2,{"errorCode"}]
      // Analytics: {"summary","data":{"errorCode":8540}}; accounts: {"response":"error","cause"}
      'INVALID_OAUTHSCOPE',
      // Cliq: {"code"}
      'oauthtoken_scope_invalid',
    ),
  ),
  // Creator: {"code":2945}
  notTheToken(product('creator'), numbers(2945)),
  // Projects, restapi: {"error":{"code":6890}}
  notTheToken(PROJECTS, numbers(6890)),
  // Analytics: 8540 comes with INVALID_OAUTHSCOPE
  notTheToken(ANALYTICS, numbers(8540)),
  // People: {"response":{"errors":{"code":7218}}} "Invalid OAuth Scope" (https://github.com/shopstack-asia/shopstack-timesheet)
  notTheToken(product('people'), numbers(7218)),
  // WorkDrive: {"errors":[{"id":"F7004"}]}
  notTheToken(WORKDRIVE, words('F7004'), [400, 401, 403, 500]),

  token(
    '',
    words(
      // CRM, Bigin, Recruit: {"code"}; Desk: {"errorCode"}; the rest as above
      'INVALID_TOKEN',
      'INVALID_OAUTH',
      'INVALID_OAUTHTOKEN',
      // Cliq: {"code":"oauthtoken_invalid","message":"Invalid OAuth token passed."}
      'oauthtoken_invalid',
    ),
  ),
  // CRM's PhoneBridge, with 400: {"code":"INVALID_TOKEN"} (https://pastebin.com/VkvZW1Vy)
  token('', words('INVALID_TOKEN'), [400]),
  // Books, Invoice, Inventory, Expense: {"code":14}
  token(product('(books|invoice|inventory|expense)'), numbers(14)),
  // Creator: {"code":1030}
  token(product('creator'), numbers(1030)),
  // Projects, restapi: {"error":{"code":6401}}
  token(PROJECTS, numbers(6401)),
  // Analytics: 8535, in JSON and in version 1 in XML (https://www.zoho.com/analytics/api/v2/embed-api/error-codes.html)
  token(ANALYTICS, numbers(8535)),
  // WorkDrive: {"errors":[{"id":"F7003","title":"Invalid OAuth token."}]}, seen with 401 and with 500
  token(WORKDRIVE, words('F7003'), [401, 500]),
  // Bookings: an HTML page
  token('^[^/]+/bookings/', '^\\s*<', [400, 401]),
];
