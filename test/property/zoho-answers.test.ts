import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classOf } from '../../lambdas/core/failures.ts';
import { formatScopes, parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { parseTokenResponse } from '../../lambdas/core/zoho/token-response.ts';
import { ACCESS_TOKEN, HOUR_MS, REFRESH_TOKEN, SECOND_MS, tokenBody } from '../support/builders.ts';
import { leaks } from './arbitraries.ts';
import { anyText, damagedJson, nearMisses } from './damaged-json.ts';
import { forAll, runs, runsAfter } from './fuzz-runs.ts';

/** Bodies from Zoho's documentation and from recorded responses. */
const SOUND = [
  JSON.parse(tokenBody()) as Record<string, unknown>,
  { access_token: ACCESS_TOKEN, expires_in_sec: 3600, expires_in: 3_600_000, token_type: 'Bearer' },
  { error: 'invalid_code' },
  { error: 'invalid_client' },
  { error: 'Access Denied', error_description: 'You have made too many requests.', status: 'failure' },
  { error: '访问被拒绝', error_description: '您连续发出了太多请求。', status: 'failure' },
];

/** By field: words with a meaning, and words that are almost the same. */
const TELLING = {
  access_token: [
    ...[
      'x'.repeat(7),
      'x'.repeat(8),
      'x'.repeat(16_384),
      'x'.repeat(16_385),
      '!'.repeat(8),
      '~'.repeat(8),
      '',
    ],
    ...[
      'with a space',
      'mit-ümlaut',
      'a-tab\there',
      '\u007f'.repeat(8),
      `${ACCESS_TOKEN}\n`,
      [ACCESS_TOKEN],
      12345678,
    ],
  ],
  error: [
    ...['invalid_code', 'invalid_grant', 'invalid_token', 'invalid_client', 'invalid_client_secret'],
    ...[
      ' Invalid_Code\n',
      'INVALID_CLIENT',
      'invalid_code.',
      'invalid_redirect_uri',
      'general_error',
      ['invalid_code'],
    ],
    ...[
      'Access Denied',
      'access denied',
      'too_many_requests',
      'TOO_MANY_REQUESTS',
      'failure',
      '访问被拒绝',
      'constructor',
    ],
  ],
  status: ['failure', 'Failure', 'failure ', 'success', ['failure'], 429],
};

const damagedAnswer = damagedJson(SOUND, TELLING);
const status = fc.oneof(
  fc.constantFrom(200, 201, 302, 400, 401, 403, 429, 500, 503),
  fc.integer({ min: 100, max: 599 }),
);

describe('a response of the token endpoint, however damaged', () => {
  const examples = SOUND.slice(0, 3).flatMap((document) => nearMisses(document, TELLING));

  test('is judged according to the documented table', () =>
    forAll(
      [fc.tuple(status, damagedAnswer)],
      runsAfter(
        examples.map((example, index) => [[200, 400, 429, 503][index % 4] ?? 200, example] as const),
        250,
      ),
      ([httpStatus, { text, fields }]) => {
        const response = parseTokenResponse({ status: httpStatus, body: text });

        const verdict = response.kind === 'token' ? 'token' : classOf(response.failure.code);
        expect(verdict).toBe(judge(httpStatus, fields));
      },
    ));

  const unknownKey = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'Error', 'access_token ', 'hasOwnProperty'),
    fc.string({ maxLength: 20 }).filter((key) => !KNOWN_KEYS.includes(key)),
  );

  test('is judged the same with unknown keys', () =>
    forAll(
      [status, fc.constantFrom(...SOUND), fc.tuple(unknownKey, fc.json({ maxDepth: 1 }))],
      runs(100),
      (httpStatus, document, [key, json]) => {
        const sound = JSON.stringify(document);
        const answer = parseTokenResponse({ status: httpStatus, body: sound });

        const extended = parseTokenResponse({
          status: httpStatus,
          body: `${sound.slice(0, -1)},${JSON.stringify(key)}:${json}}`,
        });

        expect(shapeOf(extended)).toEqual(shapeOf(answer));
      },
    ));

  const answerWithSecret = damagedJson(
    [...SOUND, { error: REFRESH_TOKEN, error_description: REFRESH_TOKEN, status: 'failure' }],
    {},
    [
      ...[REFRESH_TOKEN, `${REFRESH_TOKEN} `, `bad token ${REFRESH_TOKEN}`, [REFRESH_TOKEN]],
      { [REFRESH_TOKEN]: REFRESH_TOKEN },
    ],
  );

  test('never shows its secrets, not even when it is inspected', () =>
    forAll([status, answerWithSecret], runs(100), (httpStatus, { text }) => {
      const response = parseTokenResponse({ status: httpStatus, body: text });

      const shown = response.kind === 'token' ? { ...response, scope: undefined } : response;
      const said = JSON.stringify(shown) + inspect(shown, { depth: 9, showHidden: true });
      expect(leaks(said, REFRESH_TOKEN) || leaks(said, ACCESS_TOKEN)).toBe(false);
    }));

  test('has its scopes in one format: separated by commas, without spaces or duplicates', () => {
    const scope = fc.oneof(
      anyText(30),
      fc
        .array(fc.constantFrom('A.READ', 'B.READ', ' ', ',', '\t', '\u00a0', '\u2028'))
        .map((parts) => parts.join('')),
    );

    return forAll([scope], runs(100), (given) => {
      const granted = scopeOf(given);

      expect(granted === undefined || !/[\s]|,,|^,|,$|^$/.test(granted)).toBe(true);
      expect(new Set(granted?.split(',')).size).toBe(granted?.split(',').length ?? 0);
      expect(scopeOf(granted)).toBe(granted);
      expect(formatScopes(parseScopes(granted ?? ''))).toBe(granted ?? '');
    });
  });
});

describe('the lifetime of a token', () => {
  const seconds = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 1, max: 1e9, noNaN: true }));

  test('is what Zoho says, up to an hour, as a number or as text', () =>
    forAll([seconds, fc.constantFrom('expires_in', 'expires_in_sec')], runs(60), (given, key) => {
      const asNumber = lifetimeOf({ expires_in: undefined, [key]: given });
      const asText = lifetimeOf({ expires_in: undefined, [key]: ` ${given}` });

      expect(Math.abs(asNumber - Math.min(given * SECOND_MS, HOUR_MS))).toBeLessThan(1);
      expect(asText).toBe(asNumber);
    }));

  test('never shrinks when Zoho says more', () =>
    forAll([seconds, seconds], runs(60), (one, other) => {
      const shorter = lifetimeOf({ expires_in: Math.min(one, other) });
      const longer = lifetimeOf({ expires_in: Math.max(one, other) });

      expect(shorter).toBeLessThanOrEqual(longer);
    }));

  test('is expires_in_sec if given, whatever expires_in says', () =>
    forAll([seconds, fc.oneof(fc.jsonValue({ maxDepth: 1 }), seconds)], runs(60), (given, other) => {
      const alone = lifetimeOf({ expires_in: undefined, expires_in_sec: given });

      expect(lifetimeOf({ expires_in: other, expires_in_sec: given })).toBe(alone);
    }));

  const anyValue = fc.oneof(
    fc.jsonValue(),
    fc.double(),
    fc.integer(),
    fc.double().map(String),
    fc.constantFrom(3600, 3600000, '3600', 0, -0, 1, 0.001, 1e308, 'NaN', '-Infinity', '0x10', ' '),
  );

  test('is above zero and up to an hour, whatever Zoho says', () =>
    forAll([anyValue, anyValue], runs(1000), (expires_in, expires_in_sec) => {
      const lifetimeMs = lifetimeOf({ expires_in, expires_in_sec });

      expect(lifetimeMs).toBeGreaterThan(0);
      expect(lifetimeMs).toBeLessThanOrEqual(HOUR_MS);
    }));

  const senseless = fc.constantFrom<unknown>(
    null,
    '',
    ' ',
    'soon',
    [],
    [900],
    {},
    true,
    -5,
    '-5',
    'NaN',
    '1e999',
  );

  test('is an hour if Zoho says nothing valid', () =>
    forAll([senseless, senseless], runs(40), (expires_in, expires_in_sec) => {
      expect(lifetimeOf({ expires_in, expires_in_sec })).toBe(HOUR_MS);
    }));
});

/** Zoho's documented table, applied to the fields of a body alone. */
function judge(status: number, fields: ReadonlyMap<string, unknown> | undefined): string {
  const token = fields?.get('access_token');
  if (typeof token === 'string' && isPrintable(token))
    return token.length <= 16_384 ? 'token' : 'unusable-token';

  const error = fields?.get('error');
  switch (typeof error === 'string' ? error.trim().toLowerCase() : undefined) {
    case 'invalid_code':
    case 'invalid_grant':
    case 'invalid_token':
      return 'reauthorize';
    case 'invalid_client':
    case 'invalid_client_secret':
      return 'configuration';
    case 'access denied':
    case 'too_many_requests':
      return 'throttled';
    default:
      return status === 429 || fields?.get('status') === 'failure' ? 'throttled' : 'transient';
  }
}

function isPrintable(text: string): boolean {
  const codes = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return text.length >= 8 && codes.every((code) => code > 0x20 && code < 0x7f);
}

const KNOWN_KEYS = [
  'access_token',
  'refresh_token',
  'error',
  'status',
  'scope',
  'api_domain',
  'expires_in',
  'expires_in_sec',
];

function shapeOf(response: ReturnType<typeof parseTokenResponse>) {
  if (response.kind !== 'token') return response;
  const { accessToken, refreshToken } = response;
  return { ...response, accessToken: accessToken.reveal(), refreshToken: refreshToken?.reveal() };
}

function lifetimeOf(fields: Record<string, unknown>): number {
  const response = parseTokenResponse({ status: 200, body: tokenBody(fields) });
  return response.kind === 'token' ? response.lifetimeMs : Number.NaN;
}

function scopeOf(scope: string | undefined): string | undefined {
  const response = parseTokenResponse({ status: 200, body: tokenBody({ scope }) });
  return response.kind === 'token' ? response.scope : 'no token';
}
