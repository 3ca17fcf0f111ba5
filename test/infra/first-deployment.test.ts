import { Template } from 'aws-cdk-lib/assertions';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { describe, expect, test } from 'vitest';
import { createApp, createStack, logicalId, propertiesOf, TWO_CONNECTIONS } from './synthesize.ts';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

describe('a first deployment that fails', () => {
  const stack = createStack({ connections: TWO_CONNECTIONS, exampleConsumer: 'crm-prod' });
  stack.zoho.onStateChange('Blocked', { target: new LambdaFunction(stack.zoho.refresher) });
  const template = Template.fromStack(stack);
  const resources = Object.entries<Resource>(template.toJSON().Resources);

  test('leaves nothing behind: every resource is deleted when its own creation is rolled back', () => {
    const policies = new Set(resources.map(([, { DeletionPolicy = 'Delete' }]) => DeletionPolicy));

    expect([...policies].sort()).toEqual(['Delete', 'RetainExceptOnCreate']);
  });

  test('is not held up by protection from deletion', () => {
    const protectedOnes = resources.filter(([, { Properties }]) =>
      Object.entries(Properties).some(([name, value]) => /Protection/.test(name) && value === true),
    );

    expect(protectedOnes).toEqual([]);
    expect(stack.terminationProtection).toBe(false);
  });

  test('has a log group of its own for each function, and no role may create one', () => {
    template.resourceCountIs('AWS::Logs::LogGroup', 2);
    expect(JSON.stringify(template.toJSON())).not.toContain('logs:CreateLogGroup');
  });
});

describe('the schedule, which starts at once,', () => {
  const template = Template.fromStack(createStack());
  const scheduleId = logicalId(template, 'AWS::Scheduler::Schedule');
  const resources: Readonly<Record<string, Resource>> = template.toJSON().Resources;

  test.each([
    ['the policy of its role', 'ZohoScheduleRoleDefaultPolicy'],
    ['the policy of the refresher', 'ZohoRefresherRoleDefaultPolicy'],
    ['the table', 'ZohoConnections'],
  ])('is created after %s', (_, beginning) => {
    const [id = ''] = Object.keys(resources).filter((each) =>
      new RegExp(`^${beginning}[0-9A-F]{8}$`).test(each),
    );

    expect(before(resources, scheduleId)).toContain(id);
  });
});

test.each([
  [{ account: '111122223333', region: 'eu-central-1' }, 'ZohoTokenRefresher-eu-central-1'],
  [{}, { 'Fn::Join': ['', ['ZohoTokenRefresher-', { Ref: 'AWS::Region' }]] }],
])('the name of the dashboard contains the region, because all regions share them', (env, name) => {
  const [dashboard] = propertiesOf(
    Template.fromStack(createStack({ dashboard: true }, createApp(), { env })),
    'AWS::CloudWatch::Dashboard',
  );

  expect(dashboard?.DashboardName).toEqual(name);
});

/** The resources that CloudFormation creates before this one. */
function before(
  resources: Readonly<Record<string, Resource>>,
  id: string,
  found = new Set<string>(),
): Set<string> {
  const { Properties, DependsOn = [] } = resources[id] ?? {};
  const references = JSON.stringify(Properties ?? {}).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g);
  for (const next of [...DependsOn, ...[...references].map(([, each = '']) => each)]) {
    if (resources[next] === undefined || found.has(next)) continue;
    found.add(next);
    before(resources, next, found);
  }
  return found;
}
