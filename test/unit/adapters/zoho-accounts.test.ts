import { describe, expect, test } from 'vitest';
import { type AccountsConnection, postToAccounts } from '../../../lambdas/adapters/accounts-request.ts';
import { createZohoAccounts } from '../../../lambdas/adapters/zoho-accounts.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import type { Credentials } from '../../../lambdas/core/secrets/credentials.ts';
import { ManualClock } from '../../../sandbox/deployment/clock.ts';
import {
  ACCESS_TOKEN,
  CLIENT_ID,
  CLIENT_SECRET,
  HOUR_MS,
  NOW_MS,
  REFRESH_TOKEN,
  tokenBody,
} from '../../support/builders.ts';

const REQUEST = { dataCenter: 'eu', path: '/oauth/v2/token', parameters: { a: 'b c', d: 'ü' } } as const;
const CREDENTIALS: Credentials = {
  clientId: CLIENT_ID,
  clientSecret: new Redacted(CLIENT_SECRET),
  refreshToken: new Redacted(REFRESH_TOKEN),
  dataCenter: 'jp',
  clientType: 'server-based',
  scope: undefined,
  authorizedAt: undefined,
};

function connectionThat(answer: (init: RequestInit) => Response | Promise<Response>) {
  const requests: { readonly url: unknown; readonly init: RequestInit }[] = [];
  const clock = new ManualClock(NOW_MS);
  const connection: AccountsConnection = {
    timeoutMs: 10_000,
    clock,
    fetch: async (url, init = {}) => {
      requests.push({ url, init });
      return await answer(init);
    },
  };
  return { connection, clock, requests };
}

const post = (connection: AccountsConnection, signal = new AbortController().signal) =>
  postToAccounts(connection, REQUEST, signal);

/** Never answers, and rejects when it is aborted. */
const silent = ({ signal }: RequestInit) =>
  new Promise<Response>((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason));
  });

describe('a call of an accounts server', () => {
  test('posts the parameters in the body, and follows no redirect', async () => {
    const { connection, requests } = connectionThat(() => new Response('{}', { status: 302 }));

    expect(await post(connection)).toEqual({ kind: 'answer', answer: { status: 302, body: '{}' } });
    expect(requests).toEqual([
      {
        url: 'https://accounts.zoho.eu/oauth/v2/token',
        init: {
          method: 'POST',
          redirect: 'manual',
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            accept: 'application/json',
            connection: 'close',
          },
          body: 'a=b+c&d=%C3%BC',
          signal: expect.any(AbortSignal),
        },
      },
    ]);
  });

  test('may have no body', async () => {
    const { connection } = connectionThat(() => new Response(null));

    expect(await post(connection)).toMatchObject({ answer: { status: 200, body: '' } });
  });

  test('joins the bytes of characters that two chunks share', async () => {
    const [first, second] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)];
    const body = ReadableStream.from([first, second]);
    const { connection } = connectionThat(() => new Response(body));

    expect(await post(connection)).toMatchObject({ answer: { body: 'ü' } });
  });

  test.each([
    [64 * 1024, 'answer'],
    [64 * 1024 + 1, 'none'],
  ])('reads at most 64 KB: %i bytes', async (length, kind) => {
    const { connection } = connectionThat(() => new Response('x'.repeat(length)));

    expect(await post(connection)).toMatchObject({ kind });
  });

  test('says what a larger body is not', async () => {
    const { connection } = connectionThat(() => new Response('x'.repeat(70_000), { status: 502 }));

    expect(await post(connection)).toEqual({
      kind: 'none',
      failure: {
        code: 'response_too_large',
        message:
          'Zoho answered HTTP 502 with more than 64 KB, which is not a token response. It is retried automatically.',
      },
    });
  });
});

describe('a call that gets no answer', () => {
  const timeout = {
    kind: 'none',
    failure: {
      code: 'timeout',
      message: 'accounts.zoho.eu did not answer in time. It is retried automatically.',
    },
  };

  test('ends with its own timeout', async () => {
    const { connection, clock } = connectionThat(silent);
    const answer = post(connection);

    clock.advance(10_000);

    expect(await answer).toEqual(timeout);
  });

  test("ends with the caller's signal, and has its reason", async () => {
    const reasons: unknown[] = [];
    const { connection } = connectionThat((init) =>
      silent(init).catch((reason) => {
        reasons.push(reason);
        throw reason;
      }),
    );
    const caller = new AbortController();
    const answer = post(connection, caller.signal);

    caller.abort('the caller left');

    expect(await answer).toEqual(timeout);
    expect(reasons).toEqual(['the caller left']);
  });

  test('is not waited for under a signal that was aborted before', async () => {
    const { connection, requests } = connectionThat(silent);

    expect(await post(connection, AbortSignal.abort())).toEqual(timeout);
    expect(requests[0]?.init.signal?.aborted).toBe(true);
  });

  test('leaves no listener behind', async () => {
    const listeners = new Set<unknown>();
    const { signal } = new AbortController();
    signal.addEventListener = (_type: string, listener: unknown) => void listeners.add(listener);
    signal.removeEventListener = (type: string, listener: unknown) => {
      if (type === 'abort') listeners.delete(listener);
    };
    let during = 0;
    const { connection } = connectionThat(() => {
      during = listeners.size;
      return new Response('{}');
    });

    await post(connection, signal);

    expect({ during, after: listeners.size }).toEqual({ during: 1, after: 0 });
  });

  test.each<[unknown, string]>([
    [
      new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }),
      'ECONNRESET',
    ],
    [new TypeError('x', { cause: Object.assign(new Error(), { code: 'UND_ERR_SOCKET' }) }), 'UND_ERR_SOCKET'],
    [new TypeError('x', { cause: Object.assign(new Error(), { code: REFRESH_TOKEN }) }), 'no code'],
    [new TypeError('x', { cause: Object.assign(new Error(), { code: 'xECONNRESET' }) }), 'no code'],
    [new TypeError('x', { cause: Object.assign(new Error(), { code: 'ECONNRESETx' }) }), 'no code'],
    [new TypeError('x', { cause: Object.assign(new Error(), { code: 'E' }) }), 'no code'],
    [new TypeError('x', { cause: new Error('y') }), 'no code'],
    [new TypeError('x', { cause: { code: 'ECONNRESET' } }), 'no code'],
    [new TypeError('x'), 'no code'],
    [{ cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }, 'no code'],
    [undefined, 'no code'],
  ])('names the code of a network error, and no other text: %s', async (error, code) => {
    const { connection } = connectionThat(() => {
      throw error;
    });

    expect(await post(connection)).toEqual({
      kind: 'none',
      failure: {
        code: 'network_error',
        message: `accounts.zoho.eu could not be reached (${code}). It is retried automatically.`,
      },
    });
  });
});

describe('the token endpoint', () => {
  test('gets the refresh request of RFC 6749 at the data center of the credentials', async () => {
    const { connection, requests } = connectionThat(() => new Response(tokenBody()));

    const response = await createZohoAccounts(connection).refresh(CREDENTIALS, new AbortController().signal);

    expect(response).toMatchObject({ kind: 'token', lifetimeMs: HOUR_MS });
    expect(response.kind === 'token' && response.accessToken.reveal()).toBe(ACCESS_TOKEN);
    expect(requests[0]?.url).toBe('https://accounts.zoho.jp/oauth/v2/token');
    expect(Object.fromEntries(new URLSearchParams(String(requests[0]?.init.body)))).toEqual({
      grant_type: 'refresh_token',
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      refresh_token: REFRESH_TOKEN,
    });
  });

  test('that does not answer is a refusal', async () => {
    const { connection } = connectionThat(() => Promise.reject(new TypeError('fetch failed')));

    expect(
      await createZohoAccounts(connection).refresh(CREDENTIALS, new AbortController().signal),
    ).toMatchObject({ kind: 'refused', failure: { code: 'network_error' } });
  });
});
