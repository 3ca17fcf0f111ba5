import { isDataCenterLocation, isHostOf } from '../core/zoho/data-centers.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/**
 * The URL of an API call: a path on the token's `api_domain`, or an absolute https URL of Zoho in the token's data center
 * (Desk, Books, Projects, Mail and Creator have hosts of their own), or on one of the allowed hosts. Throws
 * `ZohoClientError` for everything else, so that a token is never sent elsewhere.
 */
export const resolveApiUrl = (
  pathOrUrl: string | URL,
  token: ZohoAccessToken,
  allowedHosts: readonly string[] = [],
): URL => {
  const given = String(pathOrUrl);
  const url = URL.canParse(given, token.apiDomain) ? new URL(given, token.apiDomain) : undefined;
  if (!url || url.username || url.password) {
    throw new ZohoClientError(
      'invalid_url',
      'An API call needs a path, or an https URL without user name and password (value omitted).',
    );
  }
  const isEncrypted = url.protocol === 'https:' && url.port === '';
  const isAllowed = isOwnHost(url.hostname, token) || allowedHosts.includes(url.hostname);
  if (!isEncrypted || !isAllowed) {
    // Only the origin of a URL is shown. Its path and query may contain a secret.
    throw new ZohoClientError(
      'forbidden_host',
      `The token is not sent to "${url.host.slice(0, 80)}": only to Zoho's hosts in the data center ${token.dataCenter} and to allowedHosts, by https and without a port.`,
    );
  }
  return url;
};

const isOwnHost = (hostname: string, { dataCenter }: ZohoAccessToken): boolean =>
  isDataCenterLocation(dataCenter) && isHostOf(dataCenter, hostname);
