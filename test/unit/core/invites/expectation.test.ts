import { describe, expect, test } from 'vitest';
import { UNKNOWN_PERSON } from '../../../../lambdas/core/consent/authorized-by.ts';
import { decideGrant, mismatchesOf, scopesToRequest } from '../../../../lambdas/core/invites/expectation.ts';

const scopes = ['ZohoCRM.modules.ALL'];
const by = { ...UNKNOWN_PERSON, zuid: '1', email: 'Ann@Acme.example', orgId: '70' };
const granted = { by, dataCenter: 'eu', scope: 'ZohoCRM.modules.ALL', isSandbox: false } as const;

describe('what does not match', () => {
  test.each([
    ['nothing, if nothing is expected', {}, granted, []],
    ['nothing, for the same email in another case', { email: 'ann@acme.example' }, granted, []],
    ['another email', { email: 'bob@acme.example' }, granted, ['email']],
    ['nothing, for the same domain', { emailDomain: 'ACME.example' }, granted, []],
    ['a domain that only ends alike', { emailDomain: 'me.example' }, granted, ['email_domain']],
    ['another organization', { orgId: '71' }, granted, ['org_id']],
    [
      'what Zoho does not say',
      { email: 'ann@acme.example', orgId: '70' },
      { ...granted, by: undefined },
      ['email', 'org_id'],
    ],
    ['nothing, for the same data center', { dataCenter: 'eu' }, granted, []],
    ['another data center', { dataCenter: 'in' }, granted, ['data_center']],
    ['a sandbox', {}, { ...granted, isSandbox: true }, ['sandbox']],
    ['fewer scopes', {}, { ...granted, scope: 'ZohoCRM.users.READ' }, ['scope']],
    ['nothing, if Zoho does not name the scopes', {}, { ...granted, scope: undefined }, []],
  ] as const)('%s', (_, expected, given, mismatch) => {
    expect(mismatchesOf({ expect: expected, scopes }, given)).toEqual(mismatch);
  });
});

test.each([
  ['direct', 'mismatch', [], 'store'],
  ['direct', 'never', [], 'store'],
  ['direct', 'always', [], 'await'],
  ['platform', 'mismatch', [], 'store'],
  ['confirm', 'mismatch', [], 'await'],
  ['confirm', 'never', [], 'await'],
  ['direct', 'mismatch', ['email'], 'await'],
  ['direct', 'never', ['email'], 'revoke'],
  ['confirm', 'never', ['sandbox'], 'revoke'],
] as const)(
  'in mode %s with the setting %s and the mismatch %j: %s',
  (mode, confirmation, mismatch, decision) => {
    expect(decideGrant(mode, confirmation, mismatch)).toBe(decision);
  },
);

test('scopes that identify the user are requested only if someone asks for it', () => {
  expect(scopesToRequest(scopes, { identifies: false, expect: {} })).toEqual(scopes);
  expect(scopesToRequest(scopes, { identifies: true, expect: {} })).toEqual([
    ...scopes,
    'AaaServer.profile.READ',
  ]);
  expect(scopesToRequest(['ZohoCRM.org.ALL'], { identifies: false, expect: { orgId: '1' } })).toEqual([
    'ZohoCRM.org.ALL',
    'AaaServer.profile.READ',
  ]);
});
