import { join } from 'node:path';
import { Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, ArnPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { ZohoConnection } from '../../infra/connection.ts';
import type { ConnectionReference } from '../../infra/external-connection.ts';
import { readSnippets, type Snippet } from '../support/document-snippets.ts';
import { identityStatements, show } from './policy-statements.ts';
import { createConsumer, runCdkSnippet } from './run-cdk-snippet.ts';
import { createApp, createStack, doorId, logicalId, propertiesOf, TWO_CONNECTIONS } from './synthesize.ts';

const snippets = readSnippets(new URL('../../docs/consuming-tokens.md', import.meta.url));
const ATTRIBUTES = {
  accessTokenSecretArn:
    'arn:aws:secretsmanager:eu-central-1:111122223333:secret:zoho/crm-prod/access-token-AbCdEf',
  encryptionKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/00000000-1111-2222-3333-444444444444',
  consumerTargetArn:
    'arn:aws:lambda:eu-central-1:111122223333:function:ZohoTokenRefresher-Refresher:consumers',
};

describe('fromName, as in docs/consuming-tokens.md', async () => {
  const template = await runSnippet('from-name');
  const parameters = template.toJSON().Parameters as Record<string, { Type: string; Default: string }>;
  const byName = (name: string) =>
    Object.keys(parameters).find((id) => parameters[id]?.Default === `/zoho-token-refresher/zoho/${name}`);

  test('reads the address of the deployment when the stack is deployed', () => {
    expect(parameters[byName('key') ?? '']?.Type).toBe('AWS::SSM::Parameter::Value<String>');
    expect(parameters[byName('consumer-target') ?? '']?.Type).toBe('AWS::SSM::Parameter::Value<String>');
  });

  test('allows the function to read the one token and to invoke what consumers invoke, and nothing else', () => {
    const secret =
      'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:zoho/crm-prod/access-token-??????';
    const statements = identityStatements(template);

    expect(statements.map(({ actions, resources }) => [actions, resources])).toEqual([
      [['secretsmanager:GetSecretValue'], [secret]],
      [['kms:Decrypt'], [`<${byName('key')}>`]],
      [['lambda:InvokeFunction'], [`<${byName('consumer-target')}>`]],
    ]);
    const { StringEquals, StringLike } = (statements[1]?.condition ?? {}) as Record<
      string,
      Record<string, unknown>
    >;
    expect(show(StringEquals?.['kms:ViaService'])).toBe('secretsmanager.<AWS::Region>.<AWS::URLSuffix>');
    expect(show(StringLike?.['kms:EncryptionContext:SecretARN'])).toBe(secret);
  });

  test('sets the environment of the client', () => {
    expect(environmentOf(template)).toEqual({
      ZOHO_SECRET_PREFIX: 'zoho',
      ZOHO_REFRESHER_FUNCTION_NAME: { Ref: byName('consumer-target') },
    });
  });
});

test('fromName reads each parameter once, and creates no resource', () => {
  const stack = new Stack(createApp(), 'Consumer');
  for (const connection of ['crm-prod', 'added-at-run-time'])
    ZohoConnection.fromName(stack, connection, { deployment: 'team-a', connection });
  const { Parameters, Resources } = Template.fromStack(stack).toJSON();

  const names = Object.values<{ Default: string }>(Parameters).map(({ Default }) => Default);
  expect(names.filter((name) => name.startsWith('/zoho'))).toEqual([
    '/zoho-token-refresher/team-a/key',
    '/zoho-token-refresher/team-a/consumer-target',
  ]);
  expect(Resources).toBeUndefined();
});

test.each<[ConnectionReference, string]>([
  [
    { deployment: 'team/a', connection: 'crm' },
    'deployment: "team/a" is not a secretPrefix. Allowed: letters, digits, _, . and -, at most 128 characters.',
  ],
  [
    { connection: 'crm prod' },
    'connection: "crm prod" is not a connection name. Allowed: letters, digits, - and _',
  ],
])('fromName with %j is an error', (reference, problem) => {
  const stack = new Stack(createApp(), 'Consumer');

  expect(() => ZohoConnection.fromName(stack, 'Crm', reference)).toThrow(problem);
});

describe('fromAttributes, as in docs/consuming-tokens.md', async () => {
  const template = await runSnippet('from-attributes');

  test('allows the function to read and decrypt this secret only, and to invoke what consumers invoke', () => {
    expect(identityStatements(template)).toEqual([
      expect.objectContaining({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [ATTRIBUTES.accessTokenSecretArn],
      }),
      expect.objectContaining({
        actions: ['kms:Decrypt'],
        resources: [ATTRIBUTES.encryptionKeyArn],
        condition: {
          StringEquals: {
            'kms:ViaService': {
              'Fn::Join': ['', ['secretsmanager.eu-central-1.', { Ref: 'AWS::URLSuffix' }]],
            },
            'kms:EncryptionContext:SecretARN': ATTRIBUTES.accessTokenSecretArn,
          },
        },
      }),
      expect.objectContaining({
        actions: ['lambda:InvokeFunction'],
        resources: [ATTRIBUTES.consumerTargetArn],
      }),
    ]);
  });

  test('sets the environment of the client, with the full ARN, which it needs in another account', () => {
    expect(environmentOf(template)).toEqual({
      ZOHO_SECRET_PREFIX: 'zoho',
      ZOHO_REFRESHER_FUNCTION_NAME: ATTRIBUTES.consumerTargetArn,
      ZOHO_TOKEN_SECRET_ARNS: ATTRIBUTES.accessTokenSecretArn,
    });
  });
});

describe('fromAttributes', () => {
  const create = (attributes: Partial<typeof ATTRIBUTES> = {}) => {
    const stack = new Stack(createApp(), 'Consumer');
    return { stack, crm: ZohoConnection.fromAttributes(stack, 'Crm', { ...ATTRIBUTES, ...attributes }) };
  };

  test('takes connection and prefix from the ARN', () => {
    expect(create().crm).toMatchObject({ connectionName: 'crm-prod', secretPrefix: 'zoho' });
  });

  test('of two connections gives a function both ARNs', () => {
    const { stack, crm } = create();
    const desk = ATTRIBUTES.accessTokenSecretArn.replace('crm-prod', 'desk-eu');
    const consumer = createConsumer(stack, 'Consumer');
    crm.attachTo(consumer);
    ZohoConnection.fromAttributes(stack, 'Desk', { ...ATTRIBUTES, accessTokenSecretArn: desk }).attachTo(
      consumer,
    );

    expect(environmentOf(Template.fromStack(stack)).ZOHO_TOKEN_SECRET_ARNS).toBe(
      `${ATTRIBUTES.accessTokenSecretArn},${desk}`,
    );
  });

  test('without a target gives no permission to request a refresh', () => {
    const stack = new Stack(createApp(), 'Consumer');
    const { consumerTargetArn: _, ...withoutTarget } = ATTRIBUTES;
    const crm = ZohoConnection.fromAttributes(stack, 'Crm', withoutTarget);
    const consumer = createConsumer(stack, 'Consumer');
    crm.attachTo(consumer);
    const template = Template.fromStack(stack);

    expect(identityStatements(template).flatMap(({ actions }) => actions)).toEqual([
      'secretsmanager:GetSecretValue',
      'kms:Decrypt',
    ]);
    expect(environmentOf(template)).not.toHaveProperty('ZOHO_REFRESHER_FUNCTION_NAME');
    expect(() => crm.grantRequestRefresh(consumer)).toThrow(
      'Consumer/Crm has no consumerTargetArn, so no one can request a refresh. Pass it to fromAttributes, or call grantRead only.',
    );
  });

  test.each([
    'zoho/crm-prod/access-token',
    'arn:aws:secretsmanager:eu-central-1:111122223333:secret:zoho/crm-prod/access-token',
    'arn:aws:secretsmanager:eu-central-1:111122223333:secret:zoho/crm-prod/credentials-AbCdEf',
  ])('with %s, which is not the full ARN of a token secret, is an error', (accessTokenSecretArn) => {
    expect(() => create({ accessTokenSecretArn })).toThrow(
      /accessTokenSecretArn: "[^"]+["…] is not the full ARN of a token secret\. Allowed: arn:aws:secretsmanager:REGION:ACCOUNT:secret:PREFIX\/CONNECTION\/access-token-XXXXXX/,
    );
  });

  test.each([
    ['of 0.3', 'arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:Stack-Refresher1A2B:consumers'],
    ['of 0.2', 'arn:aws:lambda:eu-central-1:111122223333:function:ZohoTokenRefresher-Refresher'],
  ])('allows the target of a deployment %s, and nothing else', (_, consumerTargetArn) => {
    const { stack, crm } = create({ consumerTargetArn });
    crm.attachTo(createConsumer(stack, 'Leads'));
    const template = Template.fromStack(stack);

    expect(environmentOf(template).ZOHO_REFRESHER_FUNCTION_NAME).toBe(consumerTargetArn);
    expect(
      identityStatements(template)
        .filter(({ actions }) => actions.includes('lambda:InvokeFunction'))
        .flatMap(({ resources }) => resources),
    ).toEqual([consumerTargetArn]);
  });

  test.each([
    'ZohoTokenRefresher-Refresher:consumers',
    'arn:aws:lambda:eu-central-1:111122223333:function:Refresher:operators',
    'arn:aws:lambda:eu-central-1:111122223333:function:Refresher:schedule',
    'arn:aws:lambda:eu-central-1:111122223333:function:Refresher:$LATEST',
    'arn:aws:lambda:eu-central-1:111122223333:function:*',
  ])('with the target %s, which consumers do not invoke, is an error', (consumerTargetArn) => {
    expect(() => create({ consumerTargetArn })).toThrow(
      /consumerTargetArn: "[^"]+["…] is not what consumers invoke\. Allowed: arn:aws:lambda:REGION:ACCOUNT:function:NAME:consumers, or without an alias for a deployment of 0\.2\./,
    );
  });

  test('cannot change policies of the other account', () => {
    const { stack, crm } = create();
    crm.grantRead(new AccountPrincipal('444455556666'));

    expect(() => Template.fromStack(stack)).toThrow(
      "grantRead needs a principal with a policy of its own, such as a role of this app. Others have to be allowed in the stack of the deployment: zoho.connection('crm-prod').grantRead(...).",
    );
  });
});

describe('a consumer in another account', () => {
  test('is allowed by the policies of secret, key and function, as in docs/consuming-tokens.md', async () => {
    const stack = createStack({ connections: TWO_CONNECTIONS });
    await runCdkSnippet(snippets.get('allow-account'), stack, { zoho: stack.zoho });
    const template = Template.fromStack(stack);

    const permission = { Action: 'lambda:InvokeFunction', Principal: 'arn:aws:iam::444455556666:role/leads' };
    expect(propertiesOf(template, 'AWS::Lambda::Permission')).toEqual([
      // For consumers that were set up with 0.2.
      {
        ...permission,
        FunctionName: { 'Fn::GetAtt': [logicalId(template, 'AWS::Lambda::Function'), 'Arn'] },
      },
      { ...permission, FunctionName: { Ref: doorId(template, 'consumers') } },
    ]);
    template.resourceCountIs('AWS::SecretsManager::ResourcePolicy', 1);
  });

  test.each([
    ['an account', () => new AccountPrincipal('444455556666'), '444455556666'],
    [
      'a role by its ARN',
      (stack: Stack) => Role.fromRoleArn(stack, 'Reader', 'arn:aws:iam::444455556666:role/leads'),
      'arn:aws:iam::444455556666:role/leads',
    ],
    [
      'an ARN',
      () => new ArnPrincipal('arn:aws:iam::444455556666:role/leads'),
      'arn:aws:iam::444455556666:role/leads',
    ],
  ])(
    'that is %s gets one permission of the alias and one of the function, however often it is granted',
    (_, principalOf, expected) => {
      const stack = createStack({ connections: TWO_CONNECTIONS }, createApp(), KNOWN);
      const principal = principalOf(stack);

      const granted = [
        stack.zoho.connection('crm-prod').grantRequestRefresh(principal),
        stack.zoho.connection('desk-test').grantRequestRefresh(principal),
        stack.zoho.grantRequestRefresh(principal),
      ];

      expect(granted.map(({ success }) => success)).toEqual([true, true, true]);
      const permissions = propertiesOf(Template.fromStack(stack), 'AWS::Lambda::Permission');
      expect(permissions.map(({ Principal }) => Principal)).toEqual([expected, expected]);
    },
  );

  test('does not change the function for a role of its own account', () => {
    const stack = createStack({ connections: TWO_CONNECTIONS }, createApp(), KNOWN);
    const assumedBy = new ServicePrincipal('lambda.amazonaws.com');
    stack.zoho.grantRequestRefresh(new Role(stack, 'Reader', { assumedBy }));

    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Permission', 0);
  });
});

const KNOWN: StackProps = { env: { account: '111122223333', region: 'eu-central-1' } };

/** Runs a snippet in a stack of a consumer, which has a function. */
describe('a function with NodejsFunction, as in docs/consuming-tokens.md', async () => {
  // Bundling is left out: the CDK bundles for the stacks that are synthesized by the command only.
  const app = createApp();
  app.node.setContext('aws:cdk:bundling-stacks', []);
  const stack = createStack({ connections: TWO_CONNECTIONS }, app);
  const { code = '', ...snippet } = snippets.get('bundled-consumer') ?? {};
  const entry = join(import.meta.dirname, '../../examples/cdk-app/lambda/report.ts');
  await runCdkSnippet({ ...snippet, code: code.replace('lambda/leads.ts', entry) } as Snippet, stack, {
    zoho: stack.zoho,
  });

  test('can read the token and request a refresh', () => {
    const template = Template.fromStack(stack);

    const allowed = identityStatements(template, 'Leads').flatMap(({ actions }) => actions);

    expect(allowed).toEqual(['secretsmanager:GetSecretValue', 'kms:Decrypt', 'lambda:InvokeFunction']);
  });
});

async function runSnippet(name: string): Promise<Template> {
  const stack = new Stack(createApp(), 'Consumer');
  const leadsFunction = createConsumer(stack, 'Leads');
  await runCdkSnippet(snippets.get(name), stack, { leadsFunction });
  return Template.fromStack(stack);
}

function environmentOf(template: Template): Record<string, unknown> {
  return propertiesOf(template, 'AWS::Lambda::Function')[0]?.Environment.Variables;
}
