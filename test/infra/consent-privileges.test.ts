import { Template } from 'aws-cdk-lib/assertions';
import { ArnPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { CONSENT_DOORS } from '../../lambdas/core/invites/consent-door.ts';
import { identityStatements, type Statement, show } from './policy-statements.ts';
import { createStack, logicalId, propertiesOf, TWO_CONNECTIONS } from './synthesize.ts';

const BACKEND = 'arn:aws:iam::111122223333:role/backend';
const stack = createStack({
  connections: TWO_CONNECTIONS,
  consent: { displayName: 'Acme', callerRoles: [BACKEND] },
});
const guest = new Role(stack, 'Guest', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
stack.zoho.grantInvite(guest).assertSuccess();
stack.zoho.grantInvite(new ArnPrincipal('arn:aws:iam::444455556666:role/partner')).assertSuccess();
const deployed = Template.fromStack(stack);

const alias = (description: RegExp, name: string) =>
  Object.entries(deployed.findResources('AWS::Lambda::Alias', { Properties: { Name: name } })).find(
    ([, { Properties }]) => description.test(Properties.Description),
  )?.[0];
const DOORS = Object.fromEntries(
  CONSENT_DOORS.map((door) => [door, `<${alias(/pages|invites|signed|left/i, door)}>`]),
);
const OPERATORS = `<${alias(/operators, with/, 'operators')}>`;
const idOf = (type: string, start: string) =>
  `<${Object.keys(deployed.findResources(type)).find((id) => id.startsWith(start))}.Arn>`;
const KEY = idOf('AWS::KMS::Key', 'ZohoKey');
const CONSENTS = idOf('AWS::DynamoDB::Table', 'ZohoConsent');
const CONNECTIONS = idOf('AWS::DynamoDB::Table', 'ZohoConnections');
const SECRET = 'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:zoho/*/';

describe('the public function', () => {
  const pages = identityStatements(deployed, 'ZohoConsentPagesRole');

  test('may write its log and traces, and invoke the alias for the pages: no table, no secret, no key', () => {
    expect(summaryOf(pages)).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], [idOf('AWS::Logs::LogGroup', 'ZohoConsentPagesLog')]],
      [['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], ['*']],
      [['lambda:InvokeFunction'], [DOORS.pages]],
    ]);
  });

  test('is in no policy of a resource', () => {
    const permitted = propertiesOf(deployed, 'AWS::Lambda::Permission').map(({ Principal }) =>
      show(Principal),
    );

    expect(new Set(permitted)).toEqual(
      new Set(['apigateway.amazonaws.com', 'arn:aws:iam::444455556666:role/partner']),
    );
    expect(deployed.findResources('AWS::SecretsManager::ResourcePolicy')).toEqual({});
  });
});

describe('ConsentApi', () => {
  const api = identityStatements(deployed, 'ZohoConsentApiRole');

  test('may do this, and nothing else', () => {
    expect(summaryOf(api)).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], [idOf('AWS::Logs::LogGroup', 'ZohoConsentApiLog')]],
      [['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], ['*']],
      [['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Scan', 'dynamodb:UpdateItem'], [CONSENTS]],
      [['dynamodb:Query'], [`${CONSENTS}/index/grantor`, `${CONSENTS}/index/sweep`]],
      [['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [CONNECTIONS]],
      [
        [
          'secretsmanager:CreateSecret',
          'secretsmanager:DescribeSecret',
          'secretsmanager:RestoreSecret',
          'secretsmanager:TagResource',
        ],
        ['access-token', 'access-token-??????', 'credentials', 'credentials-??????'].map(
          (end) => SECRET + end,
        ),
      ],
      [
        [
          'secretsmanager:GetResourcePolicy',
          'secretsmanager:GetSecretValue',
          'secretsmanager:PutSecretValue',
          'secretsmanager:UpdateSecretVersionStage',
        ],
        [`${SECRET}credentials-??????`],
      ],
      [
        [
          'secretsmanager:DescribeSecret',
          'secretsmanager:GetSecretValue',
          'secretsmanager:UpdateSecretVersionStage',
        ],
        [`${SECRET}client-??????`],
      ],
      [['kms:Decrypt', 'kms:GenerateDataKey'], [KEY]],
      [['kms:Decrypt', 'kms:Encrypt'], [KEY]],
      [['lambda:InvokeFunction'], [OPERATORS]],
      [['events:PutEvents'], [expect.stringContaining(':event-bus/default')]],
    ]);
  });

  test('may use the key through Secrets Manager, or for what it seals for one invite of this deployment', () => {
    const conditions = api
      .filter(({ resources }) => resources.includes(KEY))
      .map(({ condition }) => condition);

    expect(conditions).toEqual([
      { StringEquals: { 'kms:ViaService': expect.anything() } },
      {
        StringEquals: {
          'kms:EncryptionContext:deployment': 'zoho',
          'kms:EncryptionContext:kind': ['code', 'grant'],
        },
        'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['deployment', 'kind', 'invite'] },
        Null: { 'kms:EncryptionContext:invite': 'false' },
      },
    ]);
  });

  test('may put events about consents only', () => {
    expect(api.find(({ actions }) => actions.includes('events:PutEvents'))?.condition).toEqual({
      StringEquals: { 'events:source': 'zoho-token-refresher', 'events:detail-type': 'Zoho Consent' },
    });
  });
});

describe('who may create invites', () => {
  test('with grantInvite: may invoke the alias callers, none of the others and not the function', () => {
    expect(summaryOf(identityStatements(deployed, 'Guest'))).toEqual([
      [['lambda:InvokeFunction'], [DOORS.callers]],
    ]);
  });

  test('of another account, with grantInvite: is allowed by the policy of that alias', () => {
    const partners = propertiesOf(deployed, 'AWS::Lambda::Permission').filter(({ Principal }) =>
      show(Principal).includes('partner'),
    );

    expect(partners.map(({ FunctionName }) => show(FunctionName))).toEqual([DOORS.callers]);
  });

  test('in callerRoles: may invoke the same alias, and send signed requests to the routes of invites', () => {
    expect(summaryOf(identityStatements(deployed, /^backend$/))).toEqual([
      [['lambda:InvokeFunction'], [DOORS.callers]],
      [
        ['execute-api:Invoke'],
        [expect.stringMatching(/:execute-api:.*:<ZohoConsentHttpApi\w+>\/\$default\/\*\/v1\/\*$/)],
      ],
    ]);
  });
});

test('each alias has one kind of caller', () => {
  const invoking = (door: string | undefined) =>
    Object.values(deployed.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) =>
      JSON.stringify(Properties.PolicyDocument).includes(String(door).slice(1, -1))
        ? Properties.Roles.map(show).map((role: string) => role.replace(/^<|[0-9A-F]{8}>$/g, ''))
        : [],
    );

  expect(invoking(DOORS.pages)).toEqual(['ZohoConsentPagesRole']);
  expect(invoking(DOORS.schedule)).toEqual(['ZohoConsentScheduleRole']);
  expect(invoking(DOORS.callers).sort()).toEqual(['Guest', 'backend']);
  expect(invoking(DOORS.http)).toEqual([]);
  expect(logicalId(deployed, 'AWS::Lambda::Alias', { Name: 'http' })).toBe(DOORS.http?.slice(1, -1));
});

function summaryOf(statements: readonly Statement[]): (readonly [readonly string[], readonly string[]])[] {
  return statements.map(({ actions, resources }) => [
    [...actions].sort(),
    resources.length > 1 ? [...resources].sort() : resources,
  ]);
}
