import { describe, expect, test } from 'vitest';
import { type AccessFacts, judgeAccess } from '../../../../cli/doctor/access/access.ts';
import { readersByPolicy } from '../../../../cli/doctor/access/resource-policy.ts';
import { InfrastructureError } from '../../../../lambdas/core/failures.ts';
import { failureOf } from '../../../support/builders.ts';

const ROLE = 'arn:aws:iam::000000000000:role/Refresher';

function policyOf(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

describe('a policy on a secret', () => {
  test('lets in the principals of statements that allow reading', () => {
    const policy = policyOf(
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Principal: { AWS: ROLE }, Resource: '*' },
      {
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:get*'],
        Principal: { AWS: ['111122223333', ROLE] },
      },
      {
        Effect: 'Allow',
        Action: '*',
        Principal: { Service: 'lambda.amazonaws.com' },
        Condition: { Bool: {} },
      },
    );

    expect(readersByPolicy(policy)).toEqual([
      ROLE,
      '111122223333',
      'lambda.amazonaws.com (under conditions)',
    ]);
  });

  test('lets nobody in by a denial, or by another action', () => {
    const policy = policyOf(
      { Effect: 'Deny', Action: '*', Principal: '*' },
      { Effect: 'Allow', Action: 'secretsmanager:DescribeSecret', Principal: '*' },
      { Effect: 'Allow', NotAction: 'secretsmanager:Get*', Principal: '*' },
    );

    expect(readersByPolicy(policy)).toEqual([]);
  });

  test('is named for what it is when it lets everybody in', () => {
    const star = policyOf({ Effect: 'Allow', Action: 'secretsmanager:*', Principal: '*' });
    const aws = policyOf({
      Effect: 'Allow',
      NotAction: 'secretsmanager:DeleteSecret',
      Principal: { AWS: '*' },
    });
    const but = policyOf({ Effect: 'Allow', Action: '*', NotPrincipal: { AWS: ROLE } });

    expect(readersByPolicy(star)).toEqual(['everybody']);
    expect(readersByPolicy(aws)).toEqual(['everybody']);
    expect(readersByPolicy(but)).toEqual([`everybody but ${ROLE}`]);
  });

  test('may be one statement, or nothing; what is no policy is not taken for an empty one', () => {
    const single = JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Principal: { AWS: ROLE } } });

    expect(readersByPolicy(single)).toEqual([ROLE]);
    expect(readersByPolicy(undefined)).toEqual([]);
    expect(readersByPolicy('{')).toBeUndefined();
  });
});

describe('who may read the credentials', () => {
  const judge = (overrides: Partial<AccessFacts> = {}) =>
    judgeAccess({
      principals: 37,
      readers: [
        { arn: ROLE, label: 'role Refresher' },
        { arn: 'arn:aws:iam::000000000000:user/alice', label: 'user alice' },
      ],
      refresherRoleArn: ROLE,
      policy: { kind: 'seen', value: undefined },
      ...overrides,
    });

  test('is told by name, without the refresher, and never a fault', () => {
    const { result, found } = judge();

    expect(result).toBe('pass');
    expect(found).toContain("besides the refresher's role: user alice (as IAM's policy simulator sees it");
  });

  test('nobody else is told as nobody; many are a list', () => {
    const users = Array.from({ length: 4 }, (_, index) => ({ arn: `arn:${index}`, label: `user ${index}` }));

    expect(judge({ readers: [] }).found).toContain("the refresher's role: nobody");
    expect(judge({ readers: users })).toMatchObject({
      found: expect.stringContaining("the refresher's role: 4 (as"),
      details: ['user 0', 'user 1', 'user 2', 'user 3'],
    });
  });

  test('the refresher is among the others when its role cannot be seen', () => {
    const { found } = judge({ refresherRoleArn: undefined });

    expect(found).toContain('37 roles and users, role Refresher, user alice');
  });

  test('a policy on the secret says whom it lets in', () => {
    const value = policyOf({ Effect: 'Allow', Action: '*', Principal: '*' });

    expect(judge({ policy: { kind: 'seen', value } }).found).toContain('own policy lets in everybody');
  });

  test('is unknown while that policy cannot be seen or read', () => {
    const call = {
      action: 'secretsmanager:GetResourcePolicy',
      resource: 'zoho/crm-prod/credentials',
      errorName: 'AccessDeniedException',
    };
    const error = new InfrastructureError(failureOf('aws_access_denied'), { call });

    expect(judge({ policy: { kind: 'unseen', error } })).toMatchObject({
      result: 'unknown',
      found: expect.stringContaining('secretsmanager:GetResourcePolicy'),
    });
    expect(judge({ policy: { kind: 'seen', value: '{' } }).result).toBe('unknown');
  });
});
