import { describe, expect, test } from 'vitest';
import { FAILURE_CLASSES, type Failure } from '../../../../lambdas/core/failures.ts';
import {
  ACCESS_TOKEN_LIFETIME_MS,
  parseTokenResponse,
} from '../../../../lambdas/core/zoho/token-response.ts';
import { ACCESS_TOKEN, HOUR_MS, REFRESH_TOKEN, SECOND_MS, tokenBody } from '../../../support/builders.ts';

const ok = 200;
const THROTTLE = {
  error_description: 'You have made too many requests continuously. Please try again after some time.',
  error: 'Access Denied',
  status: 'failure',
};
const CHINESE_THROTTLE = {
  error_description: '您连续发出了太多请求。请稍后再试。',
  error: '访问被拒绝',
  status: 'failure',
};
const ZOHO_WORDS = [
  'invalid_code',
  'invalid_grant',
  'invalid_token',
  'invalid_client',
  'invalid_client_secret',
];
const HTML = '<!DOCTYPE html><html><head><title>Zoho Accounts</title></head><body>Sorry</body></html>';

describe('an answer with an access token', () => {
  test('is read field by field', () => {
    const { accessToken, ...rest } = tokenOf(tokenBody());

    expect(accessToken.reveal()).toBe(ACCESS_TOKEN);
    expect(rest).toStrictEqual({
      kind: 'token',
      refreshToken: undefined,
      apiDomain: 'https://www.zohoapis.eu',
      unknownApiHost: undefined,
      scope: 'ZohoCRM.modules.ALL',
      lifetimeMs: HOUR_MS,
    });
  });

  test.each([200, 201, 302, 400, 401, 429, 500, 503])(
    'is a success whatever else it says: HTTP %i',
    (status) => {
      expect(parseTokenResponse({ status, body: tokenBody() }).kind).toBe('token');
      expect(parseTokenResponse({ status, body: tokenBody({ error: 'invalid_code' }) }).kind).toBe('token');
    },
  );

  test('may lack everything but the token', () => {
    const body = JSON.stringify({ access_token: ACCESS_TOKEN });

    expect(tokenOf(body)).toMatchObject({
      apiDomain: undefined,
      scope: undefined,
      lifetimeMs: ACCESS_TOKEN_LIFETIME_MS,
    });
  });

  test.each([
    ['ZohoCRM.modules.ALL ZohoCRM.users.READ', 'ZohoCRM.modules.ALL,ZohoCRM.users.READ'],
    ['ZohoCRM.modules.ALL,ZohoCRM.users.READ', 'ZohoCRM.modules.ALL,ZohoCRM.users.READ'],
    ['', undefined],
    [' , ', undefined],
    [null, undefined],
    [['ZohoCRM.modules.ALL'], undefined],
  ])('has its scopes separated by commas: %j', (scope, stored) => {
    expect(tokenOf(tokenBody({ scope })).scope).toBe(stored);
  });

  test.each(['https://www.zohoapis.eu.evil.com', 'http://www.zohoapis.eu', 'not a URL', 5, null])(
    'is accepted without an api_domain of others than Zoho: %j',
    (apiDomain) => {
      expect(tokenOf(tokenBody({ api_domain: apiDomain })).apiDomain).toBeUndefined();
    },
  );

  test.each([
    ['https://www.zohoapis.example', 'www.zohoapis.example'],
    ['http://www.zohoapis.eu', 'www.zohoapis.eu'],
    ['https://WWW.ZOHOAPIS.EU/crm', 'www.zohoapis.eu'],
    [`https://${'x'.repeat(60)}.${'y'.repeat(39)}`, `${'x'.repeat(60)}.${'y'.repeat(39)}`],
    [`https://${'x'.repeat(60)}.${'y'.repeat(40)}`, '(value omitted)'],
    ['https://a_b.example', '(value omitted)'],
    ['mailto:x', '(value omitted)'],
    ['not a URL', '(value omitted)'],
    ['', '(value omitted)'],
    [5, '(value omitted)'],
    [['https://a.example'], '(value omitted)'],
    [null, undefined],
    [undefined, undefined],
  ])('has the host of an api_domain that is not an origin of Zoho: %j', (apiDomain, host) => {
    expect(tokenOf(tokenBody({ api_domain: apiDomain }))).toMatchObject({
      apiDomain: undefined,
      unknownApiHost: host,
    });
  });

  test.each([
    [REFRESH_TOKEN, REFRESH_TOKEN],
    [` ${REFRESH_TOKEN}\n`, REFRESH_TOKEN],
    ['x', 'x'],
    ['y'.repeat(20_000), 'y'.repeat(20_000)],
    [' ', undefined],
    [5, undefined],
    [null, undefined],
  ])('may have a refresh token of any form, which is redacted: %j', (given, read) => {
    const { refreshToken } = tokenOf(tokenBody({ refresh_token: given }));

    expect(refreshToken?.reveal()).toBe(read);
    expect(String(refreshToken)).toBe(read === undefined ? 'undefined' : '[redacted]');
  });

  test.each(['1000.abc', '!'.repeat(8), '~'.repeat(16_384)])(
    'has a token of 8 to 16,384 printable characters',
    (text) => {
      expect(tokenOf(tokenBody({ access_token: text })).accessToken.reveal()).toBe(text);
    },
  );

  test('does not show its token when it is logged', () => {
    expect(JSON.stringify(tokenOf(tokenBody()))).not.toContain(ACCESS_TOKEN);
  });
});

describe('the lifetime of a token', () => {
  test.each([
    ['the documented one', { expires_in: 3600 }, 3600],
    ['a shorter one', { expires_in: 1800 }, 1800],
    ['a text', { expires_in: '1800' }, 1800],
    ['the legacy shape, milliseconds in expires_in', { expires_in_sec: 3600, expires_in: 3600000 }, 3600],
    ['the legacy shape with a shorter life', { expires_in_sec: 1200, expires_in: 1200000 }, 1200],
    ['the legacy shape as texts', { expires_in_sec: '1200', expires_in: '1200000' }, 1200],
    ['milliseconds alone: never 41 days', { expires_in: 3600000 }, 3600],
    ['longer than Zoho gives', { expires_in: 86400 }, 3600],
    ['missing', { expires_in: undefined }, 3600],
    ['null', { expires_in: null }, 3600],
    ['zero', { expires_in: 0 }, 3600],
    ['negative', { expires_in: -5 }, 3600],
    ['not a number', { expires_in: 'soon' }, 3600],
    ['an empty text', { expires_in: '' }, 3600],
    ['a truth', { expires_in: true }, 3600],
    ['a list', { expires_in: [1800] }, 3600],
    ['out of range', { expires_in: 1e300 }, 3600],
    ['infinite', { expires_in: 'Infinity' }, 3600],
    ['a senseless expires_in_sec beside a good expires_in', { expires_in_sec: 'x', expires_in: 900 }, 900],
    [
      'an infinite expires_in_sec beside a good expires_in',
      { expires_in_sec: 'Infinity', expires_in: 900 },
      900,
    ],
    ['one second', { expires_in: 1 }, 1],
    ['a fraction', { expires_in: 1.9999 }, 1.999],
  ])('%s', (_, fields, seconds) => {
    expect(tokenOf(tokenBody(fields)).lifetimeMs).toBe(seconds * SECOND_MS);
  });
});

describe('text in access_token that a header cannot hold', () => {
  test.each([
    '',
    '7-chars',
    'with a space in it',
    'with\r\na-line: break',
    'with-a-null-\u0000',
    'mit-ümlaut',
    `with a space in it ${'x'.repeat(16_384)}`,
    null,
    5,
    true,
    {},
    [ACCESS_TOKEN],
  ])('is not a token: %j', (accessToken) => {
    const failure = failureOf({ status: ok, body: tokenBody({ access_token: accessToken }) });

    expect(failure.code).toBe('unrecognized_response');
  });
});

test.each([200, 500])('a token that is only too long is a failure of its own: HTTP %i', (status) => {
  const body = tokenBody({ access_token: 'x'.repeat(16_385), error: 'invalid_code' });

  expect(failureOf({ status, body })).toEqual({
    code: 'token_too_long',
    message:
      'Zoho issued a token of more than 16 KB, which this version does not publish. Update the Zoho Token Refresher, or report it. The refresher asks Zoho again after 10 to 30 minutes.',
  });
});

test('a refresh token beside a token that is too long is not lost', () => {
  const body = tokenBody({ access_token: 'x'.repeat(16_385), refresh_token: ' 1000.new ' });

  const response = parseTokenResponse({ status: 200, body });

  expect(response).toMatchObject({ kind: 'refused', failure: { code: 'token_too_long' } });
  expect(response.refreshToken?.reveal()).toBe('1000.new');
});

describe('a definite refusal', () => {
  const definite = [
    ['invalid_client', /data center in the credentials may be the wrong one/],
    ['invalid_client_secret', /does not accept the client secret/],
    ['invalid_code', /is an access token\. Authorize the connection again/],
    ['invalid_grant', /Authorize the connection again/],
    ['invalid_token', /Authorize the connection again/],
  ] as const;

  test.each(definite)(
    '%s is known by its body whatever the status, and its message says what to do',
    (error, advice) => {
      for (const status of [200, 400, 401, 403, 500]) {
        const failure = failureOf({ status, body: JSON.stringify({ error }) });

        expect(failure.code).toBe(error);
        expect(failure.message).toMatch(advice);
      }
    },
  );

  test('is known in capitals and with spaces around it', () => {
    expect(failureOf({ status: ok, body: '{"error":" Invalid_Code "}' }).code).toBe('invalid_code');
  });
});

describe('a throttle', () => {
  test.each([
    ['the documented body', 400, JSON.stringify(THROTTLE)],
    ['the older HTTP 200', 200, JSON.stringify(THROTTLE)],
    ['in Chinese', 400, JSON.stringify(CHINESE_THROTTLE)],
    ['in Chinese with the older HTTP 200', 200, JSON.stringify(CHINESE_THROTTLE)],
    ['without a description', 400, '{"error":"Access Denied","status":"failure"}'],
    ['without a status', 400, '{"error":"Access Denied"}'],
    ['in small letters', 400, '{"error":"access denied"}'],
    ['with nothing but its status', 400, '{"status":"failure"}'],
    ["in third parties' words", 400, '{"error":"too_many_requests"}'],
    ['HTTP 429 with JSON', 429, '{"message":"slow down"}'],
    ['HTTP 429 with HTML', 429, HTML],
    ['HTTP 429 with nothing', 429, ''],
  ])('%s', (_, status, body) => {
    const failure = failureOf({ status, body });

    expect(failure.code).toBe('throttled');
    expect(failure.message).toContain('The refresh token is still valid.');
  });
});

describe('an answer that says nothing definite', () => {
  test.each([
    ['HTML with HTTP 200', 200, HTML, 'unrecognized_response'],
    ['HTML with HTTP 400', 400, HTML, 'unrecognized_response'],
    ['HTML with HTTP 403', 403, HTML, 'unrecognized_response'],
    ['HTML with HTTP 404', 404, HTML, 'unrecognized_response'],
    ['HTML with HTTP 502', 502, HTML, 'server_error'],
    ['JSON with HTTP 500', 500, '{"message":"internal"}', 'server_error'],
    ['an unknown error with HTTP 503', 503, '{"error":"maintenance"}', 'server_error'],
    ['a redirect', 302, '', 'redirect_refused'],
    ['a choice of targets', 300, '', 'redirect_refused'],
    ['a redirect with HTML', 301, HTML, 'redirect_refused'],
    ['a redirect that keeps the method', 307, '{}', 'redirect_refused'],
    ['an unknown error', 200, '{"error":"general_error"}', 'unknown_zoho_error'],
    ['the error of another request', 200, '{"error":"invalid_redirect_uri"}', 'unknown_zoho_error'],
    ['an empty error', 400, '{"error":""}', 'unknown_zoho_error'],
    ['an error of the prototype', 400, '{"error":"constructor"}', 'unknown_zoho_error'],
    ['an error that is not a text', 400, '{"error":{"code":"invalid_code"}}', 'unrecognized_response'],
    ['nothing', 200, '', 'unrecognized_response'],
    ['null', 200, 'null', 'unrecognized_response'],
    ['a list', 200, `[{"access_token":"${ACCESS_TOKEN}"}]`, 'unrecognized_response'],
    ['half a body', 200, tokenBody().slice(0, -2), 'unrecognized_response'],
    ['a success of another endpoint', 200, '{"status":"success"}', 'unrecognized_response'],
  ])('%s', (_, status, body, code) => {
    const failure = failureOf({ status, body });

    expect(failure.code).toBe(code);
    expect(failure.message).toContain(`HTTP ${status}`);
  });

  test.each(Object.keys(FAILURE_CLASSES).filter((code) => !ZOHO_WORDS.includes(code)))(
    'is an unknown error even if it has the name of one of our codes: %s',
    (code) => {
      const failure = failureOf({ status: 400, body: JSON.stringify({ error: code }) });

      expect(failure.code).toBe('unknown_zoho_error');
    },
  );

  test.each(['x', 'x'.repeat(40), 'general_error'])(
    'is quoted when its error looks like a code: %s',
    (error) => {
      expect(failureOf({ status: 400, body: JSON.stringify({ error }) }).message).toBe(
        `Zoho answered HTTP 400 with error "${error}", which is not a known error. It is retried automatically.`,
      );
    },
  );
});

describe("Zoho's own word for a failure", () => {
  test.each([
    ['a refusal', 200, '{"error":" Invalid_Code "}', 'Invalid_Code'],
    ['a throttle', 400, JSON.stringify(THROTTLE), 'Access Denied'],
    ['an error of the server', 500, '{"error":"general_error"}', 'general_error'],
  ])('is reported for %s as Zoho wrote it', (_, status, body, zohoError) => {
    expect(failureOf({ status, body }).zohoError).toBe(zohoError);
  });

  test.each([
    ['a text in another script', 400, JSON.stringify(CHINESE_THROTTLE)],
    ['an empty text', 400, '{"error":""}'],
    ['a text that may be a secret', 400, JSON.stringify({ error: REFRESH_TOKEN })],
    ['no text', 400, '{"error":7}'],
    ['HTML', 503, HTML],
  ])('is not reported for %s', (_, status, body) => {
    expect(failureOf({ status, body }).zohoError).toBeUndefined();
  });
});

describe('an error text that carries a secret', () => {
  test.each([
    'x'.repeat(41),
    REFRESH_TOKEN,
    `bad token ${REFRESH_TOKEN}`,
    ACCESS_TOKEN,
    `client_secret=${'a1'.repeat(20)}`,
  ])('is never quoted: %s', (error) => {
    const { message } = failureOf({ status: 400, body: JSON.stringify({ error }) });

    expect(message).toContain('an error (value omitted)');
    expect(message).not.toContain(error);
  });

  test.each([
    ['another field', JSON.stringify({ error: 'general_error', error_description: REFRESH_TOKEN })],
    ['the field of a token', JSON.stringify({ error: 'general_error', refresh_token: REFRESH_TOKEN })],
    ['a body that is not JSON', `<html>${REFRESH_TOKEN}</html>`],
  ])('is not quoted from %s either', (_, body) => {
    expect(failureOf({ status: 400, body }).message).not.toContain(REFRESH_TOKEN);
  });
});

function tokenOf(body: string) {
  const response = parseTokenResponse({ status: ok, body });
  if (response.kind !== 'token') throw new Error(`not a token: ${response.failure.code}`);
  return response;
}

function failureOf(answer: { status: number; body: string }): Failure {
  const response = parseTokenResponse(answer);
  if (response.kind !== 'refused') throw new Error('this is a token');
  return response.failure;
}
