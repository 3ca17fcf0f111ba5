import { describe, expect, test } from 'vitest';
import { Redacted } from '../../../../lambdas/core/redacted.ts';
import { parseCredentials } from '../../../../lambdas/core/secrets/credentials.ts';
import { replacesVersion, withRotatedToken } from '../../../../lambdas/core/secrets/rotated-credentials.ts';
import { CLIENT_SECRET, credentialsSecret, REFRESH_TOKEN } from '../../../support/builders.ts';

const NEW = new Redacted('1000.new');

const rotate = (text = credentialsSecret(), from = 'version-1') => withRotatedToken(text, NEW, from);

describe('credentials with a rotated refresh token', () => {
  test('differ in the refresh token, and keep every other key', () => {
    const before = credentialsSecret({ note: 'ours', nested: { a: [1] } });

    expect(JSON.parse(rotate(before).reveal())).toEqual({
      ...JSON.parse(before.reveal()),
      refresh_token: '1000.new',
      rotated_from: 'version-1',
    });
  });

  test('name the version that the last rotation used', () => {
    const twice = rotate(rotate(), 'version-2');

    expect(replacesVersion(twice, 'version-2')).toBe(true);
    expect(replacesVersion(twice, 'version-1')).toBe(false);
  });

  test('are read like any other', () => {
    const text = new Redacted(`\ufeff${credentialsSecret().reveal()}`);

    const parsed = parseCredentials(rotate(text));

    expect(parsed.ok && parsed.credentials.refreshToken.reveal()).toBe('1000.new');
    expect(parsed.ok && parsed.credentials.clientSecret.reveal()).toBe(CLIENT_SECRET);
  });

  test('cannot be printed', () => {
    expect(`${rotate()} ${JSON.stringify(rotate())}`).toBe('[redacted] "[redacted]"');
  });
});

test.each([
  credentialsSecret().reveal(),
  '{',
  '',
  '[]',
  'null',
  `{"rotated_from":["version-1"]}`,
  REFRESH_TOKEN,
])('credentials that name no version replace none: %#', (text) => {
  expect(replacesVersion(new Redacted(text), 'version-1')).toBe(false);
});
