import { describe, expect, test } from 'vitest';
import type { AccountsConnection } from '../../../lambdas/adapters/accounts-request.ts';
import { exchangeCode } from '../../../lambdas/adapters/consent/exchange-code.ts';
import { revokeRefreshToken } from '../../../lambdas/adapters/consent/revoke-token.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { ManualClock } from '../../../sandbox/deployment/clock.ts';
import { CLIENT_ID, CLIENT_SECRET, NOW_MS, REFRESH_TOKEN, tokenBody } from '../../support/builders.ts';

const { signal } = new AbortController();

/** An accounts server that gives an answer, or none. */
function accountsThat(answer: Response | Error) {
  const requests: { url: string; parameters: object }[] = [];
  const accounts: AccountsConnection = {
    timeoutMs: 10_000,
    clock: new ManualClock(NOW_MS),
    fetch: (url, init) => {
      const parameters = Object.fromEntries(new URLSearchParams(String(init?.body)));
      requests.push({ url: String(url), parameters });
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { accounts, requests };
}

const unreachable = new TypeError('fetch failed');
const throttled = () =>
  new Response('{"error":"Access Denied","error_description":"too many requests"}', { status: 400 });

describe('a code', () => {
  const EXCHANGE = {
    dataCenter: 'jp',
    client: { clientId: CLIENT_ID, clientSecret: new Redacted(CLIENT_SECRET) },
    code: new Redacted('1000.code'),
    redirectUri: undefined,
  } as const;
  const PARAMETERS = {
    grant_type: 'authorization_code',
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    code: '1000.code',
  };

  test.each([
    ['of a self client without a redirect URI', undefined, {}],
    ['with the redirect URI of its request', 'https://a.example', { redirect_uri: 'https://a.example' }],
  ])('is exchanged at its data center, %s', async (_, redirectUri, more) => {
    const { accounts, requests } = accountsThat(new Response(tokenBody({ refresh_token: REFRESH_TOKEN })));

    const response = await exchangeCode(accounts, { ...EXCHANGE, redirectUri }, signal);

    expect(response).toMatchObject({ kind: 'granted', refreshToken: new Redacted(REFRESH_TOKEN) });
    expect(requests).toEqual([
      { url: 'https://accounts.zoho.jp/oauth/v2/token', parameters: { ...PARAMETERS, ...more } },
    ]);
  });

  test('that gets no answer is refused, with the reason', async () => {
    const { accounts } = accountsThat(unreachable);

    expect(await exchangeCode(accounts, EXCHANGE, signal)).toMatchObject({
      kind: 'refused',
      failure: { code: 'network_error' },
    });
  });
});

describe('a refresh token', () => {
  const revoke = async (answer: Response | Error) => {
    const { accounts, requests } = accountsThat(answer);
    const token = { dataCenter: 'au', refreshToken: new Redacted(REFRESH_TOKEN) } as const;
    return { revocation: await revokeRefreshToken(accounts, token, signal), requests };
  };

  test('is revoked at its data center', async () => {
    const { revocation, requests } = await revoke(new Response('{"status":"success"}'));

    expect(revocation).toEqual({ kind: 'revoked' });
    expect(requests).toEqual([
      { url: 'https://accounts.zoho.com.au/oauth/v2/token/revoke', parameters: { token: REFRESH_TOKEN } },
    ]);
  });

  test.each(['{"error":"invalid_token"}', '<html>'])(
    'that Zoho no longer knows is invalid: %s',
    async (body) => {
      const { revocation } = await revoke(new Response(body, { status: 400 }));

      expect(revocation).toEqual({ kind: 'already-invalid' });
    },
  );

  test.each([
    ['Zoho throttles', throttled(), 'throttled'],
    ['there is no answer', unreachable, 'network_error'],
  ])('may still be valid if %s', async (_, answer, code) => {
    expect((await revoke(answer)).revocation).toMatchObject({ kind: 'refused', failure: { code } });
  });

  test.each([200, 500])(
    'may still be valid after an answer with status %d that says neither',
    async (status) => {
      expect((await revoke(new Response('{}', { status }))).revocation).toEqual({
        kind: 'unclear',
        status,
      });
    },
  );
});
