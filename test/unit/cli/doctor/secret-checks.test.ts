import { describe, expect, test } from 'vitest';
import type { ReadResult } from '../../../../cli/aws/try-read.ts';
import { judgeClientType } from '../../../../cli/doctor/client-type.ts';
import { judgeCredentials } from '../../../../cli/doctor/credentials.ts';
import type { Finding } from '../../../../cli/doctor/finding.ts';
import type { ReadToken } from '../../../../cli/doctor/published-token.ts';
import { judgeScopes } from '../../../../cli/doctor/scopes.ts';
import { judgeToken } from '../../../../cli/doctor/token.ts';
import type { SecretFacts } from '../../../../cli/secrets/connection-secrets.ts';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import type { StoredCredentials } from '../../../../lambdas/core/ports.ts';
import { Redacted } from '../../../../lambdas/core/redacted.ts';
import {
  accessToken,
  activeConnection,
  CLIENT_SECRET,
  credentialsSecret,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
  secretFacts,
} from '../../../support/builders.ts';
import { denied, finding, read, unavailable } from './findings.ts';

interface Facts {
  readonly row: Connection;
  readonly secret: SecretFacts;
}

type Case = [fact: string, actual: Finding, expected: unknown];

describe('credentials', () => {
  const judge = (
    stored: ReadResult<StoredCredentials>,
    { row = pendingConnection(), secret = secretFacts() }: Partial<Facts> = {},
  ) => judgeCredentials({ name: 'crm-prod', stored, secret: read(secret), row: read(row) });
  const judgeMissing = (row: Connection) =>
    judgeCredentials({ name: 'crm-prod', stored: denied(), secret: read(undefined), row: read(row) });
  const stored = read({ kind: 'found', versionId: '1', text: credentialsSecret() } as const);
  const waiting = pendingConnection({
    lastFailure: { code: 'no_credentials', message: 'Not authorized yet.', atMs: NOW_MS },
  });
  const text = (value: Redacted) => judge(read({ kind: 'found', versionId: '1', text: value }));
  const authorize = 'Run: zoho-tokens authorize crm-prod';

  test.each<Case>([
    ['complete', text(credentialsSecret()), { result: 'pass', found: 'complete, for data center eu' }],
    ['empty', judge(read({ kind: 'empty' })), finding('fail', 'empty', authorize)],
    [
      'incomplete',
      text(credentialsSecret({ refresh_token: undefined })),
      finding('fail', 'refresh_token is missing', authorize),
    ],
    ['not credentials at all', text(new Redacted(CLIENT_SECRET)), finding('fail', '', authorize)],
    [
      'scheduled for deletion',
      judge(unavailable('secret_being_deleted')),
      finding('fail', '', 'zoho-tokens connect'),
    ],
    [
      'missing before the first authorization',
      judgeMissing(pendingConnection()),
      finding('fail', 'does not exist: the connection was never authorized', authorize),
    ],
    [
      'missing after it was authorized',
      judgeMissing(activeConnection()),
      finding('fail', 'does not exist any more', 'zoho-tokens authorize crm-prod'),
    ],
    [
      'unseen by the refresher, minutes after they were stored',
      judge(stored, { row: waiting, secret: secretFacts({ changedAtMs: NOW_MS - 2 * MINUTE_MS }) }),
      finding('fail', 'the refresher could not read them', 'zoho-tokens refresh crm-prod'),
    ],
    [
      'stored just now, before the refresher looks again',
      judge(stored, { row: waiting, secret: secretFacts({ changedAtMs: NOW_MS }) }),
      finding('pass'),
    ],
    [
      'without permission',
      judge(denied()),
      finding('unknown', '', 'You have no permission for secretsmanager:GetSecretValue.'),
    ],
    [
      'without permission for the key',
      judge(unavailable('aws_kms_denied')),
      finding('unknown', '', 'You have no permission for kms:Decrypt.'),
    ],
    [
      'an outage is not a missing permission',
      judge(unavailable('aws_unavailable', { errorName: 'InternalServiceError' })),
      finding('unknown', '', 'Try again'),
    ],
  ])('%s', (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });

  test('what is not credentials is not shown', () => {
    expect(JSON.stringify(text(new Redacted(CLIENT_SECRET)))).not.toContain(CLIENT_SECRET);
  });
});

describe('scopes', () => {
  const judge = (declared: readonly string[], granted: string | undefined) =>
    judgeScopes('crm-prod', read({ dataCenter: 'eu', scopes: declared }), granted);

  test.each<Case>([
    [
      'a declared scope that is not granted is named, with the command that adds it',
      judge(['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'], 'zohocrm.MODULES.all'),
      finding(
        'fail',
        'not granted: ZohoCRM.users.READ',
        'Run: zoho-tokens authorize crm-prod --add-scope ZohoCRM.users.READ',
      ),
    ],
    ['all are granted', judge(['A.b.READ'], 'A.b.READ,C.d.ALL'), finding('pass')],
    ['none are declared', judge([], 'A.b.READ'), finding('pass', 'none declared; granted: A.b.READ')],
    ['the granted ones are not recorded yet', judge(['A.b.READ'], undefined), finding('unknown')],
    [
      'the declared ones could not be read',
      judgeScopes('crm-prod', denied(), 'A.b.READ'),
      finding('unknown'),
    ],
  ])('%s', (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });
});

describe('client type', () => {
  const judge = (clientType: 'server-based' | 'self-client' | undefined, authorizedAt?: string) =>
    judgeClientType('crm-prod', { clientType, authorizedAt }, NOW_MS);

  test.each<Case>([
    [
      'a self client depends on the account of one user',
      judge('self-client', '2026-01-01T09:00:00Z'),
      finding('fail', 'when the account of its user is closed; authorized 4 d ago'),
    ],
    ['server-based', judge('server-based'), finding('pass')],
    [
      'not recorded',
      judge(undefined),
      finding('unknown', 'type not recorded; time of authorization not recorded'),
    ],
    ['no credentials', judgeClientType('crm-prod', undefined, NOW_MS), finding('unknown')],
  ])('%s', (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });
});

describe('token', () => {
  const row = activeConnection();
  const ofSecret = (published: ReadToken['published']): ReadToken => ({
    store: 'secrets-manager',
    published,
  });
  const judge = (secret: ReadToken['published'], of: typeof row | undefined = row) =>
    judgeToken('crm-prod', ofSecret(secret), of, { nowMs: NOW_MS, isAuthorized: true });
  const published = (overrides: Parameters<typeof accessToken>[0]) =>
    judge(read({ ok: true, token: accessToken({ generation: 7, ...overrides }) }));
  const expired = { versionId: 'v', issuedAtMs: 0, expiresAtMs: NOW_MS - MINUTE_MS };

  test.each<Case>([
    [
      'the published generation, with its remaining life',
      published({ issuedAtMs: NOW_MS - 30 * MINUTE_MS, expiresAtMs: NOW_MS + 30 * MINUTE_MS }),
      { result: 'pass', found: 'generation 7, valid for 30 min' },
    ],
    [
      'that Zoho issued for less than an hour',
      published({ issuedAtMs: NOW_MS - 9 * MINUTE_MS, expiresAtMs: NOW_MS + MINUTE_MS }),
      {
        result: 'pass',
        found:
          'generation 7, valid for 60 s (Zoho issued it for 10 min instead of an hour: see docs/runbooks/ContractChanged.md)',
      },
    ],
    ['expired now', published({ expiresAtMs: NOW_MS }), finding('fail')],
    [
      'expired before',
      published({ expiresAtMs: NOW_MS - 5 * MINUTE_MS }),
      finding('fail', 'expired 5 min ago'),
    ],
    ['an older generation', published({ generation: 6 }), finding('fail', 'generation 6, but 7')],
    [
      'a newer generation is a refresh in progress',
      published({ generation: 8 }),
      finding('pass', 'newer than the row'),
    ],
    ["another connection's token", published({ connection: 'crm-test' }), finding('fail')],
    [
      'nothing, for stored credentials',
      judge(read({ ok: false, problems: 'empty' })),
      finding('fail', 'no token was ever published', 'Run: zoho-tokens refresh crm-prod'),
    ],
    [
      'nothing, without credentials',
      judgeToken('crm-prod', ofSecret(read({ ok: false, problems: 'empty' })), row, {
        ...{ nowMs: NOW_MS, isAuthorized: false },
      }),
      finding('fail', 'no token was ever published', 'Run: zoho-tokens authorize crm-prod'),
    ],
    [
      'expired, of a blocked connection, which no refresh helps',
      judge(denied(), { ...row, token: expired, status: 'blocked' }),
      finding('fail', 'expired', 'Fix what the check last-failure found.'),
    ],
    [
      'not a token',
      judge(read({ ok: false, problems: ['expires_at is missing or invalid'] })),
      finding('fail', 'expires_at is missing or invalid'),
    ],
    [
      'without permission, by the row only',
      judge(denied()),
      finding('pass', 'from the row only: secretsmanager:GetSecretValue'),
    ],
    ['without permission, expired by the row', judge(denied(), { ...row, token: expired }), finding('fail')],
    [
      'without permission, never published by the row',
      judge(denied(), { ...row, token: undefined }),
      finding('fail'),
    ],
    [
      'without permission and without a row',
      judgeToken('crm-prod', ofSecret(denied()), undefined, { nowMs: NOW_MS, isAuthorized: false }),
      finding('unknown'),
    ],
    [
      'scheduled for deletion, whatever the row says',
      judge(unavailable('secret_being_deleted')),
      finding('fail'),
    ],
    ['missing, whatever the row says', judge(unavailable('aws_not_found')), finding('fail')],
  ])('%s', (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });
});
