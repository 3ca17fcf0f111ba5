import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFailureCode } from '../../lambdas/core/failures.ts';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { parseTokenResponse } from '../../lambdas/core/zoho/token-response.ts';
import { HOUR_MS, tokenBody } from '../support/builders.ts';
import { DEFINITE_CODES, leaks, secret } from './arbitraries.ts';
import { anyText } from './damaged-json.ts';
import { forAll, runs } from './fuzz-runs.ts';

const KEYS = [
  'access_token',
  'error',
  'status',
  'error_description',
  'expires_in',
  'expires_in_sec',
  'scope',
];

const status = fc.oneof(
  fc.constantFrom(200, 302, 400, 401, 429, 500, 503),
  fc.integer({ min: 100, max: 599 }),
);

const documentOf = <T>(value: fc.Arbitrary<T>) =>
  fc.dictionary(fc.constantFrom(...KEYS), value).map((document) => JSON.stringify(document));

const anyBody = fc.oneof(
  anyText(20),
  fc.json(),
  documentOf(fc.jsonValue()),
  documentOf(
    fc.constantFrom('invalid_code', 'Access Denied', 'failure', 'success', 3600, '3600', null, '拒绝'),
  ),
);

describe('a response of the token endpoint', () => {
  test('is a token or a failure with a stable code', () =>
    forAll([status, anyBody], runs(2000), (httpStatus, body) => {
      const response = parseTokenResponse({ status: httpStatus, body });

      expect(response.kind === 'token' || isFailureCode(response.failure.code)).toBe(true);
    }));

  const withoutToken = fc
    .dictionary(
      fc.string().filter((key) => key !== 'access_token'),
      fc.jsonValue(),
    )
    .map((document) => JSON.stringify(document));

  test('without an access_token is never a token', () =>
    forAll([status, fc.oneof(withoutToken, fc.string())], runs(100), (httpStatus, body) => {
      expect(parseTokenResponse({ status: httpStatus, body }).kind).toBe('refused');
    }));

  test('with an access_token is that token, whatever its status', () =>
    forAll([status, secret], runs(100), (httpStatus, accessToken) => {
      const response = parseTokenResponse({
        status: httpStatus,
        body: tokenBody({ access_token: accessToken }),
      });

      expect(response.kind === 'token' && response.accessToken.reveal()).toBe(accessToken);
    }));

  test('never yields a token that cannot be sent in a header', () =>
    forAll([anyText(60)], runs(500), (text) => {
      const response = parseTokenResponse({ status: 200, body: tokenBody({ access_token: text }) });

      const revealed = response.kind === 'token' ? response.accessToken.reveal() : 'none';
      expect(() => new Headers({ authorization: `Zoho-oauthtoken ${revealed}` })).not.toThrow();
      expect(revealed).not.toMatch(/\s/);
    }));

  const lifetime = fc.oneof(
    fc.jsonValue(),
    fc.double(),
    fc.integer(),
    fc.double().map(String),
    fc.constantFrom(3600, 3600000, '3600', 0, -0, 1, 0.001, 1e308, 'NaN', '-Infinity', '0x10', ' '),
  );

  test('gives a token a lifetime above zero and up to an hour', () =>
    forAll([lifetime, lifetime], runs(1000), (expires_in, expires_in_sec) => {
      const response = parseTokenResponse({ status: 200, body: tokenBody({ expires_in, expires_in_sec }) });

      const lifetimeMs = response.kind === 'token' ? response.lifetimeMs : Number.NaN;
      expect(lifetimeMs).toBeGreaterThan(0);
      expect(lifetimeMs).toBeLessThanOrEqual(HOUR_MS);
    }));

  test('has its scopes stored in a format that is read back unchanged', () =>
    forAll(
      [fc.array(fc.stringMatching(/^[A-Za-z.]{1,20}$/), { maxLength: 5 }), fc.constantFrom(',', ' ', ', ')],
      runs(100),
      (given, separator) => {
        const response = parseTokenResponse({
          status: 200,
          body: tokenBody({ scope: given.join(separator) }),
        });

        const stored = response.kind === 'token' ? (response.scope ?? '') : 'none';
        expect(parseScopes(stored)).toEqual([...new Set(given)]);
      },
    ));

  const error = fc.oneof(
    fc.string(),
    fc.constantFrom(...DEFINITE_CODES).map((code) => ` ${code.toUpperCase()}`),
    fc.constantFrom('invalid_code_', 'not invalid_code', 'invalid', 'invalid_redirect_uri', 'Access Denied'),
  );

  test('blocks a connection only if its error is definite', () =>
    forAll([status, error], runs(500), (httpStatus, text) => {
      const response = parseTokenResponse({ status: httpStatus, body: JSON.stringify({ error: text }) });

      const code = response.kind === 'refused' ? response.failure.code : undefined;
      const isDefiniteWord = [...DEFINITE_CODES].some((word) => word === text.trim().toLowerCase());
      const blocks = code !== undefined && DEFINITE_CODES.has(code);
      const isMeantToBlock = isDefiniteWord && code === text.trim().toLowerCase();
      expect(blocks).toBe(isMeantToBlock);
    }));

  const bodyWithSecret = secret.chain((secretText) =>
    fc.tuple(
      fc.constant(secretText),
      fc.oneof(
        documentOf(
          fc.constantFrom<unknown>(secretText, ` ${secretText} `, `refused: ${secretText}`, [secretText]),
        ).filter((body) => !body.includes('"access_token"')),
        fc.constantFrom(`<html>${secretText}</html>`, secretText, `{"error":"${secretText}`),
        fc.constant(JSON.stringify({ [secretText]: secretText, error: { code: secretText } })),
      ),
    ),
  );

  test('never has its secrets shown in the message', () =>
    forAll([status, bodyWithSecret], runs(500), (httpStatus, [secretText, body]) => {
      const response = parseTokenResponse({ status: httpStatus, body });

      expect(response.kind === 'refused' && leaks(response.failure.message, secretText)).toBe(false);
    }));
});
