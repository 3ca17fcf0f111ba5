import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ApiVerdict, judgeApiAnswer, mayBeRejection } from '../../lambdas/core/zoho/api-rejections.ts';
import { anyPath, anyText, damagedJson } from './damaged-json.ts';
import { forAll, runs } from './fuzz-runs.ts';

/** Independent copy of the documentation: words that mean the same for every product. */
const TOKEN = ['INVALID_TOKEN', 'INVALID_OAUTH', 'INVALID_OAUTHTOKEN', 'oauthtoken_invalid'] as const;
const NOT_THE_TOKEN = [
  ...['OAUTH_SCOPE_MISMATCH', 'NO_PERMISSION', 'SCOPE_MISMATCH', 'OAUTH_ORG_MISMATCH', 'INVALID_OAUTHSCOPE'],
  'oauthtoken_scope_invalid',
] as const;

/** Independent copy of the documentation: numbers of one product. */
const NUMBERS: readonly [where: string, code: number, verdict: ApiVerdict][] = [
  ['www.zohoapis.eu/books/v3/invoices', 14, 'token'],
  ['www.zohoapis.com.au/creator/v2.1/data', 1030, 'token'],
  ['www.zohoapis.com.au/creator/v2.1/data', 2945, 'not-the-token'],
  ['projectsapi.zoho.in/restapi/portals/', 6401, 'token'],
  ['projects.zoho.in/restapi/portals/', 6890, 'not-the-token'],
  ['analyticsapi.zohocloud.ca/restapi/v2/orgs', 8535, 'token'],
  ['analyticsapi.zohocloud.ca/restapi/v2/orgs', 8540, 'not-the-token'],
  ['people.zoho.jp/people/api/forms', 7218, 'not-the-token'],
];

const HTML = '<!DOCTYPE html><html><body>Sorry</body></html>';
const SOUND = [
  { code: 'INVALID_TOKEN', message: 'invalid oauth token', status: 'error', details: {} },
  { code: 57, message: 'You are not authorized to perform this operation' },
  { errorCode: 'SCOPE_MISMATCH', message: 'The OAuth Token is invalid.' },
  { error: { code: 6401, message: 'Invalid OAuth access token.' } },
  { data: { errorCode: 'INVALID_OAUTHTOKEN' }, status: { code: 404, description: 'Invalid Input' } },
  { errors: [{ id: 'F7003', title: 'Invalid OAuth token.' }] },
];
const TELLING = [...TOKEN, ...NOT_THE_TOKEN, 14, 'constructor', '14 ', 14.5, [{ code: 14 }], { code: 14 }];

const status = fc.oneof(fc.constantFrom(400, 401, 403, 500), fc.integer({ min: 200, max: 599 }));
const pathname = fc.oneof(
  fc.constantFrom('/crm/v8/Leads', '/bookings/v1/json', '/books/v3', '/workdrive/api/v1/files'),
  anyPath(),
);
const body = fc.oneof(
  damagedJson(SOUND, {}, TELLING).map(({ text }) => text),
  fc.constantFrom(HTML, ` ${HTML}`, HTML.toLowerCase(), '', '<', '<html', '[{"code":"INVALID_TOKEN"}]'),
  fc.constantFrom('['.repeat(100_000), `${'{"a":'.repeat(50_000)}1`, '{"__proto__":{"code":14}}'),
  anyText(40),
);

/** Where products put their words. */
const placeOfWord = fc.constantFrom<(code: unknown) => unknown>(
  (code) => ({ code, message: 'x' }),
  (code) => ({ errorCode: code }),
  (code) => ({ error: { code } }),
  (code) => ({ error: code }),
  (code) => ({ error: { status_code: '401', title: code } }),
  (code) => ({ error: { code: 401, message: code } }),
  (code) => ({ data: { errorCode: code } }),
  (code) => ({ summary: code, data: { errorCode: 1 } }),
  (code) => ({ response: 'error', cause: code }),
  (code) => ({ errors: [{ code }, { code: 'SOMETHING_ELSE' }] }),
  (code) => [2, { errorCode: code }],
);

/** Where products put their numbers. */
const placeOfNumber = fc.constantFrom<(code: unknown) => unknown>(
  (code) => ({ code, message: 'x' }),
  (code) => ({ error: { code } }),
  (code) => ({ data: { errorCode: code }, summary: 'x' }),
  (code) => ({ response: { errors: { code } } }),
  (code) => ({ error_code: code }),
);

describe('any response of an API', () => {
  test('gets one of the four verdicts, and concerns authorization only with HTTP 400, 401, 403 and 500', () =>
    forAll([status, body, pathname], runs(300), (httpStatus, text, path) => {
      const verdict = judgeApiAnswer({ status: httpStatus, body: text, url: urlOf(path) });

      const isAboutAuthorization = [400, 401, 403, 500].includes(httpStatus);
      expect(VERDICTS_OF_STATUS[httpStatus] ?? ['accepted']).toContain(verdict);
      expect(mayBeRejection(httpStatus)).toBe(isAboutAuthorization);
    }));

  test('is judged by its words, wherever they stand and whichever product answers', () =>
    forAll(
      [fc.constantFrom(...TOKEN, ...NOT_THE_TOKEN), placeOfWord, pathname, fc.constantFrom(0, 2)],
      runs(60),
      (word, put, path, indent) => {
        const text = JSON.stringify(put(word), null, indent);

        const verdicts = [400, 401, 403].map((httpStatus) =>
          judgeApiAnswer({ status: httpStatus, body: text, url: urlOf(path) }),
        );

        const ofBadRequest = word === 'INVALID_TOKEN' ? 'token' : 'accepted';
        const isToken = (TOKEN as readonly string[]).includes(word);
        expect(verdicts).toEqual(
          isToken ? [ofBadRequest, 'token', 'accepted'] : Array(3).fill('not-the-token'),
        );
      },
    ));

  test('is judged by its number where the product of the number answers, and nowhere else', () =>
    forAll(
      [fc.constantFrom(...NUMBERS), placeOfNumber, fc.boolean(), pathname],
      runs(60),
      ([where, code, verdict], put, isText, path) => {
        const text = JSON.stringify(put(isText ? String(code) : code));
        const elsewhere = Object.assign(new URL('https://desk.zoho.eu'), { pathname: `/api/v1${path}` });

        expect(judgeApiAnswer({ status: 401, body: text, url: new URL(`https://${where}`) })).toBe(verdict);
        expect(judgeApiAnswer({ status: 401, body: text, url: elsewhere })).toBe('ambiguous');
      },
    ));

  test('with a scope code never leads to a new token, whatever other codes it has', () =>
    forAll(
      [
        fc.constantFrom(400, 401, 403),
        fc.constantFrom(...NOT_THE_TOKEN),
        fc.constantFrom(...TOKEN, 14, 57),
        fc.boolean(),
        pathname,
      ],
      runs(40),
      (httpStatus, code, beside, isFirst, path) => {
        const answer = isFirst ? { code, error: { code: beside } } : { code: beside, error: { code } };

        const verdict = judgeApiAnswer({
          status: httpStatus,
          body: JSON.stringify(answer),
          url: urlOf(path),
        });

        expect(verdict).toBe('not-the-token');
      },
    ));

  const unknown = fc.dictionary(
    fc.constantFrom('__proto__', 'constructor', 'Code', 'message', 'details', 'trace_id', 'INVALID_TOKEN'),
    fc.oneof(fc.constantFrom<unknown>('constructor', 14, '14 ', 14.5), fc.jsonValue({ maxDepth: 1 })),
  );

  test('is judged the same with unknown keys', () =>
    forAll([status, fc.constantFrom(...SOUND), unknown], runs(60), (httpStatus, document, keys) => {
      const judge = (value: object) =>
        judgeApiAnswer({ status: httpStatus, body: JSON.stringify(value), url: urlOf('/crm') });

      expect(judge(Object.fromEntries([...Object.entries(keys), ...Object.entries(document)]))).toBe(
        judge(document),
      );
    }));

  test("with HTTP 401 and no known code is ambiguous, also an HTML page, unless it is one of Bookings'", () =>
    forAll([anyText(60), anyPath()], runs(40), (text, path) => {
      const judge = (given: string, place: string) =>
        judgeApiAnswer({ status: 401, body: given, url: urlOf(place) });

      expect([judge(`x${text}`, path), judge(`\n<HTML>${text}`, `/crm${path}`)]).toEqual(
        Array(2).fill('ambiguous'),
      );
      expect(judge(`\n<HTML>${text}`, `/bookings/${path}`)).toBe('token');
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
  500: ['token', 'not-the-token', 'accepted'],
};
