import { expect, it } from 'vitest';
import { formatToken } from '../../../../cli/reports/token-formats.ts';
import { Redacted } from '../../../../lambdas/core/redacted.ts';

const token = {
  connection: 'crm-prod',
  deployment: 'zoho',
  accessToken: new Redacted('1000.a.b'),
  apiDomain: 'https://www.zohoapis.eu',
  accountsUrl: 'https://accounts.zoho.eu',
  expiresAtMs: Date.UTC(2026, 0, 5, 10),
};

it("outside the sandbox the addresses are Zoho's own", () => {
  expect(formatToken(token, 'env')).toContain("export ZOHO_API_DOMAIN='https://www.zohoapis.eu'");
  expect(JSON.parse(formatToken(token, 'postman')).values).toMatchObject([
    { key: 'token', value: '1000.a.b', type: 'secret' },
    { key: 'api-domain', value: 'https://www.zohoapis.eu' },
    { key: 'accounts-url', value: 'https://accounts.zoho.eu' },
    { key: 'expires-at', value: '2026-01-05T10:00:00.000Z' },
  ]);
});

it('the environments of two connections and of two deployments have different ids', () => {
  const idOf = (changes: object) => JSON.parse(formatToken({ ...token, ...changes }, 'postman')).id;

  expect(new Set([idOf({}), idOf({ connection: 'crm-test' }), idOf({ deployment: 'zoho-eu' })]).size).toBe(3);
});
