import { describe, expect, test } from 'vitest';
import type { Look } from '../../../../cli/aws/try-read.ts';
import { judgeClientType } from '../../../../cli/doctor/client-type.ts';
import { judgeCredentials } from '../../../../cli/doctor/credentials.ts';
import { judgeScopes } from '../../../../cli/doctor/scopes.ts';
import { judgeToken } from '../../../../cli/doctor/token.ts';
import { type FailureCode, InfrastructureError } from '../../../../lambdas/core/failures.ts';
import type { StoredCredentials } from '../../../../lambdas/core/ports.ts';
import { Redacted } from '../../../../lambdas/core/redacted.ts';
import {
  accessToken,
  activeConnection,
  CLIENT_SECRET,
  credentialsSecret,
  failureOf,
  MINUTE_MS,
  NOW_MS,
} from '../../../support/builders.ts';

/** What Secrets Manager refuses. */
function refused(
  code: FailureCode,
  errorName = 'AccessDeniedException',
): { kind: 'unseen'; error: InfrastructureError } {
  const call = { action: 'secretsmanager:GetSecretValue', resource: 'zoho/crm-prod/credentials', errorName };
  return { kind: 'unseen', error: new InfrastructureError(failureOf(code), { call }) };
}

describe('credentials', () => {
  const judge = (stored: Look<StoredCredentials>) => judgeCredentials({ name: 'crm-prod', stored });
  const found = (text: Redacted): Look<StoredCredentials> => ({
    kind: 'seen',
    value: { kind: 'found', versionId: '1', text },
  });

  test('complete ones pass', () => {
    expect(judge(found(credentialsSecret()))).toEqual({
      result: 'pass',
      found: 'complete, for data center eu',
    });
  });

  test('an empty secret, and one that is no credentials, are for authorize to mend', () => {
    const empty = judge({ kind: 'seen', value: { kind: 'empty' } });
    const malformed = judge(found(credentialsSecret({ refresh_token: undefined })));
    const none = judge(found(new Redacted(CLIENT_SECRET)));

    for (const finding of [empty, malformed, none])
      expect(finding).toMatchObject({ result: 'fail', fix: 'zoho-tokens authorize crm-prod' });
    expect(malformed.found).toContain('refresh_token is missing');
    expect(none.found).not.toContain(CLIENT_SECRET);
  });

  test('a secret that is being deleted or missing fails; one that may not be read is unknown, by the action', () => {
    const deleted = judge(refused('secret_being_deleted'));
    const missing = judge(refused('aws_not_found'));
    const denied = judge(refused('aws_access_denied'));
    const noKey = judge(refused('aws_kms_denied'));

    expect(deleted).toMatchObject({ result: 'fail', fix: expect.stringContaining('zoho-tokens connect') });
    expect(missing.result).toBe('fail');
    expect(denied).toMatchObject({
      result: 'unknown',
      fix: 'You have no permission for secretsmanager:GetSecretValue.',
    });
    expect(noKey).toMatchObject({ result: 'unknown', fix: 'You have no permission for kms:Decrypt.' });
  });

  test('an outage is nobody’s missing permission', () => {
    const finding = judge(refused('aws_unavailable', 'InternalServiceError'));

    expect(finding).toMatchObject({ result: 'unknown', fix: expect.stringContaining('Try again') });
  });
});

describe('scopes', () => {
  const declared = (...scopes: string[]) => ({ kind: 'seen', value: { dataCenter: 'eu', scopes } }) as const;

  test('a declared scope that was not granted is named, and how to add it', () => {
    const finding = judgeScopes(
      'crm-prod',
      declared('ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'),
      'zohocrm.MODULES.all',
    );

    expect(finding).toMatchObject({
      result: 'fail',
      found: expect.stringContaining('not granted: ZohoCRM.users.READ'),
      fix: 'zoho-tokens authorize crm-prod --add-scope ZohoCRM.users.READ',
    });
  });

  test('all granted passes, and so does nothing declared', () => {
    expect(judgeScopes('crm-prod', declared('A.b.READ'), 'A.b.READ,C.d.ALL').result).toBe('pass');
    expect(judgeScopes('crm-prod', declared(), 'A.b.READ')).toMatchObject({
      result: 'pass',
      found: 'none are declared; granted: A.b.READ',
    });
  });

  test('nobody can tell before Zoho has said what was granted, nor without seeing what is declared', () => {
    expect(judgeScopes('crm-prod', declared('A.b.READ'), undefined).result).toBe('unknown');
    expect(judgeScopes('crm-prod', refused('aws_access_denied'), 'A.b.READ').result).toBe('unknown');
  });
});

describe('client type', () => {
  const judge = (clientType: 'server-based' | 'self-client' | undefined, authorizedAt?: string) =>
    judgeClientType('crm-prod', { clientType, authorizedAt }, NOW_MS);

  test('a self client fails: it ends with the account of one person', () => {
    expect(judge('self-client', '2026-01-01T09:00:00Z')).toMatchObject({
      result: 'fail',
      found: expect.stringMatching(/one person's account.*authorized 4 d ago/),
    });
  });

  test('a server-based one passes; one that is not recorded is unknown', () => {
    expect(judge('server-based').result).toBe('pass');
    expect(judge(undefined)).toMatchObject({
      result: 'unknown',
      found: 'not recorded; when it was authorized is not recorded',
    });
    expect(judgeClientType('crm-prod', undefined, NOW_MS).result).toBe('unknown');
  });
});

describe('token', () => {
  const row = activeConnection();
  const published = (overrides: Parameters<typeof accessToken>[0] = {}) =>
    ({ kind: 'seen', value: { ok: true, token: accessToken({ generation: 7, ...overrides }) } }) as const;
  const judge = (secret: Parameters<typeof judgeToken>[1], of: typeof row | undefined = row) =>
    judgeToken('crm-prod', secret, of, NOW_MS);

  test('the published generation passes with the time that it has left', () => {
    expect(judge(published({ expiresAtMs: NOW_MS + 30 * MINUTE_MS }))).toEqual({
      result: 'pass',
      found: 'generation 7, valid for 30 min',
    });
  });

  test('one that is over fails', () => {
    expect(judge(published({ expiresAtMs: NOW_MS }))).toMatchObject({ result: 'fail' });
    expect(judge(published({ expiresAtMs: NOW_MS - 5 * MINUTE_MS })).found).toContain('expired 5 min ago');
  });

  test('an older generation than was published fails, a newer one is a refresh under way', () => {
    const older = judge(published({ generation: 6 }));
    const newer = judge(published({ generation: 8 }));

    expect(older).toMatchObject({ result: 'fail', found: expect.stringContaining('generation 6, but 7') });
    expect(newer).toMatchObject({
      result: 'pass',
      found: expect.stringContaining('newer than the row says'),
    });
  });

  test('nothing, something else, and the token of another connection fail', () => {
    const empty = judge({ kind: 'seen', value: { ok: false, problems: 'empty' } });
    const broken = judge({
      kind: 'seen',
      value: { ok: false, problems: ['expires_at is not an ISO 8601 time'] },
    });
    const anothers = judge(published({ connection: 'crm-test' }));

    expect([empty, broken, anothers].map(({ result }) => result)).toEqual(['fail', 'fail', 'fail']);
    expect(broken.found).toContain('expires_at is not an ISO 8601 time');
  });

  test('who may not read it is told what the row says, and that it is only that', () => {
    const denied = refused('aws_access_denied');
    const valid = judge(denied);
    const expired = judge(denied, {
      ...row,
      token: { versionId: 'v', issuedAtMs: 0, expiresAtMs: NOW_MS - MINUTE_MS },
    });
    const never = judge(denied, { ...row, token: undefined });

    expect(valid).toMatchObject({
      result: 'pass',
      found: expect.stringContaining('by the row alone: secretsmanager:GetSecretValue'),
    });
    expect(expired.result).toBe('fail');
    expect(never.result).toBe('fail');
    expect(judgeToken('crm-prod', denied, undefined, NOW_MS).result).toBe('unknown');
  });

  test('a secret that is being deleted fails whatever the row says', () => {
    expect(judge(refused('secret_being_deleted')).result).toBe('fail');
    expect(judge(refused('aws_not_found')).result).toBe('fail');
  });
});
