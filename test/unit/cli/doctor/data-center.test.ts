import { describe, expect, test } from 'vitest';
import { type DataCenterFacts, judgeDataCenter } from '../../../../cli/doctor/data-center.ts';
import {
  judgeProbes,
  otherDataCenters,
  type Probe,
  type ProbeVerdict,
  toProbe,
} from '../../../../cli/doctor/data-center-probe.ts';
import type { FailureCode } from '../../../../lambdas/core/failures.ts';
import { Redacted } from '../../../../lambdas/core/redacted.ts';
import { DATA_CENTER_LOCATIONS } from '../../../../lambdas/core/zoho/data-centers.ts';
import { ACCESS_TOKEN, activeConnection, failureOf, NOW_MS } from '../../../support/builders.ts';

describe('data center', () => {
  const judge = (overrides: Partial<DataCenterFacts> = {}) =>
    judgeDataCenter({
      name: 'crm-prod',
      credentials: { dataCenter: 'eu' },
      versionId: 'credentials-1',
      row: activeConnection(),
      intended: 'eu',
      ...overrides,
    });

  test('passes when credentials, declaration and Zoho name the same one', () => {
    expect(judge()).toEqual({
      result: 'pass',
      found: 'eu, as declared; API calls go to https://www.zohoapis.eu',
    });
  });

  test('fails when another one was declared', () => {
    expect(judge({ intended: 'us' })).toMatchObject({
      result: 'fail',
      fix: expect.stringContaining('zoho-tokens authorize crm-prod --data-center us'),
    });
  });

  test.each(['invalid_client', 'invalid_client_secret'] as const)(
    'after %s a wrong one is a likely cause, and the probe is named',
    (code) => {
      const row = activeConnection({ lastFailure: { ...failureOf(code), atMs: NOW_MS } });

      expect(judge({ row })).toMatchObject({
        result: 'fail',
        found: expect.stringContaining('a wrong data center is a likely cause'),
        fix: 'zoho-tokens doctor crm-prod --probe-data-centers',
      });
    },
  );

  test('a refusal of earlier credentials says nothing of new ones', () => {
    const row = activeConnection({ lastFailure: { ...failureOf('invalid_client'), atMs: NOW_MS } });

    expect(judge({ row, versionId: 'credentials-2' })).toMatchObject({
      result: 'unknown',
      fix: 'zoho-tokens refresh crm-prod',
    });
  });

  test('fails when Zoho sends API calls to another data center: consumers refuse those hosts', () => {
    const row = activeConnection({ apiDomain: 'https://www.zohoapis.com' });

    expect(judge({ row })).toMatchObject({ result: 'fail', found: expect.stringContaining('zohoapis.com') });
  });

  test('is judged by the row where credentials may not be read, and unknown without either', () => {
    expect(judge({ credentials: undefined, versionId: undefined, intended: undefined })).toMatchObject({
      result: 'pass',
      found: expect.stringContaining('eu, nobody declared one'),
    });
    expect(judge({ credentials: undefined, versionId: undefined, row: undefined }).result).toBe('unknown');
  });
});

describe('an answer of another data center', () => {
  test('a token means that the account lives there', () => {
    const response = {
      kind: 'token',
      accessToken: new Redacted(ACCESS_TOKEN),
      apiDomain: undefined,
      scope: undefined,
      lifetimeMs: 1,
    } as const;

    expect(toProbe('us', response)).toEqual({ location: 'us', verdict: 'token', code: undefined });
  });

  test.each<[FailureCode, ProbeVerdict]>([
    ['invalid_code', 'client-known'],
    ['invalid_client_secret', 'other-secret'],
    ['invalid_client', 'unknown-client'],
    ['throttled', 'no-verdict'],
    ['timeout', 'no-verdict'],
    ['server_error', 'no-verdict'],
  ])('%s means %s', (code, verdict) => {
    expect(toProbe('us', { kind: 'refused', failure: failureOf(code) })).toEqual({
      location: 'us',
      verdict,
      code,
    });
  });

  test('is asked of every data center but the own', () => {
    const others = otherDataCenters({ dataCenter: 'eu' });

    expect([...others, 'eu'].sort()).toEqual([...DATA_CENTER_LOCATIONS].sort());
  });
});

describe('all answers together', () => {
  const probe = (location: Probe['location'], verdict: ProbeVerdict): Probe => ({
    location,
    verdict,
    code: verdict === 'token' ? undefined : 'invalid_client',
  });
  const judge = (probes: readonly Probe[], refusal?: FailureCode) =>
    judgeProbes(probes, { name: 'crm-prod', own: 'eu', refusal });

  test('a token somewhere else says where to authorize', () => {
    const finding = judge([probe('us', 'unknown-client'), probe('in', 'token')], 'invalid_client');

    expect(finding).toMatchObject({
      result: 'fail',
      found: expect.stringContaining('lives in in, not in eu'),
      fix: expect.stringContaining('zoho-tokens authorize crm-prod --data-center in'),
    });
    expect(finding.details).toHaveLength(2);
  });

  test('a client that is known elsewhere, and not at home, is a clue', () => {
    const finding = judge([probe('us', 'unknown-client'), probe('jp', 'other-secret')], 'invalid_client');

    expect(finding).toMatchObject({ result: 'fail', fix: expect.stringContaining('--data-center jp') });
  });

  test('a client that is known elsewhere as well is none', () => {
    expect(judge([probe('us', 'client-known')]).result).toBe('pass');
  });

  test('no verdict anywhere leaves it open', () => {
    expect(judge([probe('us', 'unknown-client'), probe('jp', 'no-verdict')], 'invalid_client')).toMatchObject(
      {
        result: 'unknown',
        found: expect.stringContaining('jp said nothing'),
      },
    );
  });

  test('a client that nobody knows was deleted or is misspelt', () => {
    expect(judge([probe('us', 'unknown-client')], 'invalid_client').result).toBe('fail');
    expect(judge([probe('us', 'unknown-client')]).result).toBe('pass');
  });
});
