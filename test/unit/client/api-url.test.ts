import { describe, expect, it } from 'vitest';
import { resolveApiUrl } from '../../../lambdas/client/api-url.ts';
import { UnprintableAccessToken } from '../../../lambdas/client/zoho-access-token.ts';
import type { AccessToken } from '../../../lambdas/core/secrets/access-token.ts';
import { accessToken } from '../../support/builders.ts';

function resolve(pathOrUrl: string | URL, overrides: Partial<AccessToken> = {}): string {
  return resolveApiUrl(pathOrUrl, new UnprintableAccessToken(accessToken(overrides))).href;
}

describe('the URL of an API call', () => {
  it.each([
    ['/crm/v8/Leads?fields=Last_Name', 'https://www.zohoapis.eu/crm/v8/Leads?fields=Last_Name'],
    ['crm/v8/Leads', 'https://www.zohoapis.eu/crm/v8/Leads'],
    ['https://www.zohoapis.eu:443/crm', 'https://www.zohoapis.eu/crm'],
    ['https://desk.zoho.eu/api/v1/tickets', 'https://desk.zoho.eu/api/v1/tickets'],
    [new URL('https://mail.zoho.eu/api/accounts'), 'https://mail.zoho.eu/api/accounts'],
  ])("is a path on the token's api_domain, or a Zoho URL in its data center: %s", (given, url) => {
    expect(resolve(given)).toBe(url);
  });

  it.each([
    ['belongs to another data center', { apiDomain: 'https://www.zohoapis.in' }],
    ['belongs to an unknown data center', { dataCenter: 'mars' }],
  ])("is not on the token's api_domain if that %s", (_, token) => {
    expect(() => resolve('/crm/v8/Leads', token)).toThrow(
      /^The token is not sent to "www\.zohoapis\.(in|eu)"/,
    );
  });
});

const NEEDS_A_URL =
  'An API call needs a path, or an https URL without user name and password (value omitted).';
const notTo = (host: string) =>
  `The token is not sent to "${host}": only to Zoho's hosts in the data center eu and to allowedHosts, by https and without a port.`;

describe('a URL that the token is not sent to', () => {
  it.each([
    ['https://', 'invalid_url', NEEDS_A_URL],
    ['https://user@www.zohoapis.eu/crm', 'invalid_url', NEEDS_A_URL],
    ['https://:password@www.zohoapis.eu/crm', 'invalid_url', NEEDS_A_URL],
    ['http://www.zohoapis.eu/crm', 'forbidden_host', notTo('www.zohoapis.eu')],
    ['https://www.zohoapis.eu:8443/crm', 'forbidden_host', notTo('www.zohoapis.eu:8443')],
    ['https://evil.example/crm', 'forbidden_host', notTo('evil.example')],
  ])('is rejected with the reason: %s', (url, code, message) => {
    expect(() => resolve(url)).toThrow(expect.objectContaining({ name: 'ZohoClientError', code, message }));
  });

  it.each(['/secret', '?apikey=secret', '#secret'])(
    'is shown without %s, which may contain a secret',
    (ending) => {
      expect(() => resolve(`http://www.zohoapis.eu${ending}`)).toThrow(notTo('www.zohoapis.eu'));
    },
  );

  it('is shown with at most 80 characters', () => {
    const host = 'x'.repeat(80);

    expect(() => resolve(`http://${host}`)).toThrow(notTo(host));
    expect(() => resolve(`http://${host}yz`)).toThrow(notTo(host));
  });
});
