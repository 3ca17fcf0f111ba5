import { describe, expect, test } from 'vitest';
import {
  parseAccessToken,
  serializeAccessToken,
  storedGeneration,
} from '../../../../lambdas/core/secrets/access-token.ts';
import { ACCESS_TOKEN, accessToken, accessTokenSecret, HOUR_MS, NOW_MS } from '../../../support/builders.ts';

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

  test('says if the connection has no CloudWatch metrics of its own', () => {
    const text = accessTokenSecret({ hasOwnMetrics: false });

    expect(JSON.parse(text)).toMatchObject({ own_metrics: false });
    expect(parseAccessToken(text)).toMatchObject({ ok: true, token: { hasOwnMetrics: false } });
  });

  test.each([{}, { hasOwnMetrics: true }])('says nothing about them otherwise: %j', (given) => {
    const text = accessTokenSecret(given);

    expect(JSON.parse(text)).not.toHaveProperty('own_metrics');
    expect(parseAccessToken(text)).not.toHaveProperty('token.hasOwnMetrics');
  });

  test.each([true, null, 'false', 0])('has them with own_metrics %j', (value) => {
    const text = JSON.stringify({ ...JSON.parse(accessTokenSecret()), own_metrics: value });

    expect(parseAccessToken(text)).not.toHaveProperty('token.hasOwnMetrics');
  });

  test('never promises a longer life than the token has', () => {
    const text = accessTokenSecret({ refreshAfterMs: NOW_MS + 2 * HOUR_MS });

    expect(JSON.parse(text)).toMatchObject({ refresh_after: '2026-01-05T10:00:00.000Z' });
  });

  test('never holds a refresh token or a client secret', () => {
    const keys = Object.keys(JSON.parse(accessTokenSecret()));

    expect(keys).not.toContain('refresh_token');
    expect(keys).not.toContain('client_secret');
  });
});

describe('the generation in a token secret', () => {
  test.each([
    ['as the refresher wrote it', accessTokenSecret({ generation: 41 }), 41],
    ['zero', '{"generation":0}', 0],
    ['the highest that is believed', '{"generation":1000000000000}', 1e12],
    ['a higher one, which would fence out every later token', '{"generation":1000000000001}', undefined],
    ['the highest integer', `{"generation":${Number.MAX_SAFE_INTEGER}}`, undefined],
    ['empty text', '', undefined],
    ['plain text', 'a token that was pasted', undefined],
    ['an array', '[42]', undefined],
    ['null', 'null', undefined],
    ['an object without one', '{"access_token":"x"}', undefined],
    ['a text', '{"generation":"42"}', undefined],
    ['a fraction', '{"generation":1.5}', undefined],
    ['a negative number', '{"generation":-1}', undefined],
    ['a number out of range', '{"generation":1e999}', undefined],
    ['an object', '{"generation":{"valueOf":42}}', undefined],
  ])('%s', (_, text, generation) => {
    expect(storedGeneration(text)).toBe(generation);
  });
});

describe('the token secret as a consumer reads it', () => {
  test('is what was written, field by field', () => {
    const parsed = parseAccessToken(accessTokenSecret());

    const { accessToken: revealed, ...rest } = parsed.ok ? parsed.token : accessToken({ connection: 'none' });
    const { accessToken: written, ...expected } = accessToken();
    expect(rest).toStrictEqual(expected);
    expect(revealed.reveal()).toBe(written.reveal());
  });

  test('may have unknown keys, and lack optional ones', () => {
    const parsed = parseAccessToken(
      secretWith({ note: 'x', scope: undefined, connection: 5, issued_at: 'yesterday', refresh_after: null }),
    );

    expect(parsed).toMatchObject({
      ok: true,
      token: { scope: '', connection: '', issuedAtMs: 0, refreshAfterMs: accessToken().expiresAtMs },
    });
  });

  test('has all its problems named at once, and nothing quoted', () => {
    const parsed = parseAccessToken(
      secretWith({
        access_token: `${ACCESS_TOKEN} `,
        api_domain: `https://${ACCESS_TOKEN}.example`,
        data_center: ACCESS_TOKEN,
        generation: ACCESS_TOKEN,
        expires_at: ACCESS_TOKEN,
      }),
    );

    expect(parsed).toEqual({
      ok: false,
      problems: [
        'access_token is missing or invalid',
        'api_domain is missing or invalid',
        'data_center is missing or invalid',
        'generation is missing or invalid',
        'expires_at is missing or invalid',
      ],
    });
  });

  test.each(['access_token', 'api_domain', 'data_center', 'generation', 'expires_at'])(
    'is not one without %s',
    (key) => {
      const parsed = parseAccessToken(secretWith({ [key]: undefined }));

      expect(parsed.ok ? [] : parsed.problems).toEqual([expect.stringContaining(key)]);
    },
  );

  test.each([
    ['https://www.zohoapis.in', 'eu'],
    ['https://www.zohoapis.eu', 'us'],
    ['https://www.zohoapis.com', 'cn'],
  ])('is not one with the api_domain %s in the data center %s', (api_domain, data_center) => {
    expect(parseAccessToken(secretWith({ api_domain, data_center }))).toEqual({
      ok: false,
      problems: ['api_domain is missing or invalid'],
    });
  });

  test.each([
    ['https://sandbox.zohoapis.eu', 'eu'],
    ['https://www.zohoapis.com.cn', 'cn'],
    ['https://www.zohoapis.ca', 'ca'],
  ])('is one with the api_domain %s in the data center %s', (api_domain, data_center) => {
    expect(parseAccessToken(secretWith({ api_domain, data_center }))).toMatchObject({ ok: true });
  });

  test.each(['', '{}x', 'null', '[]', ACCESS_TOKEN])('is not a JSON object: %j', (text) => {
    expect(parseAccessToken(text)).toEqual({ ok: false, problems: ['it is not a JSON object'] });
  });
});

describe('a time in the token secret', () => {
  test.each([
    '2026-01-05T10:00:00Z',
    '2026-01-05T10:00:00.5Z',
    '2026-01-05T10:00:00.123Z',
    '2026-01-05T12:00:00+02:00',
    '2026-01-05T04:30:00-05:30',
    '+002026-01-05T10:00:00Z',
  ])('is ISO 8601 with a zone: %s', (expires_at) => {
    const parsed = parseAccessToken(secretWith({ expires_at }));

    const expiresAtMs = parsed.ok ? Math.floor(parsed.token.expiresAtMs / 1000) : undefined;
    expect(expiresAtMs).toBe(Date.UTC(2026, 0, 5, 10) / 1000);
  });

  test.each([
    2026,
    1_767_607_200_000,
    true,
    ['2026-01-05T10:00:00.000Z'],
    '2026-01-05T10:00:00',
    '2026-01-05 10:00:00Z',
    '2026-01-05',
    '1',
    'a 1',
    'Jan 5 2026',
    'at 2026-01-05T10:00:00Z',
    '2026-01-05T10:00:00Z.',
    '2026-01-05T10:00:00.Z',
    '+2-01-05T10:00:00Z',
  ])('is nothing else: %j', (expires_at) => {
    expect(parseAccessToken(secretWith({ expires_at }))).toEqual({
      ok: false,
      problems: ['expires_at is missing or invalid'],
    });
  });
});

function secretWith(overrides: Record<string, unknown>): string {
  return JSON.stringify({ ...JSON.parse(accessTokenSecret()), ...overrides });
}
