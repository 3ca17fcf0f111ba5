import { describe, expect, it } from 'vitest';
import {
  CREDENTIALS_ECHOED,
  INTERNAL_ERROR,
  LEASE_EXPIRED,
  noCredentials,
  SUPERSEDED,
  UNDECLARED,
  unreadableCredentials,
  unwritableToken,
} from '../../../../lambdas/core/refresh/refresh-failures.ts';
import { activeConnection, failureOf, pendingConnection } from '../../../support/builders.ts';

it.each([
  [
    noCredentials('zoho', pendingConnection({ name: 'crm' })),
    'no_credentials',
    /^Not authorized yet: the secret zoho\/crm\/credentials is empty or .*authorize crm$/,
  ],
  [
    noCredentials('zoho', pendingConnection({ name: 'crm', store: 'dynamodb' })),
    'no_credentials',
    /^Not authorized yet: DynamoDB has no credentials of it\. Run: zoho-tokens authorize crm$/,
  ],
  [
    noCredentials('zoho', activeConnection({ name: 'crm', store: 'dynamodb' })),
    'no_credentials',
    /^The credentials of crm are not in DynamoDB any more\. .*TableRestored\.md.*authorize crm$/,
  ],
  [UNDECLARED, 'undeclared', /no longer in the configuration/],
  [LEASE_EXPIRED, 'lease_expired', /before Zoho was called/],
  [CREDENTIALS_ECHOED, 'unrecognized_response', /credentials/],
  [SUPERSEDED, 'superseded', /same or a higher generation/],
  [INTERNAL_ERROR, 'internal_error', /^Unexpected error/],
])('a failure says what happened: %o', (failure, code, message) => {
  expect(failure).toEqual({ code, message: expect.stringMatching(message) });
});

describe('credentials that cannot be read', () => {
  it.each(['aws_not_found', 'aws_access_denied'] as const)(
    'with %s are not there yet, if the connection never had any',
    (code) => {
      expect(unreadableCredentials('zoho', pendingConnection(), failureOf(code))).toEqual(
        noCredentials('zoho', pendingConnection()),
      );
    },
  );

  it.each([
    ['that Zoho judged', { credentialsVersionId: 'v' }],
    ['that gave a token', { token: activeConnection().token }],
  ])('are a problem, if it had some %s', (_, had) => {
    const seen = pendingConnection(had);

    expect(unreadableCredentials('zoho', seen, failureOf('aws_not_found'))).toEqual({
      code: 'aws_not_found',
      message:
        'The credentials secret zoho/crm-prod/credentials does not exist any more. Restore it (aws secretsmanager restore-secret --secret-id zoho/crm-prod/credentials), take over what an earlier deployment left (zoho-tokens adopt crm-prod), or authorize again (zoho-tokens authorize crm-prod).',
    });
    expect(unreadableCredentials('zoho', seen, failureOf('aws_access_denied'))).toEqual({
      code: 'aws_access_denied',
      message: expect.stringMatching(
        /^The credentials secret zoho\/crm-prod\/credentials cannot be read: IAM denies it.* Run: zoho-tokens doctor crm-prod\. If it does not exist: Restore it/,
      ),
    });
  });

  it('in DynamoDB are the failure of DynamoDB, which says that there is no item and denies nothing else', () => {
    const sealed = pendingConnection({ store: 'dynamodb' });
    const denied = failureOf('aws_access_denied');

    expect(unreadableCredentials('zoho', sealed, denied)).toBe(denied);
    expect(unwritableToken('zoho', sealed, denied)).toBe(denied);
  });

  it('for another reason are that failure', () => {
    const denied = failureOf('aws_kms_denied');

    expect(unreadableCredentials('zoho', pendingConnection(), denied)).toBe(denied);
  });
});

describe('a token that cannot be written', () => {
  it.each([
    ['declared', 'aws_access_denied', 'deploy the stack again with cdk deploy --revert-drift'],
    ['connected', 'aws_not_found', 'run zoho-tokens connect crm-prod --data-center …'],
  ] as const)('may lack its secret: a %s connection, %s', (source, code, create) => {
    expect(unwritableToken('zoho', activeConnection({ source }), failureOf(code))).toEqual({
      code,
      message: `The token secret zoho/crm-prod/access-token cannot be written: it does not exist, or IAM denies it (IAM answers alike). If it does not exist, ${create}. Otherwise check the refresher's role and the policy of the secret.`,
    });
  });

  it('for another reason is that failure', () => {
    const throttled = failureOf('aws_throttled');

    expect(unwritableToken('zoho', activeConnection(), throttled)).toBe(throttled);
  });
});
