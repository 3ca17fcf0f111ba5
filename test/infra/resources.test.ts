import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../lambdas/refresher/config.ts';
import { createStack, logicalId, synthesize, TWO_CONNECTIONS } from './synthesize.ts';

const deployed = synthesize({ connections: TWO_CONNECTIONS, alarmEmails: ['on-call@example.com'] });
const KEY_ARN = { 'Fn::GetAtt': [logicalId(deployed, 'AWS::KMS::Key'), 'Arn'] };
const TABLE_NAME = { Ref: logicalId(deployed, 'AWS::DynamoDB::Table') };
const FUNCTION = logicalId(deployed, 'AWS::Lambda::Function');
const QUEUE = logicalId(deployed, 'AWS::SQS::Queue');

describe('the function', () => {
  test('is small, traced, and never retried by Lambda', () => {
    deployed.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 512,
      Timeout: 60,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: {
        LogGroup: { Ref: logicalId(deployed, 'AWS::Logs::LogGroup') },
        LogFormat: Match.absent(),
      },
    });
    deployed.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });

  test('is told its settings in the environment that it parses', () => {
    const { Properties } = deployed.findResources('AWS::Lambda::Function')[FUNCTION] ?? {};
    const variables = Properties.Environment.Variables;

    expect(variables.TABLE_NAME).toEqual(TABLE_NAME);
    expect(variables.POWERTOOLS_SERVICE_NAME).toBe('zoho');
    expect(variables).not.toHaveProperty('AWS_NODEJS_CONNECTION_REUSE_ENABLED');
    expect(parseConfig({ ...variables, TABLE_NAME: 'table' })).toEqual({
      tableName: 'table',
      secretPrefix: 'zoho',
      declaredConnections: {
        'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] },
        'desk-test': { dataCenter: 'au', scopes: ['Desk.tickets.READ'] },
      },
      refreshMarginSeconds: 300,
      refreshJitterSeconds: 60,
      functionTimeoutSeconds: 60,
      zohoTimeoutSeconds: 10,
      maxRefreshesPerSecond: 20,
      maxInFlight: 25,
      stateChangeEvents: ['blocked', 'recovered'],
    });
  });

  test('takes its timeout and the retention of its log from the settings', () => {
    const template = synthesize({ functionTimeoutSeconds: 120, logRetentionDays: 365 });

    template.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 120,
      Environment: { Variables: { FUNCTION_TIMEOUT_SECONDS: '120' } },
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  test('keeps its log for 30 days', () => {
    deployed.hasResource('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 30 },
      DeletionPolicy: 'Delete',
    });
  });
});

describe('the schedule', () => {
  test('asks once a minute for what is due', () => {
    deployed.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::GetAtt': [FUNCTION, 'Arn'] },
        Input: '{"action":"refresh-due"}',
      },
    });
  });

  test('gives up a tick within a minute and parks it', () => {
    deployed.hasResourceProperties('AWS::Scheduler::Schedule', {
      Target: {
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 2 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [QUEUE, 'Arn'] } },
      },
    });
  });

  test('parks ticks in a queue that is encrypted and takes TLS only', () => {
    deployed.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    deployed.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });
});

describe('the alarm topic', () => {
  test('is encrypted and takes TLS only', () => {
    deployed.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: KEY_ARN });
    deployed.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });

  test('accepts alarms of this account', () => {
    deployed.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });

  test('mails the configured addresses, as do the topics of the composites, and nobody otherwise', () => {
    const template = synthesize({
      alarmEmails: ['all@example.com'],
      pageEmails: ['pager@example.com'],
      ticketEmails: ['team@example.com', 'queue@example.com'],
    });
    const mailed = Object.values(template.findResources('AWS::SNS::Subscription')).map(
      ({ Properties: { Protocol, Endpoint, TopicArn } }) => [Protocol, Endpoint, TopicArn.Ref],
    );

    expect(mailed).toEqual([
      ['email', 'all@example.com', topicNamed('alarms')],
      ['email', 'pager@example.com', topicNamed('page')],
      ['email', 'team@example.com', topicNamed('ticket')],
      ['email', 'queue@example.com', topicNamed('ticket')],
    ]);
    expect(synthesize().findResources('AWS::SNS::Subscription')).toEqual({});
  });
});

describe('the stack', () => {
  test('tells operators where its parts are', () => {
    expect(deployed.toJSON().Outputs).toEqual({
      RefresherFunctionName: { Value: { Ref: FUNCTION } },
      ConnectionsTableName: { Value: TABLE_NAME },
      SecretPrefix: { Value: 'zoho' },
      AlarmTopicArn: { Value: { Ref: topicNamed('alarms') } },
      PageTopicArn: { Value: { Ref: topicNamed('page') } },
      TicketTopicArn: { Value: { Ref: topicNamed('ticket') } },
      KeyArn: { Value: KEY_ARN },
      ScheduleName: { Value: { Ref: logicalId(deployed, 'AWS::Scheduler::Schedule') } },
      UndeliveredQueueUrl: { Value: { Ref: logicalId(deployed, 'AWS::SQS::Queue') } },
    });
  });

  test('deploys anywhere and is not deleted by accident', () => {
    const stack = createStack();

    expect(stack.terminationProtection).toBe(true);
    expect(stack.environment).toBe('aws://unknown-account/unknown-region');
  });

  test('needs no configuration: connections can be added at run time', () => {
    const template = synthesize();

    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { DECLARED_CONNECTIONS: '{}' } },
    });
    expect(template.findResources('AWS::SecretsManager::Secret')).toEqual({});
  });
});

function topicNamed(what: string): string {
  return logicalId(deployed, 'AWS::SNS::Topic', { DisplayName: `Zoho Token Refresher ${what}` });
}

test('a rule for state changes hears those of its own deployment only, and of as few as it asks for', () => {
  const stack = createStack({ secretPrefix: 'team-a/zoho' });
  stack.zoho.onStateChange('All');
  stack.zoho.onStateChange('Incident', { eventPattern: { detail: { state: ['blocked'] } } });

  const patterns = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule')).map(
    ({ Properties }) => Properties.EventPattern,
  );

  const own = { source: ['zoho-token-refresher'], 'detail-type': ['Zoho Connection State Change'] };
  expect(patterns).toEqual([
    { ...own, detail: { secret_prefix: ['team-a/zoho'] } },
    { ...own, detail: { secret_prefix: ['team-a/zoho'], state: ['blocked'] } },
  ]);
});
