import { Stack, type StackProps } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { ZohoConnection } from '../../infra/connection.ts';
import { ZohoTokenRefresher } from '../../infra/token-refresher.ts';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import { readSnippets } from '../support/document-snippets.ts';
import { identityStatements, show } from './policy-statements.ts';
import { createConsumer, runCdkSnippet } from './run-cdk-snippet.ts';
import { createApp, createStack, doorId, propertiesOf, TWO_CONNECTIONS } from './synthesize.ts';

type Zoho = ReturnType<typeof createStack>['zoho'];

const FLEET: ZohoTokenRefresherProps = { connectedStore: 'dynamodb', connections: TWO_CONNECTIONS };
const SECRETS = 'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:zoho';
const OWN_ACCOUNT = { env: { account: '111122223333', region: 'eu-central-1' } };

describe('in a fleet, a consumer of one run-time connection', () => {
  const { statements, environment, target } = attach(FLEET, (zoho) => zoho.runTimeConnection('crm-acme'));

  test('can read and decrypt its token in both stores, and request a refresh', () => {
    expect(statements).toEqual([
      [['secretsmanager:GetSecretValue'], [`${SECRETS}/crm-acme/access-token-??????`], undefined],
      [['kms:Decrypt'], [expect.stringMatching(/^<ZohoKey/)], throughSecretsManager('crm-acme')],
      [
        ['dynamodb:GetItem'],
        [expect.stringMatching(/^<ZohoTokens\w+\.Arn>$/)],
        {
          'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['crm-acme'] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      ],
      [
        ['kms:Decrypt'],
        [expect.stringMatching(/^<ZohoKey/)],
        {
          StringEquals: {
            'kms:EncryptionContext:deployment': 'zoho',
            'kms:EncryptionContext:kind': 'access-token',
            'kms:EncryptionContext:connection': 'crm-acme',
          },
          'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['deployment', 'kind', 'connection'] },
        },
      ],
      [['lambda:InvokeFunction'], [`<${target}>`], undefined],
    ]);
  });

  test('knows the table', () => {
    expect(environment).toEqual({
      ZOHO_SECRET_PREFIX: 'zoho',
      ZOHO_REFRESHER_FUNCTION_NAME: `<${target}>`,
      ZOHO_TOKENS_TABLE: expect.stringMatching(/^<ZohoTokens/),
    });
  });
});

describe('in a fleet, a consumer of all connections, as in docs/platforms.md', async () => {
  const snippets = readSnippets(new URL('../../docs/platforms.md', import.meta.url));
  const stack = createStack(FLEET);
  const backendFunction = createConsumer(stack, 'Consumer');
  await runCdkSnippet(snippets.get('all-connections'), stack, { zoho: stack.zoho, backendFunction });
  const statements = statementsOf(Template.fromStack(stack));

  test('can read every access token in both stores, and nothing else', () => {
    expect(statements.slice(0, -1)).toEqual([
      [['secretsmanager:GetSecretValue'], [`${SECRETS}/*/access-token-??????`], undefined],
      [['kms:Decrypt'], [expect.stringMatching(/^<ZohoKey/)], throughSecretsManager('*')],
      [['dynamodb:GetItem'], [expect.stringMatching(/^<ZohoTokens\w+\.Arn>$/)], undefined],
      [
        ['kms:Decrypt'],
        [expect.stringMatching(/^<ZohoKey/)],
        {
          StringEquals: {
            'kms:EncryptionContext:deployment': 'zoho',
            'kms:EncryptionContext:kind': 'access-token',
          },
          'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['deployment', 'kind', 'connection'] },
          Null: { 'kms:EncryptionContext:connection': 'false' },
        },
      ],
    ]);
    expect(statements.at(-1)?.[0]).toEqual(['lambda:InvokeFunction']);
  });
});

describe('without a fleet, a consumer', () => {
  test.each<[string, (zoho: Zoho) => Pick<ZohoConnection, 'attachTo'>, string]>([
    ['of one run-time connection', (zoho) => zoho.runTimeConnection('crm-acme'), 'crm-acme'],
    ['of all connections', (zoho) => zoho.allConnections, '*'],
  ])('%s can read in Secrets Manager, and knows no table', (_, select, name) => {
    const { statements, environment } = attach({}, select);

    expect(statements.slice(0, -1)).toEqual([
      [['secretsmanager:GetSecretValue'], [`${SECRETS}/${name}/access-token-??????`], undefined],
      [['kms:Decrypt'], [expect.stringMatching(/^<ZohoKey/)], throughSecretsManager(name)],
    ]);
    expect(environment).not.toHaveProperty('ZOHO_TOKENS_TABLE');
  });
});

test('in a fleet, a consumer of a declared connection may look for it in the table, if it uses others of the table', () => {
  const { statements, environment } = attach(FLEET, (zoho) => zoho.connection('crm-prod'));

  const ofTable = statements.filter(([[action = '']]) => action.startsWith('dynamodb:'));
  expect(ofTable.map(([actions, , condition]) => [actions, condition])).toEqual([
    [
      ['dynamodb:GetItem'],
      {
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['crm-prod'] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    ],
  ]);
  expect(environment).not.toHaveProperty('ZOHO_TOKENS_TABLE');
});

test('a connection of a deployment in another app is looked for in the table if it may be there', () => {
  const stack = new Stack(createApp(), 'Consumer');
  const consumer = createConsumer(stack, 'Consumer');
  ZohoConnection.fromName(stack, 'Crm', { connection: 'crm-acme', store: 'dynamodb' }).attachTo(consumer);
  const template = Template.fromStack(stack);
  const parameters = template.toJSON().Parameters as Record<string, { Default: string }>;
  const table = Object.keys(parameters).find((id) => parameters[id]?.Default.endsWith('/tokens-table'));

  expect(environmentOf(template).ZOHO_TOKENS_TABLE).toBe(`<${table}>`);
  expect(statementsOf(template).map(([actions, resources]) => [actions, resources])).toContainEqual([
    ['dynamodb:GetItem'],
    [`arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>:table/<${table}>`],
  ]);
});

describe('what cannot work is an error', () => {
  test('the name of a declared connection, or none at all', () => {
    const { zoho } = createStack(FLEET);

    expect(() => zoho.runTimeConnection('crm-prod')).toThrow(
      'The connection "crm-prod" is declared. Use zoho.connection(\'crm-prod\').',
    );
    expect(() => zoho.runTimeConnection('crm/acme')).toThrow(
      'connection: "crm/acme" is not a connection name.',
    );
  });

  test.each<[string, StackProps]>([
    ['an account that is known', OWN_ACCOUNT],
    ['an account that is known at deployment', {}],
  ])('a reader of another account than %s', (_, stackProps) => {
    const { zoho } = createStack(FLEET, createApp(), stackProps);
    const reader = new AccountPrincipal('444455556666');

    for (const connections of [zoho.runTimeConnection('crm-acme'), zoho.allConnections])
      expect(() => connections.grantRead(reader)).toThrow(
        /AccountPrincipal\(444455556666\) is, or may be, in another account than the deployment \(.+\)\. Readers in other accounts are supported for declared connections, whose tokens are in Secrets Manager/,
      );
  });

  test('one function for the connections of two deployments', () => {
    const stack = new Stack(createApp(), 'Team');
    const consumer = createConsumer(stack, 'Leads');
    const deploy = (secretPrefix: string) => new ZohoTokenRefresher(stack, secretPrefix, { secretPrefix });
    deploy('one').allConnections.attachTo(consumer);

    expect(() => deploy('two').runTimeConnection('crm').attachTo(consumer)).toThrow(
      'Team/Leads is attached to connections of two deployments, "one" and "two". The environment of a function names one.',
    );
    expect(() =>
      ZohoConnection.fromName(stack, 'Crm', { deployment: 'three', connection: 'crm' }).attachTo(consumer),
    ).toThrow('of two deployments, "one" and "three"');
  });

  test('one function for deployments with the same name in two accounts', () => {
    const stack = new Stack(createApp(), 'Team');
    const consumer = createConsumer(stack, 'Leads');
    const inAccount = (account: string) =>
      ZohoConnection.fromAttributes(stack, account, {
        accessTokenSecretArn: `arn:aws:secretsmanager:eu-central-1:${account}:secret:zoho/crm/access-token-AbCdEf`,
        encryptionKeyArn: `arn:aws:kms:eu-central-1:${account}:key/1`,
        consumerTargetArn: `arn:aws:lambda:eu-central-1:${account}:function:R:consumers`,
      });
    inAccount('111122223333').attachTo(consumer);

    expect(() => inAccount('444455556666').attachTo(consumer)).toThrow(
      'whose targets are arn:aws:lambda:eu-central-1:111122223333:function:R:consumers and arn:aws:lambda:eu-central-1:444455556666:function:R:consumers',
    );
  });
});

describe('a function in another region than the token', () => {
  const warningOf = (region: string | undefined) => {
    const stack = new Stack(createApp(), 'Team', region === undefined ? {} : { env: { region } });
    ZohoConnection.fromAttributes(stack, 'Crm', {
      accessTokenSecretArn:
        'arn:aws:secretsmanager:eu-central-1:111122223333:secret:zoho/crm/access-token-AbCdEf',
      encryptionKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1',
    }).attachTo(createConsumer(stack, 'Leads'));
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('otherRegion'));
  };

  test('is a warning that names both', () => {
    expect(warningOf('us-east-1').map(({ entry }) => entry.data)).toEqual([
      expect.stringMatching(/^The function is in us-east-1, and the token is in eu-central-1:/),
    ]);
  });

  test.each([['eu-central-1'], [undefined]])('is none if its region is %s', (region) => {
    expect(warningOf(region)).toEqual([]);
  });
});

test('a role of the same account gets what a function gets', () => {
  const stack = createStack(FLEET);
  const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com');

  const granted = stack.zoho.allConnections.grantRead(new Role(stack, 'Consumer', { assumedBy }));

  expect(granted.success).toBe(true);
  expect(statementsOf(Template.fromStack(stack)).map(([actions]) => actions)).toEqual([
    ['secretsmanager:GetSecretValue'],
    ['kms:Decrypt'],
    ['dynamodb:GetItem'],
    ['kms:Decrypt'],
  ]);
});

function attach(props: ZohoTokenRefresherProps, select: (zoho: Zoho) => Pick<ZohoConnection, 'attachTo'>) {
  const stack = createStack(props);
  select(stack.zoho).attachTo(createConsumer(stack, 'Consumer'));
  const template = Template.fromStack(stack);
  return {
    statements: statementsOf(template),
    environment: environmentOf(template),
    target: doorId(template, 'consumers'),
  };
}

function statementsOf(template: Template) {
  return identityStatements(template, 'Consumer').map(
    ({ actions, resources, condition }) => [actions, resources, condition] as const,
  );
}

function environmentOf(template: Template): Record<string, string> {
  const [properties] = propertiesOf(template, 'AWS::Lambda::Function').filter(
    ({ Code }) => Code.ZipFile !== undefined,
  );
  return Object.fromEntries(
    Object.entries(properties?.Environment.Variables ?? {}).map(([name, value]) => [name, show(value)]),
  );
}

/** The references of the secret's ARN are not compared here: they are those of the first statement. */
function throughSecretsManager(connection: string) {
  return {
    StringEquals: { 'kms:ViaService': expect.anything() },
    StringLike: {
      'kms:EncryptionContext:SecretARN': {
        'Fn::Join': ['', expect.arrayContaining([`:secret:zoho/${connection}/access-token-??????`])],
      },
    },
  };
}
