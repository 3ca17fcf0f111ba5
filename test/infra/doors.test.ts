import { NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { ZohoTokenRefresher } from '../../infra/token-refresher.ts';
import { REFRESHER_DOORS } from '../../lambdas/core/refresh/refresher-door.ts';
import { identityStatements, show } from './policy-statements.ts';
import { createConsumer } from './run-cdk-snippet.ts';
import { createApp, doorId, propertiesOf, synthesize, TWO_CONNECTIONS } from './synthesize.ts';

const deployed = synthesize({ connections: TWO_CONNECTIONS, exampleConsumer: 'crm-prod' });
const [REFRESHER = ''] = Object.keys(deployed.findResources('AWS::Lambda::Function')).filter((id) =>
  id.startsWith('ZohoRefresher'),
);

describe('the aliases of the refresher', () => {
  test.each(REFRESHER_DOORS)('%s points at the latest version, whose environments all share', (door) => {
    deployed.hasResourceProperties('AWS::Lambda::Alias', {
      Name: door,
      FunctionName: { Ref: REFRESHER },
      FunctionVersion: '$LATEST',
    });
    deployed.resourceCountIs('AWS::Lambda::Version', 0);
  });

  test.each([...REFRESHER_DOORS, '$LATEST'])('%s: a failed asynchronous call is not retried', (Qualifier) => {
    const configured = propertiesOf(deployed, 'AWS::Lambda::EventInvokeConfig').map((properties) => ({
      ...properties,
      // The library takes the name of an alias from its ARN.
      Qualifier: /ZohoDoor([a-z]+)/.exec(show(properties.Qualifier))?.[1] ?? properties.Qualifier,
    }));

    expect(configured).toContainEqual({
      FunctionName: { Ref: REFRESHER },
      Qualifier,
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });

  test('keep their logical IDs, which are those of 0.3', () => {
    expect(REFRESHER_DOORS.map((door) => doorId(deployed, door))).toEqual([
      'ZohoDoorschedule0C02F282',
      'ZohoDoorconsumers26E9DAE7',
      'ZohoDooroperators0DACB405',
    ]);
  });

  test('are allowed to one kind of caller each: no policy of the stack allows operators', () => {
    const invoked = identityStatements(deployed)
      .filter(({ actions }) => actions.includes('lambda:InvokeFunction'))
      .flatMap(({ resources }) => resources);

    expect(invoked.sort()).toEqual(
      [
        `<${doorId(deployed, 'consumers')}>`,
        `<${doorId(deployed, 'schedule')}>`,
        `<${REFRESHER}.Arn>`,
      ].sort(),
    );
  });

  test('exist once for each of several deployments in a stack', () => {
    const stack = new Stack(createApp(), 'Both');
    for (const secretPrefix of ['one', 'two'])
      new ZohoTokenRefresher(stack, secretPrefix, { secretPrefix, connections: TWO_CONNECTIONS });
    const template = Template.fromStack(stack);

    const aliases = propertiesOf(template, 'AWS::Lambda::Alias').map(
      ({ FunctionName, Name }) => `${FunctionName.Ref} ${Name}`,
    );
    expect(new Set(aliases).size).toBe(6);
    expect(new Set(aliases.map((alias) => alias.split(' ')[0])).size).toBe(2);
  });

  test('can be in a nested stack, with consumers in its parent and in another stack', () => {
    const app = createApp();
    const parent = new Stack(app, 'Parent');
    const nested = new NestedStack(parent, 'Nested');
    const zoho = new ZohoTokenRefresher(nested, 'Zoho', { connections: TWO_CONNECTIONS });
    for (const stack of [parent, new Stack(app, 'Other')])
      zoho.connection('crm-prod').attachTo(createConsumer(stack, 'Leads'));

    expect(app.synth().stacks).toHaveLength(2);
  });

  test('leave the metrics of the function the sum of all of them', () => {
    const [errors] = propertiesOf(deployed, 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) =>
      AlarmName.endsWith('-RefresherErrors'),
    );

    // "By Function Name (FunctionName): aggregate metrics for all versions and aliases of a function", Lambda's developer guide.
    for (const { MetricStat } of errors.Metrics.slice(1))
      expect(MetricStat.Metric.Dimensions).toEqual([{ Name: 'FunctionName', Value: { Ref: REFRESHER } }]);
  });
});
