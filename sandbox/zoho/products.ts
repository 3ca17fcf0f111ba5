import { type Answer, htmlAnswer, jsonAnswer } from './answers.ts';
import { DATA_CENTERS, type Location } from './data-centers.ts';
import type { OAuthState } from './oauth-state.ts';

/** What a product answers: the status and the JSON body. */
type ProductAnswer = readonly [status: number, body: object];

interface Product {
  /** `api`: the host that is the `api_domain`. Otherwise a name below the domain of the accounts server. */
  readonly host: 'api' | 'desk';
  readonly path: RegExp;
  /** To every authorized call: there are no records. */
  readonly nothing: ProductAnswer;
  readonly invalidToken: ProductAnswer;
  readonly missingScope: ProductAnswer;
}

/** Source: https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html */
const CRM: Product = {
  host: 'api',
  path: /^\/crm\//,
  nothing: [200, { data: [] }],
  invalidToken: [401, crmError('INVALID_TOKEN', 'invalid oauth token')],
  missingScope: [401, crmError('OAUTH_SCOPE_MISMATCH', 'invalid oauth scope to access this URL')],
};

/** The products that are simulated, as far as a consumer sees whether its token is accepted. */
const PRODUCTS: readonly Product[] = [
  {
    ...CRM,
    // Zoho's SDKs ask for the fields of a module before they read it.
    path: /^\/crm\/v\d+\/settings\/fields$/,
    nothing: [200, { fields: [] }],
  },
  CRM,
  {
    // Source: https://www.zoho.com/books/api/v3/errors/. Users report that 57 means both.
    host: 'api',
    path: /^\/(?:books|invoice|inventory|expense|billing)\//,
    nothing: [200, { code: 0, message: 'success' }],
    invalidToken: [401, { code: 57, message: 'You are not authorized to perform this operation' }],
    missingScope: [401, { code: 57, message: 'You are not authorized to perform this operation' }],
  },
  {
    // Source: https://www.zoho.com/creator/help/api/v2.1/status-codes.html
    host: 'api',
    path: /^\/creator\//,
    nothing: [200, { code: 3000, data: [] }],
    invalidToken: [
      401,
      {
        code: 1030,
        description: 'Authorization Failure. The access token is either invalid or has expired.',
      },
    ],
    missingScope: [401, { code: 2945, description: 'Invalid OAuth scope.' }],
  },
  {
    // Source: https://desk.zoho.com/DeskAPIDocument#ErrorCodes; the texts of the messages are a guess.
    host: 'desk',
    path: /^\/api\//,
    nothing: [200, { data: [] }],
    invalidToken: [401, { errorCode: 'INVALID_OAUTH', message: 'The OAuth Token you provided is invalid.' }],
    missingScope: [
      403,
      { errorCode: 'SCOPE_MISMATCH', message: 'The OAuth Token you provided has no scope for this.' },
    ],
  },
];

/** The public hosts of a data center's products, that of `api_domain` first. */
export function productHosts(location: Location): string[] {
  return [...new Set(PRODUCTS.map(({ host }) => hostOf(host, location)))];
}

/** A call of a product's API at a public host. */
export interface ProductCall {
  readonly location: Location;
  /** @default the host of `api_domain` */
  readonly host: string | undefined;
  readonly path: string;
  readonly authorization: string | undefined;
}

/** Just enough of the products for a consumer to see whether its token is valid here, and how each one says that it is not. */
export function answerProduct(call: ProductCall, state: OAuthState, hasScope: boolean): Answer {
  const { location, host = hostOf('api', location), path, authorization = '' } = call;
  const product = PRODUCTS.find((each) => hostOf(each.host, location) === host && each.path.test(path));
  if (product === undefined) return htmlAnswer(404, 'Not Found');
  const [scheme, accessToken = ''] = authorization.split(' ');
  const isAuthorized = scheme === 'Zoho-oauthtoken' && state.isValid(accessToken, location);
  if (!isAuthorized) return jsonAnswer(...product.invalidToken);
  return jsonAnswer(...(hasScope ? product.nothing : product.missingScope));
}

function hostOf(host: Product['host'], location: Location): string {
  const { accounts, api } = DATA_CENTERS[location];
  return host === 'api' ? api : accounts.replace('accounts', host);
}

function crmError(code: string, message: string) {
  return { code, details: {}, message, status: 'error' };
}
