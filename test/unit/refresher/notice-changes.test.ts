import { describe, expect, test } from 'vitest';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { parseCredentials } from '../../../lambdas/core/secrets/credentials.ts';
import type { TokenResponse } from '../../../lambdas/core/zoho/token-response.ts';
import { noticeChanges } from '../../../lambdas/refresher/notice-changes.ts';
import { activeConnection, credentialsSecret, NOW_MS, REFRESH_TOKEN } from '../../support/builders.ts';
import { FakeRefresher, MINTED } from './fake-refresher.ts';

function notice(
  response: Partial<TokenResponse & { kind: 'token' }>,
  row: Parameters<typeof activeConnection>[0] = {},
) {
  const parsed = parseCredentials(credentialsSecret());
  if (!parsed.ok) throw new Error('The credentials are invalid.');
  const world = new FakeRefresher();
  noticeChanges(world.context, {
    connection: activeConnection(row),
    credentials: parsed.credentials,
    response: { ...MINTED, ...response },
    startedAtMs: NOW_MS,
  });
  return { logged: world.logged, metrics: world.metrics };
}

const NOTHING = { logged: [], metrics: [] };

describe('a refresh token in the answer', () => {
  test('is counted and logged without its value', () => {
    expect(notice({ refreshToken: new Redacted('another') })).toEqual({
      logged: [
        [
          'warn',
          'Zoho sent a new refresh token, which is not stored',
          {
            connection: 'crm-prod',
            reason:
              'The refresh token in the credentials secret is used until Zoho refuses it. Then run: zoho-tokens authorize crm-prod',
          },
        ],
      ],
      metrics: [[{ RefreshTokenRotated: 1 }, 'crm-prod']],
    });
  });

  test('is no news if it is the one in use', () => {
    expect(notice({ refreshToken: new Redacted(REFRESH_TOKEN) })).toEqual(NOTHING);
  });
});

describe('the api_domain of the answer', () => {
  const ignored = (host: string) => [
    'warn',
    'an api_domain of Zoho is ignored',
    {
      connection: 'crm-prod',
      ignored: host,
      apiDomain: 'https://www.zohoapis.eu',
      reason: 'It is not a host of the data center eu. Run: zoho-tokens doctor crm-prod',
    },
  ];

  test('is no news if it is that of the row, or the first one', () => {
    expect(notice({})).toEqual(NOTHING);
    expect(notice({}, { apiDomain: undefined })).toEqual(NOTHING);
  });

  test('is logged once if it has changed', () => {
    const apiDomain = 'https://sandbox.zohoapis.eu';

    expect(notice({ apiDomain }).logged).toEqual([
      [
        'info',
        'the api_domain has changed',
        { connection: 'crm-prod', previous: 'https://www.zohoapis.eu', apiDomain },
      ],
    ]);
    expect(notice({ apiDomain }, { apiDomain })).toEqual(NOTHING);
  });

  test('of another data center is logged once as ignored', () => {
    const answer = { apiDomain: 'https://www.zohoapis.com' };

    expect(notice(answer).logged).toEqual([ignored('www.zohoapis.com')]);
    expect(notice(answer, { ignoredApiDomain: 'www.zohoapis.com' })).toEqual(NOTHING);
    expect(notice(answer, { ignoredApiDomain: 'a.example' }).logged).toHaveLength(1);
  });

  test('that is unknown is logged as ignored', () => {
    expect(notice({ apiDomain: undefined, unknownApiHost: 'a.example' }).logged).toEqual([
      ignored('a.example'),
    ]);
  });
});
