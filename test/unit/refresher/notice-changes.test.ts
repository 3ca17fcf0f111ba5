import { describe, expect, test } from 'vitest';
import { parseCredentials } from '../../../lambdas/core/secrets/credentials.ts';
import type { TokenResponse } from '../../../lambdas/core/zoho/token-response.ts';
import { noticeChanges } from '../../../lambdas/refresher/notice-changes.ts';
import { activeConnection, credentialsSecret, NOW_MS } from '../../support/builders.ts';
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
