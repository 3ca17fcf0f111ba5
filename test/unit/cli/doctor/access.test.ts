import { describe, expect, test } from 'vitest';
import { type AccessFacts, judgeAccess } from '../../../../cli/doctor/access/access.ts';
import { readersByPolicy } from '../../../../cli/doctor/access/resource-policy.ts';
import { denied, finding, read } from './findings.ts';

const ROLE = 'arn:aws:iam::000000000000:role/Refresher';
const ALL = { Effect: 'Allow', Action: '*' };

function policyOf(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

describe('a resource policy', () => {
  test.each<[fact: string, policy: string | undefined, readers: string[] | undefined]>([
    [
      'allows the principals of statements that allow reading, each once',
      policyOf(
        { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Principal: { AWS: ROLE }, Resource: '*' },
        {
          Effect: 'Allow',
          Action: ['secretsmanager:DescribeSecret', 'secretsmanager:get*'],
          Principal: { AWS: ['111122223333', ROLE] },
        },
        { ...ALL, Principal: { Service: 'lambda.amazonaws.com' }, Condition: { Bool: {} } },
      ),
      [ROLE, '111122223333', 'lambda.amazonaws.com (under conditions)'],
    ],
    [
      'allows no one by a denial or by another action',
      policyOf(
        { Effect: 'Deny', Action: '*', Principal: '*' },
        { Effect: 'Allow', Action: 'secretsmanager:DescribeSecret', Principal: '*' },
        { Effect: 'Allow', NotAction: 'secretsmanager:Get*', Principal: '*' },
      ),
      [],
    ],
    [
      'allows everyone by a star',
      policyOf({ Effect: 'Allow', Action: 'secretsmanager:*', Principal: '*' }),
      ['everyone'],
    ],
    [
      'allows everyone by a star for AWS, without another action',
      policyOf({ Effect: 'Allow', NotAction: 'secretsmanager:DeleteSecret', Principal: { AWS: '*' } }),
      ['everyone'],
    ],
    [
      'allows everyone except a principal',
      policyOf({ ...ALL, NotPrincipal: { AWS: ROLE } }),
      [`everyone except ${ROLE}`],
    ],
    ['may be one statement', JSON.stringify({ Statement: { ...ALL, Principal: { AWS: ROLE } } }), [ROLE]],
    ['may be missing', undefined, []],
    ['that is not a policy is not an empty one', '{', undefined],
  ])('%s', (_, policy, readers) => {
    expect(readersByPolicy(policy)).toEqual(readers);
  });
});

describe('who can read the credentials', () => {
  const judge = (overrides: Partial<AccessFacts> = {}) =>
    judgeAccess({
      principals: 37,
      readers: [
        { arn: ROLE, label: 'role Refresher' },
        { arn: 'arn:aws:iam::000000000000:user/alice', label: 'user alice' },
      ],
      refresherRoleArn: ROLE,
      policy: read(undefined),
      ...overrides,
    });
  const users = Array.from({ length: 4 }, (_, index) => ({ arn: `arn:${index}`, label: `user ${index}` }));
  const besides = "readers besides the refresher's role, of 37 roles and users: ";

  test.each<[fact: string, overrides: Partial<AccessFacts>, expected: unknown]>([
    [
      'is listed by name, without the refresher, and never fails',
      {},
      finding('pass', `${besides}user alice (by IAM's policy simulator`),
    ],
    ['may be no one else', { readers: [] }, finding('pass', `${besides}none`)],
    [
      'is a list of details when there are many',
      { readers: users },
      expect.objectContaining({
        found: expect.stringContaining(`${besides}4 (by`),
        details: ['user 0', 'user 1', 'user 2', 'user 3'],
      }),
    ],
    [
      'includes the refresher when its role could not be read',
      { refresherRoleArn: undefined },
      finding('pass', 'of 37 roles and users: role Refresher, user alice'),
    ],
    [
      'includes the readers of the resource policy',
      { policy: read(policyOf({ ...ALL, Principal: '*' })) },
      finding('pass', 'resource policy allows everyone'),
    ],
    [
      'is unknown while that policy could not be read',
      { policy: denied('secretsmanager:GetResourcePolicy') },
      finding('unknown', 'secretsmanager:GetResourcePolicy'),
    ],
    ['is unknown while that policy is not valid', { policy: read('{') }, finding('unknown')],
  ])('%s', (_, overrides, expected) => {
    expect(judge(overrides)).toEqual(expected);
  });
});
