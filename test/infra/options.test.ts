import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { ZohoTokenRefresher } from '../../infra/token-refresher.ts';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import { identityStatements, keyStatements, show } from './policy-statements.ts';
import { createApp, createStack, propertiesOf, synthesize, TWO_CONNECTIONS } from './synthesize.ts';

const OWN_KEY = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-1111-2222-3333-444444444444';

describe('a key of your own', () => {
  test('encrypts every secret, and no other key is created', () => {
    const template = withResources((stack) => ({ encryptionKey: Key.fromKeyArn(stack, 'Own', OWN_KEY) }));

    const used = propertiesOf(template, 'AWS::SecretsManager::Secret').map(({ KmsKeyId }) => KmsKeyId);
    expect(used).toEqual(Array(2).fill(OWN_KEY));
    template.resourceCountIs('AWS::KMS::Key', 0);
    template.resourceCountIs('AWS::KMS::Alias', 0);
    template.hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/zoho-token-refresher/zoho/key',
      Value: OWN_KEY,
    });
  });

  test('can be used by the refresher and readers through Secrets Manager only', () => {
    const template = withResources((stack) => ({ encryptionKey: Key.fromKeyArn(stack, 'Own', OWN_KEY) }));
    const ofKey = identityStatements(template).filter(({ resources }) => resources.includes(OWN_KEY));

    expect(ofKey.map(({ actions }) => actions)).toEqual([['kms:Decrypt', 'kms:GenerateDataKey']]);
    expect(JSON.stringify(ofKey[0]?.condition)).toContain('kms:ViaService');
  });

  test('that is created in the app is not shared with alarms', () => {
    const template = withResources((stack) => ({ encryptionKey: new Key(stack, 'Own') }));

    template.resourceCountIs('AWS::KMS::Key', 1);
    expect(keyStatements(template).flatMap(({ principals }) => principals)).not.toContain(
      'cloudwatch.amazonaws.com',
    );
  });

  test('must not be an alias', () => {
    const error = 'encryptionKey: is an alias, and IAM policies do not accept aliases. Pass the key:';

    expect(() =>
      withResources((stack) => ({ encryptionKey: Alias.fromAliasName(stack, 'Own', 'alias/own') })),
    ).toThrow(error);
    expect(() =>
      withResources((stack) => ({
        encryptionKey: new Alias(stack, 'Alias', {
          aliasName: 'alias/own',
          targetKey: new Key(stack, 'Own'),
        }),
      })),
    ).toThrow(error);
  });
});

describe('topics of your own', () => {
  const arnOf = (name: string) => `arn:aws:sns:eu-central-1:111122223333:${name}`;
  const topic = (stack: Stack, name: string) => Topic.fromTopicArn(stack, name, arnOf(name));
  const template = withResources((stack) => ({
    alarmTopic: topic(stack, 'all'),
    pageTopic: topic(stack, 'page'),
    ticketTopic: topic(stack, 'ticket'),
  }));

  test('are notified, and no others are created', () => {
    const actionsOf = (type: string) =>
      new Set(propertiesOf(template, type).flatMap(({ AlarmActions = [] }) => AlarmActions));

    expect(actionsOf('AWS::CloudWatch::Alarm')).toEqual(
      new Set([arnOf('all'), arnOf('page'), arnOf('ticket')]),
    );
    expect(actionsOf('AWS::CloudWatch::CompositeAlarm')).toEqual(new Set([arnOf('page')]));
    template.resourceCountIs('AWS::SNS::Topic', 0);
    template.resourceCountIs('AWS::SNS::TopicPolicy', 0);
    template.hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/zoho-token-refresher/zoho/page-topic',
      Value: arnOf('page'),
    });
  });

  test('let the refresher publish, also with the key of an encrypted one', () => {
    const encrypted = withResources((stack) => ({
      pageTopic: topic(stack, 'page'),
      ticketTopic: Topic.fromTopicAttributes(stack, 'Encrypted', {
        topicArn: arnOf('ticket'),
        keyArn: OWN_KEY,
      }),
    }));
    const allowed = identityStatements(encrypted, 'ZohoRefresherRole').filter(
      ({ actions, resources }) => actions.includes('sns:Publish') || resources.includes(OWN_KEY),
    );

    expect(allowed.map(({ actions, resources }) => [actions, resources])).toEqual([
      [['sns:Publish'], [arnOf('page'), arnOf('ticket')]],
      [['kms:Decrypt', 'kms:GenerateDataKey'], [OWN_KEY]],
    ]);
  });

  test('can be one topic for everything', () => {
    const one = withResources((stack) => {
      const all = topic(stack, 'all');
      return { alarmTopic: all, pageTopic: all, ticketTopic: all };
    });

    one.resourceCountIs('AWS::SNS::Topic', 0);
  });

  test('replace one of the three only', () => {
    const two = withResources((stack) => ({ pageTopic: topic(stack, 'page') }));

    two.resourceCountIs('AWS::SNS::Topic', 2);
  });

  test('do not go together with addresses for the topic that is not created', () => {
    expect(() =>
      withResources((stack) => ({ pageTopic: topic(stack, 'page'), pageEmails: ['a@example.com'] })),
    ).toThrow(
      'pageEmails: is for the topic that the construct creates, and pageTopic is given. Subscribe the addresses to that topic.',
    );
  });
});

describe('a VPC', () => {
  test('attaches the refresher, whose role may manage network interfaces and nothing else', () => {
    const template = withResources((stack) => {
      // The types of the construct library do not allow exactOptionalPropertyTypes.
      const vpc = new Vpc(stack, 'Vpc') as IVpc;
      return {
        vpc,
        vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
        securityGroups: [new SecurityGroup(stack, 'Egress', { vpc })],
      };
    });

    template.hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: {
        SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Egress'), 'GroupId'] }],
        SubnetIds: Match.anyValue(),
      },
    });
    const ofNetwork = identityStatements(template)
      .flatMap(({ actions, resources }) => actions.map((action) => [action, resources] as const))
      .filter(([action]) => action.startsWith('ec2:'));
    expect(ofNetwork).toEqual(
      [
        'ec2:AssignPrivateIpAddresses',
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:UnassignPrivateIpAddresses',
      ].map((action) => [action, ['*']]),
    );
    const roles = Object.entries(template.findResources('AWS::IAM::Role'));
    const [role] = roles.filter(([id]) => id.startsWith('ZohoRefresherRole'));
    expect(role?.[1].Properties.ManagedPolicyArns).toBeUndefined();
  });

  test('is needed for subnets and security groups', () => {
    expect(() => withResources(() => ({ vpcSubnets: {}, securityGroups: [] }))).toThrow(
      /vpcSubnets: needs a vpc\. .*\n.*securityGroups: needs a vpc\. Pass the VPC as well, or leave securityGroups out\./,
    );
  });

  test('is not there by default', () => {
    const template = synthesize();

    template.hasResourceProperties('AWS::Lambda::Function', { VpcConfig: Match.absent() });
    expect(JSON.stringify(template.toJSON())).not.toContain('ec2:');
  });
});

describe('a permissions boundary', () => {
  const POLICY = 'arn:aws:iam::111122223333:policy/boundary';

  test('of the stack is that of every role', () => {
    const stack = createStack({ connections: TWO_CONNECTIONS, exampleConsumer: 'crm-prod' });
    PermissionsBoundary.of(stack).apply(ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', POLICY));
    const roles = propertiesOf(Template.fromStack(stack), 'AWS::IAM::Role');

    expect(roles.map(({ PermissionsBoundary: boundary }) => boundary)).toEqual(Array(3).fill(POLICY));
  });

  test('can be set in cdk.json, without code', () => {
    const context = {
      '@aws-cdk/core:permissionsBoundary': { name: 'boundary' },
      'aws:cdk:bundling-stacks': [],
    };
    const app = new App({ context, builtinCloudFormationValidation: false });
    const [role] = propertiesOf(Template.fromStack(createStack({}, app)), 'AWS::IAM::Role');

    expect(show(role?.PermissionsBoundary)).toMatch(/^arn:<AWS::Partition>:iam::.*:policy\/boundary$/);
  });
});

test('architecture and memory are those of every function', () => {
  const template = synthesize({
    connections: TWO_CONNECTIONS,
    exampleConsumer: 'crm-prod',
    architecture: 'x86_64',
    memoryMegabytes: 1024,
  });

  for (const properties of propertiesOf(template, 'AWS::Lambda::Function'))
    expect(properties).toMatchObject({ Architectures: ['x86_64'], MemorySize: 1024 });
});

describe('reserved concurrency', () => {
  const reservations = (template: Template) =>
    propertiesOf(template, 'AWS::Lambda::Function').map(
      ({ ReservedConcurrentExecutions }) => ReservedConcurrentExecutions,
    );
  const options = { connections: TWO_CONNECTIONS, exampleConsumer: 'crm-prod' };

  test('is none by default, because a new account cannot reserve any', () => {
    expect(reservations(synthesize(options))).toEqual([undefined, undefined]);
  });

  test('is that of the refresher only', () => {
    const reserved = reservations(synthesize({ ...options, reservedConcurrency: 10 }));

    expect(reserved.toSorted()).toEqual([10, undefined]);
  });
});

describe('termination protection', () => {
  test('is off by default, because a first deployment that fails could not be repeated', () => {
    const stack = createStack();

    expect(stack.terminationProtection).toBe(false);
    Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::Table', {
      DeletionProtectionEnabled: false,
    });
  });

  test('protects the stack and the table', () => {
    const stack = createStack({ terminationProtection: true });

    expect(stack.terminationProtection).toBe(true);
    Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::Table', {
      DeletionProtectionEnabled: true,
    });
  });
});

describe('a throw-away stack', () => {
  test('leaves nothing behind', () => {
    const template = synthesize({ connections: TWO_CONNECTIONS, removalPolicy: 'destroy' });

    const kept = Object.entries<{ DeletionPolicy?: string }>(template.toJSON().Resources)
      .filter(([, { DeletionPolicy = 'Delete' }]) => DeletionPolicy !== 'Delete')
      .map(([id]) => id);
    expect(kept).toEqual([]);
    template.hasResourceProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: false });
    template.hasResourceProperties('AWS::KMS::Key', { PendingWindowInDays: 7 });
  });

  test('cannot be protected from deletion', () => {
    expect(() => synthesize({ removalPolicy: 'destroy', terminationProtection: true })).toThrow(
      'removalPolicy: "destroy" contradicts terminationProtection. Allowed: one of them.',
    );
  });
});

describe('a disabled alarm', () => {
  test('is not created, and the dashboard and the list of alarms do without it', () => {
    const template = synthesize({
      connections: TWO_CONNECTIONS,
      dashboard: true,
      disabledAlarms: ['TokenExpiringSoon', 'UnauthorizedSpike-crm-prod', 'ContractChanged'],
    });
    const names = alarmNames(template);

    expect(names).not.toContain('TokenExpiringSoon');
    expect(names).not.toContain('UnauthorizedSpike-crm-prod');
    expect(names).toContain('UnauthorizedSpike');
    expect(names).toContain('UnauthorizedSpike-desk-test');
    expect(JSON.stringify(template.toJSON())).not.toMatch(/AlarmsTokenExpiringSoon|AlarmsContractChanged/);
    template.hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/zoho-token-refresher/zoho/alarms',
      Value:
        '{"alarms":["ReauthorizationNeeded","RefresherSilent","page","UnauthorizedSpike","NotificationFailed","RefreshFailing","ZohoThrottling","RefresherErrors","DeliveryFailed"],"conditions":["RefresherStarted"],"connections":["desk-test"]}',
    });
  });

  test('RefresherSilent takes RefresherStarted and the composite alarm with it', () => {
    const template = synthesize({ disabledAlarms: ['RefresherSilent'] });
    const names = alarmNames(template);

    expect(names).not.toContain('RefresherSilent');
    expect(names).not.toContain('RefresherStarted');
    template.resourceCountIs('AWS::CloudWatch::CompositeAlarm', 0);
  });

  test.each([
    [
      ['RefreshFailed'],
      'disabledAlarms[0]: "RefreshFailed" is not an alarm. Allowed: ReauthorizationNeeded, TokenExpiringSoon, RefresherSilent, UnauthorizedSpike, NotificationFailed, RefreshFailing, ZohoThrottling, RefresherErrors, DeliveryFailed, ContractChanged, ConsentFailing, ConsentErrors, ConsentThrottled, UnauthorizedSpike-<connection>, or ShardSilent-<shard>, such as ShardSilent-0. Did you mean "RefreshFailing"?',
    ],
    [['ShardSilent'], 'Did you mean "ShardSilent-0"?'],
    [
      ['ScopeDrift'],
      'disabledAlarms[0]: "ScopeDrift" is no alarm any more: the refresher notifies of each connection by its name. Remove it here, and set the severity of connections of which no one wants to be notified to "none".',
    ],
    [
      ['UnauthorizedSpike-crm'],
      'disabledAlarms[0]: "UnauthorizedSpike-crm" is not an alarm of a declared connection. Allowed: UnauthorizedSpike-crm-prod, UnauthorizedSpike-desk-test.',
    ],
  ])('with an unknown name is an error', (disabledAlarms, problem) => {
    expect(() => synthesize({ connections: TWO_CONNECTIONS, disabledAlarms })).toThrow(problem);
  });
});

describe('the setting follow', () => {
  const follow = { secretPrefix: 'old/team', keyArn: OWN_KEY };

  test('lets the refresher read the tokens of the old deployment through Secrets Manager, and nothing else of it', () => {
    const template = synthesize({ follow });
    const ofRefresher = identityStatements(template, 'ZohoRefresherRole');
    const allowed = ofRefresher.flatMap(({ actions, resources, condition }) =>
      resources.map((resource) => ({ actions, resource, condition })),
    );
    const ofOld = allowed.filter(({ resource }) => resource.includes('old/team') || resource === OWN_KEY);

    expect(ofOld).toEqual([
      {
        actions: ['secretsmanager:GetSecretValue'],
        resource:
          'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:old/team/*/access-token-??????',
        condition: undefined,
      },
      {
        actions: ['kms:Decrypt'],
        resource: OWN_KEY,
        condition: { StringEquals: { 'kms:ViaService': expect.anything() } },
      },
    ]);
  });

  test('tells the refresher the old prefix', () => {
    const [refresher] = propertiesOf(synthesize({ follow }), 'AWS::Lambda::Function');
    const [usual] = propertiesOf(synthesize(), 'AWS::Lambda::Function');

    expect(refresher?.Environment.Variables.FOLLOW_SECRET_PREFIX).toBe('old/team');
    expect(usual?.Environment.Variables).not.toHaveProperty('FOLLOW_SECRET_PREFIX');
  });

  test.each([
    [
      { secretPrefix: 'zoho', keyArn: OWN_KEY },
      'follow.secretPrefix: "zoho" is the secretPrefix of this deployment. Allowed: that of another one.',
    ],
    [
      { secretPrefix: 'old', keyArn: 'alias/old' },
      'follow.keyArn: "alias/old" is not the ARN of a KMS key. Allowed: an ARN such as',
    ],
    [{ secretPrefix: 'old' }, 'follow.keyArn: is missing.'],
    [{ prefix: 'old', keyArn: OWN_KEY }, 'follow.prefix: is not a known key. Allowed: secretPrefix, keyArn.'],
  ])('that is invalid is an error', (given, problem) => {
    expect(() => synthesize({ follow: given as typeof follow })).toThrow(problem);
  });
});

/** A stack with resources that `create` makes in the same stack. */
function withResources(create: (stack: Stack) => ZohoTokenRefresherProps): Template {
  const stack = new Stack(createApp(), 'Team');
  new ZohoTokenRefresher(stack, 'Zoho', { connections: TWO_CONNECTIONS, ...create(stack) });
  return Template.fromStack(stack);
}

function alarmNames(template: Template): string[] {
  return propertiesOf(template, 'AWS::CloudWatch::Alarm').map(({ AlarmName }) =>
    AlarmName.replace('ZohoTokenRefresher-', ''),
  );
}
