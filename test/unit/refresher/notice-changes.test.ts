import { describe, expect, test } from 'vitest';
import { parseCredentials } from '../../../lambdas/core/secrets/credentials.ts';
import type { TokenResponse } from '../../../lambdas/core/zoho/token-response.ts';
import { noticeChanges } from '../../../lambdas/refresher/notice-changes.ts';
import { activeConnection, credentialsSecret, MINUTE_MS, NOW_MS } from '../../support/builders.ts';
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
const COUNTED = [[{ ContractChanged: 1 }, 'crm-prod']];

describe('the life of a token', () => {
  const living = (minutes: number) => ({
    token: { versionId: 'v', issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + minutes * MINUTE_MS },
  });
  const answer = (minutes: number) => ({ lifetimeMs: minutes * MINUTE_MS });

  test('below 55 minutes is counted and logged', () => {
    expect(notice(answer(10), living(60))).toEqual({
      logged: [
        [
          'warn',
          'tokens of Zoho live shorter than an hour',
          {
            connection: 'crm-prod',
            change: 'token-life',
            lifeSeconds: 600,
            previousLifeSeconds: 3600,
            reason:
              'A token is renewed every 17 minutes at most. If it lives shorter than 18 minutes, consumers have none in between.',
          },
        ],
      ],
      metrics: COUNTED,
    });
  });

  test.each<[string, number, ReturnType<typeof living> | { token: undefined }, number]>([
    ['of the first token is reported', 54, { token: undefined }, 1],
    ['that is an hour is not', 60, { token: undefined }, 0],
    ['a little below an hour is not', 55, living(60), 0],
    ['that is as short as the last one is not told again', 10, living(10), 0],
    ['that varies by a minute is not', 9, living(10), 0],
    ['that is shorter still is', 8.9, living(10), 1],
    ['that grows and is short is not', 30, living(10), 0],
  ])('%s', (_, minutes, row, told) => {
    const { logged, metrics } = notice(answer(minutes), row);

    expect([logged.length, metrics.length]).toEqual([told, told]);
  });

  test.each([
    ['that reaches 55 minutes is about an hour again', 55, 54, 1],
    ['that was 55 minutes was about an hour before', 60, 55, 0],
  ])('%s', (_, minutes, before, told) => {
    expect(notice(answer(minutes), living(before)).logged).toHaveLength(told);
  });

  test('that is an hour again is logged, and not counted', () => {
    expect(notice(answer(60), living(10))).toEqual({
      logged: [
        [
          'info',
          'tokens of Zoho live about an hour again',
          { connection: 'crm-prod', lifeSeconds: 3600, previousLifeSeconds: 600 },
        ],
      ],
      metrics: [],
    });
  });
});

describe('the api_domain of the answer', () => {
  const ignored = (host: string) => [
    'warn',
    'an api_domain of Zoho is ignored',
    {
      connection: 'crm-prod',
      change: 'api-domain',
      ignored: host,
      apiDomain: 'https://www.zohoapis.eu',
      reason: 'It is not a host of the data center eu. Run: zoho-tokens doctor crm-prod',
    },
  ];

  test('is no news if it is that of the row, or the first one', () => {
    expect(notice({})).toEqual(NOTHING);
    expect(notice({}, { apiDomain: undefined })).toEqual(NOTHING);
    expect(notice({}, { ignoredApiDomain: 'a.example' })).toEqual(NOTHING);
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

    expect(notice(answer)).toEqual({ logged: [ignored('www.zohoapis.com')], metrics: COUNTED });
    expect(notice(answer, { ignoredApiDomain: 'www.zohoapis.com' })).toEqual(NOTHING);
    expect(notice(answer, { ignoredApiDomain: 'a.example' }).logged).toHaveLength(1);
  });

  test('that is unknown is logged as ignored', () => {
    expect(notice({ apiDomain: undefined, unknownApiHost: 'a.example' }).logged).toEqual([
      ignored('a.example'),
    ]);
  });
});
