import { describe, expect, test } from 'vitest';
import { announcedAuthorizationOf } from '../../../../lambdas/core/consent/announced-authorization.ts';
import { parseCredentials } from '../../../../lambdas/core/secrets/credentials.ts';
import { CLIENT_SECRET, credentialsSecret, REFRESH_TOKEN } from '../../../support/builders.ts';

const USER = 'arn:aws:iam::111122223333:user/ops/Ana';
const ROLE = 'arn:aws-us-gov:sts::111122223333:assumed-role/Ops/ana@example.com';
const UNKNOWN = { by: undefined, atMs: undefined };

function announced(fields: Record<string, unknown>) {
  const parsed = parseCredentials(credentialsSecret({ authorized_at: undefined, ...fields }));
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return announcedAuthorizationOf(parsed.credentials);
}

describe('what events say about an authorization', () => {
  test('is the Zoho user, the organization and the AWS principal by their ids, and the time', () => {
    const authorized_by = { zuid: 20100001, org_id: '777', aws_principal: USER };

    expect(announced({ authorized_by, authorized_at: '2026-01-05T09:00:00.000+01:00' })).toEqual({
      by: { zuid: '20100001', orgId: '777', awsPrincipal: USER },
      atMs: Date.UTC(2026, 0, 5, 8),
    });
  });

  test('is never the email or the name of the organization', () => {
    const authorized_by = { zuid: '1', email: 'ana@example.com', org_name: 'Ana Ltd' };

    expect(announced({ authorized_by }).by).toEqual({ zuid: '1' });
    expect(announced({ authorized_by: { email: 'ana@example.com', org_name: 'Ana Ltd' } })).toEqual(UNKNOWN);
  });

  test('may be a principal of any partition, and a session of a role', () => {
    expect(announced({ authorized_by: { aws_principal: ROLE } }).by).toEqual({ awsPrincipal: ROLE });
  });

  test.each([
    ['is missing', {}],
    ['is no object', { authorized_by: USER, authorized_at: 5 }],
    ['is a list', { authorized_by: [{ zuid: '1' }], authorized_at: ['2026-01-05T09:00:00Z'] }],
    ['has parts of another form', { authorized_by: { zuid: 'ana', org_id: {}, aws_principal: 'Ana' } }],
    ['has ids that are too long', { authorized_by: { zuid: '1'.repeat(33), org_id: '1'.repeat(400) } }],
    ['has a principal that is too long', { authorized_by: { aws_principal: `${USER}${'a'.repeat(250)}` } }],
    ['has control characters', { authorized_by: { zuid: '1\u001b2', aws_principal: `${USER}\nb` } }],
    ['has the refresh token', { authorized_by: { aws_principal: `${USER}/${REFRESH_TOKEN}` } }],
    ['has the client secret', { authorized_by: { aws_principal: `${USER}/${CLIENT_SECRET}` } }],
    ['has a secret as its time', { authorized_at: REFRESH_TOKEN }],
    ['has a time with more text', { authorized_at: '2026-01-05T09:00:00Z (ana)' }],
    ['has text before the time', { authorized_at: 'at 2026-01-05T09:00:00Z' }],
    ['has a day without a time', { authorized_at: '2026-01-05' }],
    ['has an impossible time', { authorized_at: '2026-13-05T09:00:00Z' }],
  ])('is nothing if the record %s', (_, fields) => {
    expect(announced(fields)).toEqual(UNKNOWN);
  });
});
