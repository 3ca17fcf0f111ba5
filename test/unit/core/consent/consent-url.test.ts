import { expect, test } from 'vitest';
import { consentUrl } from '../../../../lambdas/core/consent/consent-url.ts';

test('the consent page is that of the data center, and gives a refresh token with every consent', () => {
  const url = new URL(
    consentUrl({
      dataCenter: 'in',
      clientId: '1000.AB&C',
      scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'],
      redirectUri: 'http://127.0.0.1:8484/callback?a=b',
      state: 'a state',
    }),
  );

  expect(url.origin + url.pathname).toBe('https://accounts.zoho.in/oauth/v2/auth');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    response_type: 'code',
    client_id: '1000.AB&C',
    scope: 'ZohoCRM.modules.ALL,ZohoCRM.users.READ',
    redirect_uri: 'http://127.0.0.1:8484/callback?a=b',
    state: 'a state',
    access_type: 'offline',
    prompt: 'consent',
  });
});
