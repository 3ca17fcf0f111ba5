import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAccessToken, storedGeneration } from '../../lambdas/core/secrets/access-token.ts';
import { accessTokenSecret } from '../support/builders.ts';
import { leaks, secret } from './arbitraries.ts';
import { anyText } from './damaged-json.ts';
import { forAll, runs } from './fuzz-runs.ts';

describe('the generation of a stored token', () => {
  test('is read as it was written', () =>
    forAll([fc.integer({ min: 0, max: 1e12 })], runs(100), (generation) => {
      expect(storedGeneration(accessTokenSecret({ generation }))).toBe(generation);
    }));

  test('is a whole number in range, or unknown, for any text', () => {
    const anySecret = fc.oneof(
      anyText(20),
      fc.json(),
      fc.jsonValue().map((generation) => JSON.stringify({ generation })),
      fc.double().map((generation) => `{"generation":${generation}}`),
    );

    return forAll([anySecret], runs(100), (text) => {
      const generation = storedGeneration(text) ?? 0;

      expect(Number.isInteger(generation) && generation >= 0 && generation <= 1e12).toBe(true);
    });
  });
});

describe('a token secret', () => {
  const KEYS = [
    'access_token',
    'api_domain',
    'data_center',
    'generation',
    'expires_at',
    'issued_at',
    'scope',
  ];
  const editedBy = <T>(value: fc.Arbitrary<T>) =>
    fc
      .dictionary(fc.constantFrom(...KEYS), value)
      .map((edits) => JSON.stringify({ ...JSON.parse(accessTokenSecret()), ...edits }));

  test('is a token or a list of problems, whatever it contains', () =>
    forAll([fc.oneof(anyText(20), fc.json(), editedBy(fc.jsonValue()))], runs(500), (text) => {
      const parsed = parseAccessToken(text);

      expect(parsed.ok || parsed.problems.length > 0).toBe(true);
    }));

  const edited = secret.chain((secretText) =>
    fc.tuple(
      fc.constant(secretText),
      editedBy(fc.constantFrom<unknown>(`${secretText} `, [secretText], { [secretText]: 1 }, null)),
    ),
  );

  test('never shows a secret in its problems', () =>
    forAll([edited], runs(100), ([secretText, text]) => {
      const parsed = parseAccessToken(text);

      expect(!parsed.ok && leaks(parsed.problems.join(), secretText)).toBe(false);
    }));
});
