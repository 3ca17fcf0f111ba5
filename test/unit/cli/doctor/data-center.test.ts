import { describe, expect, test } from 'vitest';
import { type DataCenterFacts, judgeDataCenter } from '../../../../cli/doctor/data-center.ts';
import {
  judgeProbes,
  otherDataCenters,
  type Probe,
  type ProbeVerdict,
  toProbe,
} from '../../../../cli/doctor/data-center-probe.ts';
import type { Finding } from '../../../../cli/doctor/finding.ts';
import type { FailureCode } from '../../../../lambdas/core/failures.ts';
import { Redacted } from '../../../../lambdas/core/redacted.ts';
import { DATA_CENTER_LOCATIONS } from '../../../../lambdas/core/zoho/data-centers.ts';
import type { TokenResponse } from '../../../../lambdas/core/zoho/token-response.ts';
import { ACCESS_TOKEN, activeConnection, failureOf, NOW_MS } from '../../../support/builders.ts';
import { finding } from './findings.ts';

describe('data center', () => {
  const judge = (overrides: Partial<DataCenterFacts> = {}) =>
    judgeDataCenter({
      name: 'crm-prod',
      credentials: { dataCenter: 'eu' },
      versionId: 'credentials-1',
      row: activeConnection(),
      specified: 'eu',
      ...overrides,
    });
  const refused = (code: FailureCode) =>
    activeConnection({ lastFailure: { ...failureOf(code), atMs: NOW_MS } });
  const unreadable = { credentials: undefined, versionId: undefined };
  const mayBeWrong = finding(
    'fail',
    'the data center may be wrong',
    'Run: zoho-tokens doctor crm-prod --probe-data-centers',
  );

  test.each<[fact: string, actual: Finding, expected: unknown]>([
    [
      'credentials, declaration and Zoho name the same one',
      judge(),
      { result: 'pass', found: 'eu, as specified; API calls go to https://www.zohoapis.eu' },
    ],
    [
      'another one is declared',
      judge({ specified: 'us' }),
      finding('fail', '', 'zoho-tokens authorize crm-prod --data-center us'),
    ],
    ['after invalid_client', judge({ row: refused('invalid_client') }), mayBeWrong],
    [
      'after invalid_client_secret of a connection that never had a token',
      judge({ row: { ...refused('invalid_client_secret'), token: undefined } }),
      mayBeWrong,
    ],
    [
      'a client secret that Zoho accepted before was probably regenerated',
      judge({ row: refused('invalid_client_secret') }),
      finding(
        'fail',
        'it was probably regenerated',
        "Copy the new secret from the client's page at Zoho. zoho-tokens client add CLIENT --data-center eu stores it, then zoho-tokens move crm-prod --client CLIENT uses it.",
      ),
    ],
    [
      'the secret of a shared client is rotated for all its connections',
      judge({ row: { ...refused('invalid_client_secret'), client: 'acme-app' } }),
      finding('fail', 'the secret of the client acme-app', 'zoho-tokens client rotate acme-app'),
    ],
    [
      'a refusal of earlier credentials says nothing about the current ones',
      judge({ row: refused('invalid_client'), versionId: 'credentials-2' }),
      finding('unknown', '', 'Run: zoho-tokens refresh crm-prod'),
    ],
    [
      'an earlier version has published an API domain of another data center',
      judge({ row: activeConnection({ apiDomain: 'https://www.zohoapis.com' }) }),
      finding('fail', 'API calls go to https://www.zohoapis.com, which', 'zoho-tokens refresh crm-prod'),
    ],
    [
      'Zoho names a host of another data center, which is ignored',
      judge({ row: activeConnection({ ignoredApiDomain: 'www.zohoapis.com' }) }),
      finding(
        'fail',
        'Zoho names www.zohoapis.com as api_domain, which is not a host of eu: it is ignored, and API calls go to https://www.zohoapis.eu',
        'zoho-tokens doctor crm-prod --probe-data-centers',
      ),
    ],
    [
      'the same before a token is published',
      judge({ row: activeConnection({ ignoredApiDomain: 'a.example', apiDomain: undefined }) }),
      finding(
        'fail',
        'a.example as api_domain, which is not a host of eu: it is ignored, and API calls go to https://www.zohoapis.eu',
      ),
    ],
    [
      'Zoho has changed the API domain within the data center',
      judge({ row: activeConnection({ apiDomain: 'https://sandbox.zohoapis.eu' }) }),
      {
        result: 'pass',
        found:
          'eu, as specified; API calls go to https://sandbox.zohoapis.eu, not to the usual https://www.zohoapis.eu',
      },
    ],
    [
      'by the row, when the credentials are unreadable',
      judge({ ...unreadable, specified: undefined }),
      finding('pass', 'eu, none specified'),
    ],
    ['neither credentials nor row', judge({ ...unreadable, row: undefined }), finding('unknown')],
  ])('%s', (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });
});

describe("another data center's answer", () => {
  const token: TokenResponse = {
    ...{ kind: 'token', accessToken: new Redacted(ACCESS_TOKEN), lifetimeMs: 1 },
    ...{ refreshToken: undefined, apiDomain: undefined, unknownApiHost: undefined, scope: undefined },
  };

  test.each<[FailureCode | undefined, ProbeVerdict]>([
    [undefined, 'token'],
    ['invalid_code', 'client-known'],
    ['invalid_client_secret', 'other-secret'],
    ['invalid_client', 'unknown-client'],
    ['throttled', 'no-verdict'],
    ['timeout', 'no-verdict'],
    ['server_error', 'no-verdict'],
  ])('%s means %s', (code, verdict) => {
    const response = code === undefined ? token : { kind: 'refused' as const, failure: failureOf(code) };

    expect(toProbe('us', response)).toEqual({ location: 'us', verdict, code });
  });

  test('every data center is asked except the one in the credentials', () => {
    const others = otherDataCenters({ dataCenter: 'eu' });

    expect([...others, 'eu'].sort()).toEqual([...DATA_CENTER_LOCATIONS].sort());
  });
});

describe('all answers together', () => {
  type Answer = [location: Probe['location'], verdict: ProbeVerdict];
  const unknownInUs: Answer = ['us', 'unknown-client'];

  test.each<[fact: string, answers: Answer[], refusal: FailureCode | undefined, expected: unknown]>([
    [
      'a token elsewhere says where to authorize',
      [unknownInUs, ['in', 'token']],
      'invalid_client',
      finding('fail', 'the account is in in, not in eu', 'zoho-tokens authorize crm-prod --data-center in'),
    ],
    [
      'a client known elsewhere but not at home is a clue',
      [unknownInUs, ['jp', 'other-secret']],
      'invalid_client',
      finding('fail', '', '--data-center jp'),
    ],
    [
      'a client known both elsewhere and at home is not',
      [['us', 'client-known']],
      undefined,
      finding('pass'),
    ],
    [
      'no verdict from one leaves it open',
      [unknownInUs, ['jp', 'no-verdict']],
      'invalid_client',
      finding('unknown', 'no verdict from jp'),
    ],
    ['a client known nowhere was deleted or mistyped', [unknownInUs], 'invalid_client', finding('fail')],
    ['a client known only at home passes', [unknownInUs], undefined, finding('pass')],
  ])('%s', (_, answers, refusal, expected) => {
    const probes = answers.map(([location, verdict]): Probe => {
      return { location, verdict, code: verdict === 'token' ? undefined : 'invalid_client' };
    });

    const actual = judgeProbes(probes, { ...{ name: 'crm-prod', own: 'eu', refusal }, secretFix: undefined });

    expect(actual).toEqual(expected);
    expect(actual.details).toHaveLength(answers.length);
  });

  test('a secret that was regenerated at home is replaced, wherever else the client is known', () => {
    const probes: Probe[] = [{ location: 'jp', verdict: 'other-secret', code: 'invalid_client_secret' }];

    const actual = judgeProbes(probes, {
      ...{ name: 'crm-prod', own: 'eu', refusal: 'invalid_client_secret' },
      secretFix: 'Store the new secret.',
    });

    expect(actual).toEqual(finding('fail', 'probably regenerated in eu', 'Store the new secret.'));
  });
});
