import { describe, expect, test } from 'vitest';
import { judgeClientType } from '../../../../cli/doctor/client-type.ts';
import { judgeDataCenter } from '../../../../cli/doctor/data-center.ts';
import { fail, pass } from '../../../../cli/doctor/finding.ts';
import { judgeScopes } from '../../../../cli/doctor/scopes.ts';
import { judgeToken } from '../../../../cli/doctor/token.ts';
import { waitOutThrottling } from '../../../../cli/doctor/wait-out-throttling.ts';
import { activeConnection, coolingDownConnection, NOW_MS } from '../../../support/builders.ts';
import { denied, read } from './findings.ts';

const throttled = coolingDownConnection();
const WAIT =
  'Wait: Zoho throttles the connection, and every call prolongs that. The refresher asks again in 9 min. Then run doctor again.';

describe('while Zoho throttles a connection', () => {
  const token = { versionId: 'v', issuedAtMs: 0, expiresAtMs: NOW_MS - 1 };
  const stored = { name: 'crm-prod', credentials: { dataCenter: 'eu' }, specified: undefined } as const;

  test.each([
    ['scopes that are not recorded', judgeScopes('crm-prod', denied(), undefined)],
    ['a missing scope', judgeScopes('crm-prod', read({ dataCenter: 'eu', scopes: ['A.b.ALL'] }), 'C.d.READ')],
    [
      'a self client',
      judgeClientType('crm-prod', { clientType: 'self-client', authorizedAt: undefined }, NOW_MS),
    ],
    [
      'a client of an unknown type',
      judgeClientType('crm-prod', { clientType: undefined, authorizedAt: undefined }, NOW_MS),
    ],
    [
      'an expired token',
      judgeToken(
        'crm-prod',
        { store: 'secrets-manager', published: denied() },
        { ...throttled, token },
        { nowMs: NOW_MS, isAuthorized: true },
      ),
    ],
    [
      'credentials that were not used yet',
      judgeDataCenter({
        ...{ ...stored, versionId: 'another' },
        row: { ...throttled, credentialsVersionId: 'used', client: undefined },
      }),
    ],
  ])('the only advice about %s is to wait', (_, finding) => {
    expect(finding.fix).toMatch(/zoho-tokens (refresh|authorize)/);

    expect(waitOutThrottling(finding, throttled, NOW_MS)).toEqual({ ...finding, fix: WAIT });
  });

  test('advice that calls Zoho nowhere stands', () => {
    const finding = fail('an alarm has no action', 'Deploy with --revert-drift.');

    expect(waitOutThrottling(finding, throttled, NOW_MS)).toEqual(finding);
    expect(waitOutThrottling(pass('fine'), throttled, NOW_MS)).toEqual(pass('fine'));
  });
});

test('advice to call Zoho stands when the connection is not throttled, and when it has no row', () => {
  const finding = fail('expired', 'Run: zoho-tokens refresh crm-prod');

  expect(waitOutThrottling(finding, activeConnection(), NOW_MS)).toEqual(finding);
  expect(waitOutThrottling(finding, undefined, NOW_MS)).toEqual(finding);
});
