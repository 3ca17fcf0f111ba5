import { DATA_CENTERS, isDataCenterLocation, isHostOf } from '../core/zoho/data-centers.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/**
 * The URL of an API call: a path on the token's `api_domain`, or an absolute https URL of Zoho in the token's own data
 * center (Desk, Books, Projects, Mail and Creator have hosts of their own). Anything else is refused, so that a token is
 * never sent elsewhere.
 */
export function resolveApiUrl(pathOrUrl: string | URL, token: ZohoAccessToken): URL {
  const given = String(pathOrUrl);
  if (!URL.canParse(given, token.apiDomain)) {
    throw new ZohoClientError(
      'invalid_url',
      'What was given is neither a path nor a URL. It is not shown: it may hold anything.',
    );
  }
  const url = new URL(given, token.apiDomain);
  if (url.username !== '' || url.password !== '') {
    throw new ZohoClientError('invalid_url', `A URL with a user name or password in it is not called.`);
  }
  if (url.protocol !== 'https:' || url.port !== '') {
    throw new ZohoClientError(
      'forbidden_host',
      `${shown(`${url.protocol}//${url.host}`)} is not https on the usual port: the token is not sent there.`,
    );
  }
  if (!isAllowedHost(url.hostname, token)) {
    throw new ZohoClientError(
      'forbidden_host',
      `${shown(url.hostname)} is not a host of Zoho in the data center ${token.dataCenter}: the token is not sent there.`,
    );
  }
  return url;
}

/** The token's own `api_domain` may belong to another data center's domain; Zoho said so itself. */
function isAllowedHost(hostname: string, token: ZohoAccessToken): boolean {
  if (hostname === new URL(token.apiDomain).hostname) return true;
  return isDataCenterLocation(token.dataCenter) && isHostOf(DATA_CENTERS[token.dataCenter], hostname);
}

/** Of a URL, the host is shown and nothing behind it: that may hold anything. */
function shown(origin: string): string {
  return `"${origin.length > 80 ? `${origin.slice(0, 80)}…` : origin}"`;
}
