import { DATA_CENTERS, isDataCenterLocation, isHostOf } from '../core/zoho/data-centers.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/**
 * The URL of an API call: a path on the token's `api_domain`, or an absolute https URL of Zoho in the token's data center
 * (Desk, Books, Projects, Mail and Creator have hosts of their own), or on one of the allowed hosts. Throws
 * `ZohoClientError` for everything else, so that a token is never sent elsewhere.
 */
export function resolveApiUrl(
  pathOrUrl: string | URL,
  token: ZohoAccessToken,
  allowedHosts: readonly string[] = [],
): URL {
  const given = String(pathOrUrl);
  if (!URL.canParse(given, token.apiDomain)) {
    throw new ZohoClientError(
      'invalid_url',
      'The API call needs a path or an https URL (value omitted: it may contain a secret).',
    );
  }
  const url = new URL(given, token.apiDomain);
  if (url.username !== '' || url.password !== '') {
    throw new ZohoClientError(
      'invalid_url',
      'The URL of an API call must not contain a user name or a password.',
    );
  }
  if (url.protocol !== 'https:' || url.port !== '') {
    throw new ZohoClientError(
      'forbidden_host',
      `${shorten(`${url.protocol}//${url.host}`)} is not https on the default port, so the token is not sent there.`,
    );
  }
  if (!isAllowedHost(url.hostname, token) && !allowedHosts.includes(url.hostname)) {
    throw new ZohoClientError(
      'forbidden_host',
      `${shorten(url.hostname)} is not a Zoho host in the data center ${token.dataCenter}, so the token is not sent there. A host that is missing can be added: allowedHosts.`,
    );
  }
  return url;
}

/** The token's `api_domain` is always allowed, because it comes from Zoho, even if it belongs to another data center. */
function isAllowedHost(hostname: string, token: ZohoAccessToken): boolean {
  if (hostname === new URL(token.apiDomain).hostname) return true;
  return isDataCenterLocation(token.dataCenter) && isHostOf(DATA_CENTERS[token.dataCenter], hostname);
}

/** Only the origin of a URL is shown. Its path and query may contain a secret. */
function shorten(origin: string): string {
  return `"${origin.length > 80 ? `${origin.slice(0, 80)}…` : origin}"`;
}
