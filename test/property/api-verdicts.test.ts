import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ApiVerdict, judgeApiAnswer, mayBeRejection } from '../../lambdas/core/zoho/api-rejections.ts';
import { anyPath, anyText, damagedJson } from './damaged-json.ts';
import { forAll, runs } from './fuzz-runs.ts';

/** Independent copy of the documentation: how Zoho's products say "not authorized". */
const TOKEN = ['INVALID_TOKEN', 14, 'INVALID_OAUTH', 1030, 'INVALID_OAUTHTOKEN', 6401] as const;
const AMBIGUOUS = ['AUTHENTICATION_FAILURE', 57] as const;
const NOT_THE_TOKEN = [
  ...['OAUTH_SCOPE_MISMATCH', 'NO_PERMISSION', 'SCOPE_MISMATCH', 'OAUTH_ORG_MISMATCH', 'INVALID_OAUTHSCOPE'],
  ...[2945, 6890],
] as const;

const HTML = '<!DOCTYPE html><html><body>Sorry</body></html>';
const SOUND = [
  { code: 'INVALID_TOKEN', message: 'invalid oauth token', status: 'error', details: {} },
  { code: 57, message: 'You are not authorized to perform this operation' },
  { errorCode: 'SCOPE_MISMATCH', message: 'The OAuth Token is invalid.' },
  { error: { code: 6401, message: 'Invalid OAuth access token.' } },
  { data: { errorCode: 'INVALID_OAUTHTOKEN' }, status: { code: 404, description: 'Invalid Input' } },
  { errors: [{ code: 'INVALID_OAUTHSCOPE' }] },
];
const CODES = [...TOKEN, ...AMBIGUOUS, ...NOT_THE_TOKEN];
const TELLING = [...CODES, 'constructor', '14 ', 14.5, [{ code: 14 }], { code: 14 }];

const status = fc.oneof(fc.constantFrom(400, 401, 403), fc.integer({ min: 200, max: 599 }));
const pathname = fc.oneof(fc.constantFrom('/crm/v8/Leads', '/bookings/v1/json', '/books/v3'), anyPath());
const body = fc.oneof(
  damagedJson(SOUND, {}, TELLING).map(({ text }) => text),
  fc.constantFrom(HTML, ` ${HTML}`, HTML.toLowerCase(), '', '<', '<html', '[{"code":"INVALID_TOKEN"}]'),
  anyText(40),
);

/** Where products put their codes, as text and as numbers. */
const place = fc.constantFrom<(code: unknown) => object>(
  (code) => ({ code, message: 'x' }),
  (code) => ({ errorCode: code }),
  (code) => ({ error_code: code }),
  (code) => ({ error: { code } }),
  (code) => ({ error: code }),
  (code) => ({ data: { errorCode: code } }),
  (code) => ({ errors: [{ code }, { code: 'SOMETHING_ELSE' }] }),
);
const asText = fc.boolean();

describe('any response of an API', () => {
  test('gets one of the four verdicts, and concerns authorization only with HTTP 400, 401 and 403', () =>
    forAll([status, body, pathname], runs(300), (httpStatus, text, path) => {
      const verdict = judgeApiAnswer({ status: httpStatus, body: text, url: urlOf(path) });

      const isAboutAuthorization = [400, 401, 403].includes(httpStatus);
      expect(VERDICTS_OF_STATUS[httpStatus] ?? ['accepted']).toContain(verdict);
      expect(mayBeRejection(httpStatus)).toBe(isAboutAuthorization);
    }));

  const codes = fc.constantFrom(
    ...TOKEN.map((code) => ({ code, verdict: 'token' as ApiVerdict })),
    ...AMBIGUOUS.map((code) => ({ code, verdict: 'ambiguous' as ApiVerdict })),
    ...NOT_THE_TOKEN.map((code) => ({ code, verdict: 'not-the-token' as ApiVerdict })),
  );

  test('is judged by its codes as documented, wherever they are and however they are written', () =>
    forAll([codes, place, asText, pathname], runs(60), ({ code, verdict }, put, isText, path) => {
      const text = JSON.stringify(put(isText ? String(code) : code));

      const verdicts = [400, 401, 403].map((httpStatus) =>
        judgeApiAnswer({ status: httpStatus, body: text, url: urlOf(path) }),
      );

      const isScope = verdict === 'not-the-token';
      const ofBadRequest = code === 'INVALID_TOKEN' ? 'token' : 'accepted';
      expect(verdicts).toEqual(isScope ? [verdict, verdict, verdict] : [ofBadRequest, verdict, 'accepted']);
    }));

  test('with a scope code never leads to a new token, whatever other codes it has', () =>
    forAll(
      [
        fc.constantFrom(400, 401, 403),
        fc.constantFrom(...NOT_THE_TOKEN),
        fc.constantFrom(...TOKEN, ...AMBIGUOUS),
        fc.boolean(),
      ],
      runs(40),
      (httpStatus, code, beside, isFirst) => {
        const text = isFirst ? { code, error: { code: beside } } : { code: beside, error: { code } };

        const verdict = judgeApiAnswer({
          status: httpStatus,
          body: JSON.stringify(text),
          url: urlOf('/crm'),
        });

        expect(verdict).toBe('not-the-token');
      },
    ));

  const unknown = fc.dictionary(
    fc.constantFrom('__proto__', 'constructor', 'Code', 'message', 'details', 'trace_id', 'INVALID_TOKEN'),
    fc.oneof(fc.constantFrom<unknown>(...TELLING), fc.jsonValue({ maxDepth: 1 })),
  );

  test('is judged the same with unknown keys', () =>
    forAll([status, fc.constantFrom(...SOUND), unknown], runs(60), (httpStatus, document, keys) => {
      const judge = (value: object) =>
        judgeApiAnswer({ status: httpStatus, body: JSON.stringify(value), url: urlOf('/crm') });

      expect(judge(Object.fromEntries([...Object.entries(keys), ...Object.entries(document)]))).toBe(
        judge(document),
      );
    }));

  test('with HTTP 401 and no known code is ambiguous, unless it is an HTML page, which rejects the token', () =>
    forAll([anyText(60), pathname], runs(40), (text, path) => {
      const judge = (given: string) => judgeApiAnswer({ status: 401, body: given, url: urlOf(path) });

      expect([judge(`x${text}`), judge(`\n<HTML>${text}`)]).toEqual(['ambiguous', 'token']);
    }));
});

/** The path as it is, also one that begins with `//`. */
function urlOf(path: string): URL {
  return Object.assign(new URL('https://www.zohoapis.eu'), { pathname: path });
}

const VERDICTS_OF_STATUS: Readonly<Record<number, readonly ApiVerdict[]>> = {
  400: ['token', 'not-the-token', 'accepted'],
  401: ['token', 'ambiguous', 'not-the-token'],
  403: ['not-the-token', 'accepted'],
};
