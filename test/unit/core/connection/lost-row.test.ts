import { describe, expect, test } from 'vitest';
import { registerConnection } from '../../../../lambdas/core/connection/connection.ts';
import {
  NOTHING_PUBLISHED,
  parseLastPublished,
  registerAgain,
} from '../../../../lambdas/core/connection/lost-row.ts';
import { accessToken, accessTokenSecret, HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';

const token = accessToken({ generation: 41, issuedAtMs: NOW_MS - MINUTE_MS, expiresAtMs: NOW_MS + HOUR_MS });

describe('the current version of a token secret', () => {
  test('has the generation and the token that a refresher wrote', () => {
    expect(parseLastPublished('crm-prod', 'v', accessTokenSecret({ generation: 41 }))).toEqual({
      versionId: 'v',
      generation: 41,
      token: accessToken({ generation: 41 }),
    });
  });

  test('of another connection has a generation, and no token that this one could answer with', () => {
    expect(parseLastPublished('desk', 'v', accessTokenSecret({ generation: 41 }))).toEqual({
      versionId: 'v',
      generation: 41,
      token: undefined,
    });
  });

  test.each([
    ['{"generation":41,"connection":"crm-prod"}', 41],
    ['by hand', 0],
  ])('that is no token has none: %s', (text, generation) => {
    expect(parseLastPublished('crm-prod', 'v', text)).toEqual({
      versionId: 'v',
      generation,
      token: undefined,
    });
  });
});

describe('a connection whose row was lost', () => {
  const again = (published: Parameters<typeof registerAgain>[2]) =>
    registerAgain('crm-prod', 'connected', published, NOW_MS);

  test('is a new one if nothing was published', () => {
    expect(NOTHING_PUBLISHED).toEqual({ versionId: undefined, generation: 0, token: undefined });
    expect(again(NOTHING_PUBLISHED)).toEqual(registerConnection('crm-prod', 'connected', NOW_MS));
  });

  test('continues with the published token, and is due at once', () => {
    expect(again({ versionId: 'v', generation: 41, token })).toEqual({
      ...registerConnection('crm-prod', 'connected', NOW_MS),
      status: 'active',
      generation: 41,
      publishedGeneration: 41,
      token: { versionId: 'v', issuedAtMs: token.issuedAtMs, expiresAtMs: token.expiresAtMs },
      apiDomain: 'https://www.zohoapis.eu',
      dataCenter: 'eu',
      scope: 'ZohoCRM.modules.ALL',
      mintsMs: [token.issuedAtMs],
      publishesMs: [token.issuedAtMs],
    });
  });

  test.each([
    ['a token', { versionId: 'v', generation: 41, token: undefined }],
    ['a version', { versionId: undefined, generation: 41, token }],
  ])('continues with the generation only if there is no %s', (_, published) => {
    expect(again(published)).toEqual({
      ...registerConnection('crm-prod', 'connected', NOW_MS),
      generation: 41,
    });
  });

  test('takes no time of issue from the future: the next token is never issued before it', () => {
    const edited = { ...token, issuedAtMs: NOW_MS + HOUR_MS };

    expect(again({ versionId: 'v', generation: 41, token: edited })).toMatchObject({
      token: { issuedAtMs: NOW_MS },
      mintsMs: [NOW_MS],
      publishesMs: [NOW_MS],
    });
  });

  test('takes no life that is longer than a day', () => {
    const edited = { ...token, expiresAtMs: NOW_MS + 1_000 * HOUR_MS };

    expect(again({ versionId: 'v', generation: 41, token: edited }).token).toEqual({
      versionId: 'v',
      issuedAtMs: token.issuedAtMs,
      expiresAtMs: token.issuedAtMs + 24 * HOUR_MS,
    });
  });
});
