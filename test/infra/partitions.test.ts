import { readFileSync } from 'node:fs';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, ArnPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import { createApp, createStack, TWO_CONNECTIONS } from './synthesize.ts';

const { 'crm-prod': CRM } = TWO_CONNECTIONS;
const PLACES = [
  ['aws', 'eu-central-1', 'us-east-1'],
  ['aws-cn', 'cn-north-1', 'cn-northwest-1'],
  ['aws-us-gov', 'us-gov-west-1', 'us-gov-east-1'],
  ['aws-eusc', 'eusc-de-east-1', undefined],
] as const;

/** Everything else that a stack can have, with consumers of connections in the second store. */
const FLEET = { connectedStore: 'dynamodb', fleetShards: 2, consent: { displayName: 'Acme' } } as const;
const STACKS = PLACES.flatMap((place) => [
  [...place, 'without a fleet', {}] as const,
  [...place, 'with a fleet', FLEET] as const,
]);

describe.each(STACKS)(
  'a template for %s, %s (replica: %s) %s',
  (partition, region, replicaRegion, _, props) => {
    const template = synthesizeFor({ account: '111122223333', region }, replicaRegion, props);

    test('has no ARN of another partition', () => {
      const arns = [...JSON.stringify(template.toJSON()).matchAll(/arn:[\w-]*/g)].map(([arn]) => arn);

      expect(arns).not.toEqual([]);
      // A colon after `arn:` is the beginning of a reference to the partition.
      expect(new Set(arns.filter((arn) => arn !== 'arn:'))).toEqual(
        new Set(arns.includes(`arn:${partition}`) ? [`arn:${partition}`] : []),
      );
    });

    test('has no endpoint but that of the partition', () => {
      expectNoFixedEndpoints(template);
    });
  },
);

test.each([
  ['without a fleet', {}],
  ['with a fleet', FLEET],
])(
  'a template %s, for a region that is known at deployment, has no fixed partition and no fixed endpoint',
  (_, props) => {
    const template = synthesizeFor({}, 'us-east-1', props);

    expect(JSON.stringify(template.toJSON())).not.toMatch(/arn:aws/);
    expectNoFixedEndpoints(template);
  },
);

test.each([
  ['a concrete region', { region: 'eusc-de-east-1' }, ['secretsmanager.eusc-de-east-1.']],
  ['a region that is known at deployment', {}, ['secretsmanager.', { Ref: 'AWS::Region' }, '.']],
])('every use of the key is limited to the Secrets Manager of %s', (_, env, beginning) => {
  const text = JSON.stringify(synthesizeFor(env).toJSON());

  const endpoint = JSON.stringify({ 'Fn::Join': ['', [...beginning, { Ref: 'AWS::URLSuffix' }]] });
  const conditions = text.match(/"kms:ViaService":(\{"Fn::Join":\["",\[.*?\]\]\}|"[^"]*")/g);
  expect(new Set(conditions)).toEqual(new Set([`"kms:ViaService":${endpoint}`]));
});

describe('a replica region in another partition', () => {
  test.each([
    ['eu-central-1', 'cn-north-1', 'aws', 'aws-cn'],
    ['cn-north-1', 'us-east-1', 'aws-cn', 'aws'],
    ['us-gov-west-1', 'us-east-1', 'aws-us-gov', 'aws'],
  ])('is an error: %s to %s', (region, replica, own, other) => {
    expect(() => synthesizeFor({ region }, replica)).toThrow(
      `connections.crm-prod.replicaRegions: "${replica}" is in the partition ${other}, the stack is in ${own}. Allowed: regions of the same partition.`,
    );
  });

  test('is an error without a known region, when two of them cannot both be in the partition of the stack', () => {
    const connections = { 'crm-prod': { ...CRM, replicaRegions: ['us-east-1', 'us-east-2', 'cn-north-1'] } };

    expect(() => Template.fromStack(createStack({ connections }))).toThrow(
      'connections.crm-prod.replicaRegions: "cn-north-1" is in the partition aws-cn, "us-east-1" is in aws. Allowed: regions of one partition.',
    );
  });
});

test('the policy for operators has a placeholder for the partition and for the suffix of endpoints', () => {
  const policy = readFileSync(new URL('../../docs/operator-policy.json', import.meta.url), 'utf8');

  expect(policy).not.toMatch(/arn:aws|amazonaws/);
  expect(policy).toMatch('arn:PARTITION:');
  expect(policy).toMatch('secretsmanager.REGION.URL_SUFFIX');
});

function synthesizeFor(
  env: { account?: string; region?: string },
  replicaRegion?: string,
  props: ZohoTokenRefresherProps = {},
): Template {
  const replicaRegions = replicaRegion === undefined ? [] : [replicaRegion];
  const connections = { 'crm-prod': { ...CRM, replicaRegions } };
  const stack = createStack({ connections, exampleConsumer: 'crm-prod', ...props }, createApp(), { env });
  const partition = Stack.of(stack).partition;
  stack.zoho
    .connection('crm-prod')
    .grantRead(new ArnPrincipal(`arn:${partition}:iam::444455556666:role/reader`));
  stack.zoho.connection('crm-prod').grantRead(new AccountPrincipal('444455556666'));
  const assumedBy = new ServicePrincipal('lambda.amazonaws.com');
  const reader = new Role(stack, 'Reader', { assumedBy });
  stack.zoho.runTimeConnection('crm-acme').grantRead(reader);
  stack.zoho.allConnections.grantRead(reader);
  return Template.fromStack(stack);
}

/** Principals of services have the same names in every partition. */
function expectNoFixedEndpoints(template: Template): void {
  const hosts = JSON.stringify(template.toJSON()).match(/[\w.-]*\.amazonaws\.(?:com|eu)[\w.]*/g) ?? [];
  const principals = ['lambda', 'scheduler', 'cloudwatch', 'apigateway'].map(
    (service) => `${service}.amazonaws.com`,
  );
  expect(hosts.filter((host) => !principals.includes(host))).toEqual([]);
}
