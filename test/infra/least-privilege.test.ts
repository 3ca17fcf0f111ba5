import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import type { ConnectionState } from '../../lambdas/core/connection/state-change.ts';
import {
  identityStatements,
  keyStatements,
  type Statement,
  secretStatements,
  show,
} from './policy-statements.ts';
import {
  createApp,
  createStack,
  doorId,
  logicalId,
  propertiesOf,
  synthesize,
  TWO_CONNECTIONS,
} from './synthesize.ts';

const deployed = synthesize({ connections: TWO_CONNECTIONS });
const everyStatement = identityStatements(deployed);
const refresher = identityStatements(deployed, 'ZohoRefresherRole');
const TABLE = `<${logicalId(deployed, 'AWS::DynamoDB::Table')}.Arn>`;
const KEY = `<${logicalId(deployed, 'AWS::KMS::Key')}.Arn>`;
const FUNCTION = logicalId(deployed, 'AWS::Lambda::Function');
const CONSUMERS = doorId(deployed, 'consumers');
const ACCESS_TOKEN = logicalId(deployed, 'AWS::SecretsManager::Secret', {
  Name: 'zoho/crm-prod/access-token',
});
const SECRET = 'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:';

describe('every role', () => {
  test('has no wildcard action', () => {
    const actions = everyStatement.flatMap((statement) => statement.actions);

    expect(actions.length).toBeGreaterThan(10);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  test('has a wildcard resource only for X-Ray, which supports no other', () => {
    const unbounded = everyStatement.filter((statement) => statement.resources.includes('*'));

    expect(unbounded.flatMap((statement) => statement.actions).sort()).toEqual([
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  test('has no managed policy', () => {
    for (const role of propertiesOf(deployed, 'AWS::IAM::Role')) {
      expect(role.ManagedPolicyArns).toBeUndefined();
      expect(role.Policies).toBeUndefined();
    }
  });
});

describe('the refresher', () => {
  test.each([
    [
      'read and write rows of its table, and query its two indexes',
      'dynamodb:',
      [
        [['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [TABLE]],
        [['dynamodb:Query'], [`${TABLE}/index/due`, `${TABLE}/index/expiry`]],
      ],
    ],
    [
      'read credentials and clients and publish tokens under its prefix, not create, delete or reconfigure secrets',
      'secretsmanager:',
      [
        [['secretsmanager:GetSecretValue'], [`${SECRET}zoho/*/credentials-??????`]],
        [
          ['secretsmanager:GetSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
          [`${SECRET}zoho/*/client-??????`],
        ],
        [
          [
            'secretsmanager:GetSecretValue',
            'secretsmanager:PutSecretValue',
            'secretsmanager:UpdateSecretVersionStage',
          ],
          [`${SECRET}zoho/*/access-token-??????`],
        ],
      ],
    ],
    [
      'write to its own log, and create none',
      'logs:',
      [
        [
          ['logs:CreateLogStream', 'logs:PutLogEvents'],
          [`<${logicalId(deployed, 'AWS::Logs::LogGroup')}.Arn>`],
        ],
      ],
    ],
  ])('can only %s', (_, service, allowed) => {
    expect(summary(refresher, service)).toEqual(allowed);
  });

  test('can store refresh tokens in the credentials of its prefix only if it accepts rotated ones', () => {
    const accepting = identityStatements(
      synthesize({ secretPrefix: 'team-a', acceptRotatedRefreshTokens: true }),
      'ZohoRefresherRole',
    );

    const write = ['secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'];
    expect(summary(accepting, 'secretsmanager:')).toEqual([
      [
        ['secretsmanager:GetSecretValue', ...write],
        [`${SECRET}team-a/*/access-token-??????`, `${SECRET}team-a/*/credentials-??????`],
      ],
      [
        ['secretsmanager:GetSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
        [`${SECRET}team-a/*/client-??????`],
      ],
    ]);
  });

  test('can access only the secrets of its own prefix', () => {
    const other = identityStatements(synthesize({ secretPrefix: 'team-a' }), 'ZohoRefresherRole');

    expect(summary(other, 'secretsmanager:').flatMap(([, resources]) => resources)).toEqual([
      `${SECRET}team-a/*/credentials-??????`,
      `${SECRET}team-a/*/client-??????`,
      `${SECRET}team-a/*/access-token-??????`,
    ]);
  });

  test('can use the key through Secrets Manager only', () => {
    expect(summary(refresher, 'kms:')).toEqual([[['kms:Decrypt', 'kms:GenerateDataKey'], [KEY]]]);
    expect(viaService(refresher.find(({ actions }) => actions.includes('kms:Decrypt')))).toBe(
      'secretsmanager.<AWS::Region>.<AWS::URLSuffix>',
    );
  });

  test('can put its own kind of event on the default bus, and no event when none is configured', () => {
    const statements = (stateChangeEvents: readonly ConnectionState[]) =>
      identityStatements(synthesize({ stateChangeEvents }), 'ZohoRefresherRole').filter(({ actions }) =>
        actions.some((action) => action.startsWith('events:')),
      );

    expect(statements(['refreshed'])).toEqual([
      expect.objectContaining({
        actions: ['events:PutEvents'],
        resources: ['arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default'],
        condition: {
          StringEquals: {
            'events:source': 'zoho-token-refresher',
            'events:detail-type': 'Zoho Connection State Change',
          },
        },
      }),
    ]);
    expect(statements([])).toEqual([]);
  });

  test('can publish to the topics of pages and tickets, and to no other', () => {
    const topics = Object.keys(deployed.findResources('AWS::SNS::Topic')).map((id) => `<${id}>`);

    expect(topics).toHaveLength(3);
    expect(summary(refresher, 'sns:')).toEqual([
      [['sns:Publish'], topics.filter((topic) => !topic.startsWith('<ZohoAlarmTopic'))],
    ]);
  });

  test('has no other permission', () => {
    const services = refresher.flatMap(({ actions }) => actions.map((action) => action.split(':')[0]));

    const expected = ['dynamodb', 'events', 'kms', 'logs', 'secretsmanager', 'sns', 'xray'];
    expect([...new Set(services)].sort()).toEqual(expected);
    expect(refresher.every(({ effect }) => effect === 'Allow')).toBe(true);
  });
});

test('the schedule can invoke its alias and the function, and send to the dead-letter queue', () => {
  const schedule = identityStatements(deployed, 'ZohoScheduleRole');

  expect(summary(schedule)).toEqual([
    [['lambda:InvokeFunction'], [`<${FUNCTION}.Arn>`]],
    [['sqs:SendMessage'], [`<${logicalId(deployed, 'AWS::SQS::Queue')}.Arn>`]],
    [['lambda:InvokeFunction'], [`<${doorId(deployed, 'schedule')}>`]],
  ]);
});

test('only schedules of this account can use the schedule role', () => {
  deployed.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: {
            StringEquals: {
              'aws:SourceAccount': { Ref: 'AWS::AccountId' },
              'aws:SourceArn': Match.anyValue(),
            },
          },
        },
      ],
    },
  });
});

describe('a consumer', () => {
  test('with grantRead can read and decrypt the one token only, through Secrets Manager', () => {
    const consumer = withConsumer((zoho, role) =>
      zoho.connection('crm-prod').grantRead(role).assertSuccess(),
    );
    const decrypt = consumer.find(({ actions }) => actions.includes('kms:Decrypt'));

    expect(summary(consumer)).toEqual([
      [['secretsmanager:GetSecretValue'], [`<${ACCESS_TOKEN}>`]],
      [['kms:Decrypt'], [KEY]],
    ]);
    expect(viaService(decrypt)).toBe('secretsmanager.<AWS::Region>.<AWS::URLSuffix>');
    expect(decrypt?.condition).toMatchObject({
      StringEquals: {
        'kms:EncryptionContext:SecretARN': { Ref: ACCESS_TOKEN },
      },
    });
  });

  test('with grantRead cannot read credentials or write', () => {
    const stack = createStack({ connections: TWO_CONNECTIONS });
    stack.zoho.connection('crm-prod').grantRead(createRole(stack));
    const template = Template.fromStack(stack);
    const consumer = identityStatements(template, 'Consumer').filter(({ effect }) => effect === 'Allow');

    const actions = consumer.flatMap((statement) => statement.actions);
    const resources = consumer.flatMap((statement) => statement.resources);

    expect(
      actions.filter((action) => !['secretsmanager:GetSecretValue', 'kms:Decrypt'].includes(action)),
    ).toEqual([]);
    expect(resources).toEqual([`<${ACCESS_TOKEN}>`, KEY]);
    expect(secretStatements(template)).toEqual({});
    expect(keyStatements(template)).toEqual(keyStatements(deployed));
  });

  test('with grantRequestRefresh can invoke the alias for consumers and nothing else', () => {
    const ofConnection = withConsumer((zoho, role) => zoho.connection('crm-prod').grantRequestRefresh(role));
    const ofAll = withConsumer((zoho, role) => zoho.grantRequestRefresh(role));

    expect(summary(ofConnection)).toEqual([[['lambda:InvokeFunction'], [`<${CONSUMERS}>`]]]);
    expect(ofAll).toEqual(ofConnection);
  });

  test('with attachTo gets both grants and the environment of the client', () => {
    const stack = createStack({ connections: TWO_CONNECTIONS, secretPrefix: 'team-a' });
    stack.zoho.connection('desk-test').attachTo(createFunction(stack));
    const template = Template.fromStack(stack);

    const allowed = identityStatements(template, 'Consumer').flatMap(({ actions }) => actions);
    expect(allowed).toEqual(['secretsmanager:GetSecretValue', 'kms:Decrypt', 'lambda:InvokeFunction']);
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          ZOHO_SECRET_PREFIX: 'team-a',
          ZOHO_REFRESHER_FUNCTION_NAME: { Ref: CONSUMERS },
        },
      },
    });
  });

  test('can be in another stack', () => {
    const app = createApp();
    const provider = createStack({ connections: TWO_CONNECTIONS }, app);
    const consumer = new Stack(app, 'Consumer');

    provider.zoho.connection('crm-prod').attachTo(createFunction(consumer));

    const allowed = identityStatements(Template.fromStack(consumer)).flatMap(({ actions }) => actions);
    expect(allowed).toEqual(['secretsmanager:GetSecretValue', 'kms:Decrypt', 'lambda:InvokeFunction']);
  });

  test('of an undeclared connection gets an error that lists the declared ones, and suggests one', () => {
    const { zoho } = createStack({ connections: TWO_CONNECTIONS });

    expect(() => zoho.connection('crm')).toThrow(
      'No connection "crm" is declared. Declared: crm-prod, desk-test. Did you mean "crm-prod"? For one that',
    );
    expect(() => zoho.connection('books')).toThrow('Declared: crm-prod, desk-test. For one that');
    expect(() => createStack().zoho.connection('crm')).toThrow('Declared: none.');
  });
});

type Zoho = ReturnType<typeof createStack>['zoho'];

function withConsumer(grant: (zoho: Zoho, role: Role) => unknown): Statement[] {
  const stack = createStack({ connections: TWO_CONNECTIONS });
  grant(stack.zoho, createRole(stack));
  return identityStatements(Template.fromStack(stack), 'Consumer');
}

function createRole(stack: Stack): Role {
  return new Role(stack, 'Consumer', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
}

function createFunction(stack: Stack): LambdaFunction {
  return new LambdaFunction(stack, 'Consumer', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
  });
}

function summary(statements: readonly Statement[], service = ''): [readonly string[], readonly string[]][] {
  return statements
    .filter(({ actions }) => actions.some((action) => action.startsWith(service)))
    .map(({ actions, resources }) => [actions, resources]);
}

function viaService(statement: Statement | undefined): string {
  const condition = statement?.condition as { StringEquals: Record<string, unknown> } | undefined;
  return show(condition?.StringEquals['kms:ViaService']);
}
