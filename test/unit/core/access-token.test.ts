import { describe, expect, test } from 'vitest';
import { serializeAccessToken, storedGeneration } from '../../../lambdas/core/access-token.ts';
import { ACCESS_TOKEN, accessToken, accessTokenSecret } from '../../support/builders.ts';

describe('the token secret', () => {
  test('is the JSON that consumers in any language are promised', () => {
    const text = serializeAccessToken(accessToken());

    expect(JSON.parse(text)).toStrictEqual({
      access_token: ACCESS_TOKEN,
      token_type: 'Zoho-oauthtoken',
      api_domain: 'https://www.zohoapis.eu',
      data_center: 'eu',
      scope: 'ZohoCRM.modules.ALL',
      connection: 'crm-prod',
      generation: 8,
      issued_at: '2026-01-05T09:00:00.000Z',
      expires_at: '2026-01-05T10:00:00.000Z',
      refresh_after: '2026-01-05T09:54:00.000Z',
    });
  });

  test('never holds a refresh token or a client secret', () => {
    const keys = Object.keys(JSON.parse(accessTokenSecret()));

    expect(keys).not.toContain('refresh_token');
    expect(keys).not.toContain('client_secret');
  });

  test('carries the generation that it was written with', () => {
    expect(storedGeneration(accessTokenSecret({ generation: 41 }))).toBe(41);
  });
});

describe('the generation of a secret that no refresher wrote', () => {
  test.each([
    ['empty text', ''],
    ['plain text', 'a token that somebody pasted'],
    ['an array', '[42]'],
    ['null', 'null'],
    ['an object without one', '{"access_token":"x"}'],
    ['a text', '{"generation":"42"}'],
    ['a fraction', '{"generation":1.5}'],
    ['a negative number', '{"generation":-1}'],
    ['a number out of range', '{"generation":1e999}'],
    ['an object', '{"generation":{"valueOf":42}}'],
  ])('is unknown: %s', (_, text) => {
    expect(storedGeneration(text)).toBeUndefined();
  });

  test('cannot fence the refresher out for ever, however large it was edited to be', () => {
    expect(storedGeneration('{"generation":1000000000000}')).toBe(1e12);
    expect(storedGeneration('{"generation":1000000000001}')).toBeUndefined();
    expect(storedGeneration(`{"generation":${Number.MAX_SAFE_INTEGER}}`)).toBeUndefined();
  });

  test('may be zero', () => {
    expect(storedGeneration('{"generation":0}')).toBe(0);
  });
});
