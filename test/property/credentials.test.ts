import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import { DATA_CENTER_LOCATIONS } from '../../lambdas/core/zoho/data-centers.ts';
import { CLIENT_ID, credentialsSecret } from '../support/builders.ts';
import { leaks, secret } from './arbitraries.ts';
import { anyText } from './damaged-json.ts';
import { forAll, runs } from './fuzz-runs.ts';

const KEYS = ['client_id', 'client_secret', 'refresh_token', 'data_center', 'client_type', 'scope', 'x'];

describe('the text of a credentials secret', () => {
  test('is either credentials or a failure with a stable code', () =>
    forAll([fc.oneof(anyText(20), fc.json(), documentOf(fc.jsonValue()))], runs(100), (text) => {
      const parsed = parseCredentials(new Redacted(text));

      const codes = ['malformed_credentials', 'unknown_data_center'];
      expect(parsed.ok || codes.includes(parsed.failure.code)).toBe(true);
    }));

  test('never shows a secret in a message, whichever field contains it', () => {
    const value = (secretText: string) =>
      fc.oneof(fc.constant(secretText), fc.constant([secretText]), fc.constant({ [secretText]: secretText }));
    const documentWithSecret = secret.chain((secretText) =>
      fc.tuple(
        fc.constant(secretText),
        fc.oneof(
          documentOf(fc.oneof(value(secretText), fc.constantFrom(null, '', 5, 'eu'))),
          fc
            .record({ key: fc.constantFrom(...KEYS), value: value(secretText) })
            .map((put) => credentialsSecret({ [put.key]: put.value }).reveal()),
          fc.constantFrom(secretText, `"${secretText}"`, `{"refresh_token":"${secretText}`),
        ),
      ),
    );

    return forAll([documentWithSecret], runs(100), ([secretText, text]) => {
      const parsed = parseCredentials(new Redacted(text));

      expect(leaks(parsed.ok ? '' : parsed.failure.message, secretText)).toBe(false);
    });
  });

  test('yields a known data center, and only the one in the text', () =>
    forAll(
      [fc.oneof(fc.constantFrom(...DATA_CENTER_LOCATIONS, 'US ', 'Eu', 'com'), fc.string())],
      runs(100),
      (dataCenter) => {
        const parsed = parseCredentials(credentialsSecret({ data_center: dataCenter }));

        if (!parsed.ok) return;
        expect(DATA_CENTER_LOCATIONS).toContain(parsed.credentials.dataCenter);
        expect(parsed.credentials.dataCenter).toBe(dataCenter.trim().toLowerCase());
      },
    ));

  const space = fc.constantFrom('', ' ', '\n', '\r\n', '\t');

  test('yields the values as they were written, without surrounding spaces', () =>
    forAll([secret, space, space], runs(100), (refreshToken, before, after) => {
      const parsed = parseCredentials(
        credentialsSecret({ refresh_token: `${before}${refreshToken}${after}` }),
      );

      expect(parsed.ok && parsed.credentials.refreshToken.reveal()).toBe(refreshToken);
      expect(parsed.ok && parsed.credentials.clientId).toBe(CLIENT_ID);
    }));
});

function documentOf<T>(value: fc.Arbitrary<T>): fc.Arbitrary<string> {
  return fc.dictionary(fc.constantFrom(...KEYS), value).map((document) => JSON.stringify(document));
}
