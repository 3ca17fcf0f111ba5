import { Stack, Stage, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { ZohoTokenRefresher } from '../../infra/token-refresher.ts';
import { ADDRESS_PARAMETERS } from '../../lambdas/core/deployment-address.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { show } from './policy-statements.ts';
import {
  createApp,
  createStack,
  doorId,
  logicalId,
  propertiesOf,
  synthesize,
  TWO_CONNECTIONS,
} from './synthesize.ts';

const PLACE = { env: { account: '111122223333', region: 'eu-central-1' } };
const ROOT = '/zoho-token-refresher/zoho';

describe('the address of a deployment', () => {
  test('has every parameter, with the resources of the deployment', () => {
    const template = synthesize({ connections: TWO_CONNECTIONS });
    const refer = (type: string) => logicalId(template, type);
    const { [`${ROOT}/deployment`]: record = '', ...others } = addressOf(template);

    expect(JSON.parse(record)).toEqual({
      stack: 'ZohoTokenRefresher',
      version: packageJson.version,
      tags: { application: 'zoho-token-refresher' },
      parkAfterDays: 7,
    });
    expect(others).toEqual({
      [`${ROOT}/function`]: `<${refer('AWS::Lambda::Function')}.Arn>`,
      [`${ROOT}/consumer-target`]: `<${doorId(template, 'consumers')}>`,
      [`${ROOT}/operator-target`]: `<${doorId(template, 'operators')}>`,
      [`${ROOT}/table`]: `<${refer('AWS::DynamoDB::Table')}>`,
      [`${ROOT}/key`]: `<${refer('AWS::KMS::Key')}.Arn>`,
      [`${ROOT}/alarm-topic`]: expect.stringMatching(/^<ZohoAlarmTopic\w+>$/),
      [`${ROOT}/page-topic`]: expect.stringMatching(/^<ZohoPageTopic\w+>$/),
      [`${ROOT}/ticket-topic`]: expect.stringMatching(/^<ZohoTicketTopic\w+>$/),
      [`${ROOT}/schedule`]: `<${refer('AWS::Scheduler::Schedule')}>`,
      [`${ROOT}/queue`]: `<${refer('AWS::SQS::Queue')}>`,
      [`${ROOT}/alarms`]: expect.stringMatching(
        /^\{"alarms":\["ReauthorizationNeeded",.*\],"conditions":\["RefresherStarted"\],"connections":\["crm-prod","desk-test"\]\}$/,
      ),
    });
    expect(Object.keys(addressOf(template))).toEqual(ADDRESS_PARAMETERS.map((name) => `${ROOT}/${name}`));
  });

  test('is named by the prefix', () => {
    const names = Object.keys(addressOf(synthesize({ secretPrefix: 'team-a' })));

    expect(names).toContain('/zoho-token-refresher/team-a/deployment');
    expect(names.every((name) => name.startsWith('/zoho-token-refresher/team-a/'))).toBe(true);
  });

  test('has every tag of the deployment, for the secrets that are created outside CloudFormation', () => {
    const stack = createStack({}, createApp(), { tags: { team: 'crm' } });
    Tags.of(stack).add('cost-center', '4711');

    const record = JSON.parse(addressOf(Template.fromStack(stack))[`${ROOT}/deployment`] ?? '');

    expect(record.tags).toEqual({ application: 'zoho-token-refresher', 'cost-center': '4711', team: 'crm' });
  });

  test('with more tags than a parameter can hold is an error', () => {
    const tags = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`tag-${n}`, 'v'.repeat(250)]));
    const stack = createStack({}, createApp(), { tags });

    expect(() => Template.fromStack(stack)).toThrow(
      /The tags of ZohoTokenRefresher\/Zoho\/Address need \d+ bytes .* Allowed: 4096 bytes\. Use fewer or shorter tags\./,
    );
  });
});

describe('the parameter "deployment"', () => {
  test('is created before every other resource of the construct, also those that are added later', () => {
    const stack = createStack({ connections: TWO_CONNECTIONS, exampleConsumer: 'crm-prod' });
    stack.zoho.onStateChange('Added', { target: new LambdaFunction(stack.zoho.refresher) });
    stack.zoho.connection('crm-prod').grantRead(stack.zoho.refresher);

    const { deployment, others } = dependencies(Template.fromStack(stack));

    expect(deployment.DependsOn).toBeUndefined();
    expect(Object.keys(others).length).toBeGreaterThan(40);
    expect(Object.entries(others).filter(([, dependsOn]) => !dependsOn.includes(deployment.id))).toEqual([]);
  });

  test('refers to no resource', () => {
    const template = synthesize();

    expect(JSON.stringify(dependencies(template).deployment.Properties)).not.toMatch(/"Ref"|Fn::/);
  });

  test('does not delay resources of the same stack that are not of the construct', () => {
    const stack = createStack({ connections: TWO_CONNECTIONS });
    const role = new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    stack.zoho.connection('crm-prod').grantRead(role);
    const { others } = dependencies(Template.fromStack(stack));

    const independent = Object.keys(others).filter((id) => !others[id]?.length);
    expect(independent).toEqual([
      expect.stringMatching(/^Reader/),
      expect.stringMatching(/^ReaderDefaultPolicy/),
    ]);
  });
});

describe('two deployments with one prefix', () => {
  const create = (scope: Stack, id: string, secretPrefix = 'zoho') =>
    new ZohoTokenRefresher(scope, id, { secretPrefix });

  test('in one stack are an error that names both', () => {
    const stack = new Stack(createApp(), 'Team');
    create(stack, 'One');

    expect(() => create(stack, 'Two')).toThrow(
      'Team/Two and Team/One have the same secretPrefix, "zoho", in the same account and region. They would share secrets and metrics. Give each one its own secretPrefix.',
    );
  });

  test('in one account and region are an error, also across stages', () => {
    const app = createApp();
    create(new Stack(app, 'One', PLACE), 'Zoho');

    expect(() => create(new Stack(app, 'Two', PLACE), 'Zoho')).toThrow('Two/Zoho and One/Zoho have the same');
    expect(() => create(new Stack(new Stage(app, 'Prod'), 'One', PLACE), 'Zoho')).toThrow('Prod/One/Zoho');
  });

  test.each([
    ['another region', { account: PLACE.env.account, region: 'eu-west-1' }],
    ['another account', { account: '444455556666', region: PLACE.env.region }],
    ['a place that is known at deployment', {}],
  ])('are allowed if one of them is in %s', (_, env) => {
    const app = createApp();
    create(new Stack(app, 'One', PLACE), 'Zoho');

    expect(() => create(new Stack(app, 'Two', { env }), 'Zoho')).not.toThrow();
  });
});

describe('two deployments with two prefixes in one stack', () => {
  const stack = new Stack(createApp(), 'Team', PLACE);
  const prefixes = ['zoho', 'team', 'team-a', 'team.a'];
  for (const secretPrefix of prefixes)
    new ZohoTokenRefresher(stack, `With-${secretPrefix}`, {
      secretPrefix,
      connections: TWO_CONNECTIONS,
      dashboard: true,
    });
  const template = Template.fromStack(stack);

  test.each([
    ['AWS::CloudWatch::Alarm', 'AlarmName'],
    ['AWS::CloudWatch::CompositeAlarm', 'AlarmName'],
    ['AWS::CloudWatch::Dashboard', 'DashboardName'],
    ['AWS::KMS::Alias', 'AliasName'],
    ['AWS::Logs::QueryDefinition', 'Name'],
    ['AWS::SSM::Parameter', 'Name'],
    ['AWS::SecretsManager::Secret', 'Name'],
  ])('have different names of %s', (type, property) => {
    const names = propertiesOf(template, type).map((properties) => properties[property]);

    expect(names.length).toBeGreaterThanOrEqual(prefixes.length);
    expect(new Set(names).size).toBe(names.length);
  });

  test('have no other resources with names of their own', () => {
    const isName = /^(Alarm|Alias|Dashboard|LogGroup|Queue|Role|Table|Topic)?Name$/;
    const named = Object.values<{ Type: string; Properties: object }>(template.toJSON().Resources)
      .filter(({ Properties }) => Object.keys(Properties).some((key) => isName.test(key)))
      .map(({ Type }) => Type);

    expect([...new Set(named)].sort()).toEqual([
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::CompositeAlarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::KMS::Alias',
      // Its name is unique within its function.
      'AWS::Lambda::Alias',
      'AWS::Logs::QueryDefinition',
      'AWS::SSM::Parameter',
      'AWS::SecretsManager::Secret',
    ]);
  });
});

/** Values by name, with references as text. */
function addressOf(template: Template): Record<string, string> {
  return Object.fromEntries(
    propertiesOf(template, 'AWS::SSM::Parameter').map(({ Name, Value }) => [Name, show(Value)]),
  );
}

function dependencies(template: Template) {
  type Resource = { Type: string; Properties: { Name?: string }; DependsOn?: string[] };
  const resources = Object.entries<Resource>(template.toJSON().Resources);
  const isDeployment = ([, { Type, Properties }]: [string, Resource]) =>
    Type === 'AWS::SSM::Parameter' && Properties.Name?.endsWith('/deployment') === true;
  const [id = '', resource] = resources.find(isDeployment) ?? [];
  const others = resources.filter(([each]) => each !== id);
  return {
    deployment: { id, ...resource },
    others: Object.fromEntries(others.map(([each, { DependsOn = [] }]) => [each, DependsOn])),
  };
}
