import { Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AccountPrincipal,
  ArnPrincipal,
  type IGrantable,
  OrganizationPrincipal,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { identityStatements, keyStatements, secretStatements } from './policy-statements.ts';
import { createApp, createStack, logicalId, TWO_CONNECTIONS } from './synthesize.ts';

const VIA_SECRETS_MANAGER = {
  'Fn::Join': ['', ['secretsmanager.eu-central-1.', { Ref: 'AWS::URLSuffix' }]],
};
const ROLE_ARN = 'arn:aws:iam::111122223333:role/x';
const KNOWN = { env: { account: '999999999999', region: 'eu-central-1' } };

type Grantee = (stack: Stack) => IGrantable;

const byArn: Grantee = (stack) => Role.fromRoleArn(stack, 'Reader', ROLE_ARN);
const immutable: Grantee = (stack) => Role.fromRoleArn(stack, 'Reader', ROLE_ARN, { mutable: false });
const ownRole: Grantee = (stack) =>
  new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });

describe('a reader in another account', () => {
  test.each([
    ['an account', () => new AccountPrincipal('111122223333'), 'arn:aws:iam::111122223333:root'],
    ['an ARN', () => new ArnPrincipal(ROLE_ARN), ROLE_ARN],
    ['a role by its ARN', byArn, ROLE_ARN],
    ['an immutable role by its ARN', immutable, ROLE_ARN],
  ] as const)('that is %s is allowed by the policies of secret and key only', (_, grantee, arn) => {
    for (const stackProps of [{}, KNOWN]) {
      const { template, tokenSecret, granted } = grantRead(grantee, stackProps);

      expect(granted).toBe(true);
      expect(secretStatements(template)).toEqual({
        [tokenSecret]: [
          {
            effect: 'Allow',
            actions: ['secretsmanager:GetSecretValue'],
            resources: ['*'],
            principals: [arn],
            condition: undefined,
          },
        ],
      });
      expect(decryptersOf(template)).toEqual([arn]);
      expect(policiesOfReaders(template)).toEqual([]);
    }
  });

  test('can decrypt that one token only, through Secrets Manager', () => {
    const { template } = grantRead(byArn, KNOWN);

    expect(decryptStatements(template)).toEqual([
      expect.objectContaining({
        effect: 'Allow',
        actions: ['kms:Decrypt'],
        condition: {
          StringEquals: { 'kms:ViaService': VIA_SECRETS_MANAGER },
          StringLike: {
            'kms:EncryptionContext:SecretARN':
              'arn:aws:secretsmanager:eu-central-1:999999999999:secret:zoho/crm-prod/access-token-??????',
          },
        },
      }),
    ]);
  });

  test('never makes the secret public', () => {
    const { template } = grantRead(byArn);

    template.hasResourceProperties('AWS::SecretsManager::ResourcePolicy', { BlockPublicPolicy: true });
  });

  test('shares the policy of the secret with other readers', () => {
    const others = ['222222222222', '333333333333'].map((account) => new AccountPrincipal(account));
    const { template, tokenSecret } = grantRead(byArn, {}, ...others, others[0] as IGrantable);

    const readers = secretStatements(template)[tokenSecret]?.flatMap(({ principals }) => principals);
    const accounts = readers?.map((arn) => /\d{12}/.exec(arn)?.[0]).sort();
    expect(accounts).toEqual(['111122223333', '222222222222', '333333333333']);
    expect(decryptersOf(template).sort()).toEqual(readers?.sort());
  });

  test('can be an organization, which becomes a condition', () => {
    const { template, tokenSecret } = grantRead(() => new OrganizationPrincipal('o-1234567890'));
    const ofOrganization = expect.objectContaining({
      StringEquals: expect.objectContaining({ 'aws:PrincipalOrgID': 'o-1234567890' }),
    });

    expect(secretStatements(template)[tokenSecret]).toMatchObject([
      { principals: ['*'], condition: ofOrganization },
    ]);
    expect(decryptStatements(template)).toMatchObject([{ principals: ['*'], condition: ofOrganization }]);
  });

  test('can be a named role of another stack', () => {
    const app = createApp();
    const provider = createStack({ connections: TWO_CONNECTIONS }, app, KNOWN);
    const consumer = new Stack(app, 'Consumer', { env: { ...KNOWN.env, account: '111122223333' } });
    const assumedBy = new ServicePrincipal('lambda.amazonaws.com');
    const reader = new Role(consumer, 'Reader', { roleName: 'reader', assumedBy });

    provider.zoho.connection('crm-prod').grantRead(reader);

    expect(decryptersOf(Template.fromStack(provider))).toEqual(['arn:aws:iam::111122223333:role/reader']);
    expect(identityStatements(Template.fromStack(consumer))).toEqual([]);
  });

  test('of one connection cannot read another', () => {
    const stack = createStack({ connections: TWO_CONNECTIONS });
    stack.zoho.connection('crm-prod').grantRead(new AccountPrincipal('222222222222'));
    stack.zoho.connection('desk-test').grantRead(new AccountPrincipal('333333333333'));
    const template = Template.fromStack(stack);

    const readers = Object.values(secretStatements(template)).map((statements) =>
      statements.flatMap(({ principals }) => principals.map((arn) => /\d{12}/.exec(arn)?.[0])),
    );
    expect(readers).toEqual([['222222222222'], ['333333333333']]);
    expect(decryptStatements(template)).toHaveLength(2);
  });
});

describe('a reader in the same account', () => {
  test.each([
    ['a role of the stack', ownRole, {}],
    ['a role of the stack, whose account is known', ownRole, KNOWN],
    [
      'a role by its ARN',
      (stack: Stack) => Role.fromRoleArn(stack, 'Reader', 'arn:aws:iam::999999999999:role/x'),
      KNOWN,
    ],
    ['a role by its name', (stack: Stack) => Role.fromRoleName(stack, 'Reader', 'x'), {}],
  ] as const)('that is %s needs nothing but its own policy', (_, grantee, stackProps) => {
    const { template, tokenSecret, granted } = grantRead(grantee, stackProps);

    expect(granted).toBe(true);
    expect(secretStatements(template)).toEqual({});
    expect(decryptStatements(template)).toEqual([]);
    expect(policiesOfReaders(template).map(({ actions, resources }) => [actions, resources])).toEqual([
      [['secretsmanager:GetSecretValue'], [tokenSecret]],
      [['kms:Decrypt'], [`<${logicalId(template, 'AWS::KMS::Key')}.Arn>`]],
    ]);
  });
});

function grantRead(grantee: Grantee, stackProps: StackProps = {}, ...others: IGrantable[]) {
  const stack = createStack({ connections: TWO_CONNECTIONS }, createApp(), stackProps);
  const connection = stack.zoho.connection('crm-prod');
  const grants = [grantee(stack), ...others].map((reader) => connection.grantRead(reader));
  const template = Template.fromStack(stack);
  const tokenSecret = logicalId(template, 'AWS::SecretsManager::Secret', {
    Name: 'zoho/crm-prod/access-token',
  });
  return { template, tokenSecret: `<${tokenSecret}>`, granted: grants.every(({ success }) => success) };
}

/** Statements of the key's policy for readers. Those for the account itself and for alarms allow more than decrypting. */
function decryptStatements(template: Template) {
  return keyStatements(template).filter(({ actions }) => actions.join() === 'kms:Decrypt');
}

function decryptersOf(template: Template): string[] {
  return decryptStatements(template).flatMap(({ principals }) => principals);
}

function policiesOfReaders(template: Template) {
  return identityStatements(template, /^(<Reader\w+>|x)$/);
}
