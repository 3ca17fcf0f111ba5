import { describe, expect, test } from 'vitest';
import { parseCodeResponse } from '../../../../lambdas/core/zoho/code-response.ts';

const ACCESS_TOKEN = '1000.access0123456789.abc';
const REFRESH_TOKEN = '1000.refresh0123456789.abc';
const GRANTED = {
  access_token: ACCESS_TOKEN,
  refresh_token: REFRESH_TOKEN,
  scope: 'ZohoCRM.modules.ALL ZohoCRM.users.READ',
  api_domain: 'https://www.zohoapis.eu',
  expires_in: 3600,
};

describe('the answer to an authorization code', () => {
  test('is a grant when it has an access token, whatever its status', () => {
    for (const status of [200, 500]) {
      const response = answered(GRANTED, status);

      expect(response).toMatchObject({ kind: 'granted', scope: 'ZohoCRM.modules.ALL,ZohoCRM.users.READ' });
      if (response.kind !== 'granted') throw new Error('It is none.');
      expect(response.accessToken.reveal()).toBe(ACCESS_TOKEN);
      expect(response.refreshToken?.reveal()).toBe(REFRESH_TOKEN);
    }
  });

  test.each([undefined, '', 42, 'with a space', 'short'])(
    'has no refresh token when it is %j',
    (refresh_token) => {
      expect(answered({ ...GRANTED, refresh_token })).toMatchObject({
        kind: 'granted',
        refreshToken: undefined,
      });
    },
  );

  test.each(['access_token', 'refresh_token'])('is refused when its %s is too long', (key) => {
    const longest = answered({ ...GRANTED, [key]: 'x'.repeat(16_384) });
    const longer = answered({ ...GRANTED, [key]: 'x'.repeat(16_385) });

    expect(longest).toMatchObject({ kind: 'granted', refreshToken: expect.anything() });
    expect(longer).toMatchObject({ kind: 'refused', failure: { code: 'token_too_long' } });
  });

  test.each(['invalid_code', 'invalid_grant'])(
    'reports that the code is invalid, not a refresh token: %s',
    (error) => {
      const response = answered({ error });

      expect(response).toMatchObject({
        kind: 'refused',
        failure: {
          code: error,
          message: expect.stringMatching(/A code expires after one to three minutes/),
        },
      });
    },
  );

  test('reports that the redirect URI must be registered', () => {
    expect(answered({ error: 'invalid_redirect_uri' })).toMatchObject({
      kind: 'refused',
      failure: { code: 'unknown_zoho_error', message: expect.stringMatching(/redirect URI.* registered/) },
    });
  });

  test.each([
    ['invalid_client', 200, 'invalid_client', /client id/],
    ['invalid_client_secret', 200, 'invalid_client_secret', /client secret/],
    ['Access Denied', 400, 'throttled', /too many/],
  ])('reports %s as in a refresh', (error, status, code, message) => {
    expect(answered({ error }, status)).toMatchObject({
      kind: 'refused',
      failure: { code, message: expect.stringMatching(message) },
    });
  });

  test.each(['<html></html>', '', 'null', '[]'])('is refused when it is %j', (body) => {
    expect(parseCodeResponse({ status: 200, body })).toMatchObject({
      kind: 'refused',
      failure: { code: 'unrecognized_response' },
    });
  });
});

function answered(body: object, status = 200) {
  return parseCodeResponse({ status, body: JSON.stringify(body) });
}
