import { describeGiven } from '../core/describe-given.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/** Says which of Zoho's hosts a call was for, when it is sent to this machine instead. */
export const SANDBOX_HOST_HEADER = 'x-zoho-sandbox-host';

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/;

/** The origin on this machine that stands in for Zoho, or undefined without one (also if it is empty). Throws `invalid_options` for any other. */
export function checkEndpoint(endpoint: unknown): string | undefined {
  if (endpoint === undefined || endpoint === '') return undefined;
  const origin = typeof endpoint === 'string' ? endpoint.replace(/\/$/, '') : '';
  if (LOOPBACK.test(origin) && URL.canParse(origin)) return origin;
  throw new ZohoClientError(
    'invalid_options',
    `endpoint (ZOHO_API_ENDPOINT) must be on this machine, such as http://127.0.0.1:8400, is ${describeGiven(endpoint)}. Calls to Zoho need none.`,
  );
}
