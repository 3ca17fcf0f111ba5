import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG, parseConfig } from '../../lambdas/refresher/config.ts';
import {
  createStack,
  doorId,
  logicalId,
  propertiesOf,
  synthesize,
  TWO_CONNECTIONS,
  topicId,
} from './synthesize.ts';

const deployed = synthesize({ connections: TWO_CONNECTIONS, alarmEmails: ['on-call@example.com'] });
const KEY_ARN = { 'Fn::GetAtt': [logicalId(deployed, 'AWS::KMS::Key'), 'Arn'] };
const TABLE_NAME = { Ref: logicalId(deployed, 'AWS::DynamoDB::Table') };
const FUNCTION = logicalId(deployed, 'AWS::Lambda::Function');
const QUEUE = logicalId(deployed, 'AWS::SQS::Queue');

describe('the function', () => {
  test('is small and traced, and Lambda never retries it', () => {
    deployed.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 512,
      Timeout: 75,
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

  test('gets its settings in the environment that it parses', () => {
    const { Properties } = deployed.findResources('AWS::Lambda::Function')[FUNCTION] ?? {};
    const variables = Properties.Environment.Variables;
    const topic = 'arn:aws:sns:eu-central-1:111122223333:topic';

    expect(variables.TABLE_NAME).toEqual(TABLE_NAME);
    expect(variables.POWERTOOLS_SERVICE_NAME).toBe('zoho');
    expect(variables).not.toHaveProperty('AWS_NODEJS_CONNECTION_REUSE_ENABLED');
    expect(variables.PAGE_TOPIC_ARN).toEqual({ Ref: expect.stringMatching(/^ZohoPageTopic/) });
    expect(variables.TICKET_TOPIC_ARN).toEqual({ Ref: expect.stringMatching(/^ZohoTicketTopic/) });
    expect(variables).not.toHaveProperty('RUNBOOK_BASE_URL');
    const known = { TABLE_NAME: 'table', PAGE_TOPIC_ARN: topic, TICKET_TOPIC_ARN: topic };
    expect(parseConfig({ ...variables, ...known })).toEqual({
      tableName: 'table',
      secretPrefix: 'zoho',
      pageTopicArn: topic,
      ticketTopicArn: topic,
      declaredConnections: {
        'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] },
        'desk-test': { dataCenter: 'au', scopes: ['Desk.tickets.READ'] },
      },
      ...DEFAULT_CONFIG,
    });
  });

  test('gets its timeout and log retention from the settings', () => {
    const template = synthesize({ functionTimeoutSeconds: 40, logRetentionDays: 365 });

    template.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 40,
      Environment: { Variables: { FUNCTION_TIMEOUT_SECONDS: '40' } },
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
  test('requests due refreshes once a minute', () => {
    deployed.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { Ref: doorId(deployed, 'schedule') },
        Input: '{"action":"refresh-due"}',
      },
    });
  });

  test('puts a tick into the dead-letter queue after a minute', () => {
    deployed.hasResourceProperties('AWS::Scheduler::Schedule', {
      Target: {
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 2 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [QUEUE, 'Arn'] } },
      },
    });
  });

  test('has an encrypted dead-letter queue', () => {
    deployed.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
  });
});

test.each(['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'])(
  'every %s denies requests without TLS',
  (type) => {
    const policies = propertiesOf(deployed, type);

    expect(policies).not.toEqual([]);
    for (const { PolicyDocument } of policies)
      expect(PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
  },
);

describe('every topic', () => {
  test('accepts alarms of this account', () => {
    for (const { PolicyDocument } of propertiesOf(deployed, 'AWS::SNS::TopicPolicy'))
      expect(PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: 'sns:Publish',
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
      );
  });

  test('sends mail to its configured addresses only', () => {
    const template = synthesize({
      alarmEmails: ['all@example.com'],
      pageEmails: ['pager@example.com'],
      ticketEmails: ['team@example.com', 'queue@example.com'],
    });
    const mailed = propertiesOf(template, 'AWS::SNS::Subscription').map(
      ({ Protocol, Endpoint, TopicArn }) => [Protocol, Endpoint, TopicArn.Ref],
    );

    expect(mailed).toEqual([
      ['email', 'all@example.com', topicId(deployed, 'alarms')],
      ['email', 'pager@example.com', topicId(deployed, 'page')],
      ['email', 'team@example.com', topicId(deployed, 'ticket')],
      ['email', 'queue@example.com', topicId(deployed, 'ticket')],
    ]);
    expect(synthesize().findResources('AWS::SNS::Subscription')).toEqual({});
  });
});

describe('the stack', () => {
  test('has outputs for operators', () => {
    expect(deployed.toJSON().Outputs).toEqual({
      RefresherFunctionName: { Value: { Ref: FUNCTION } },
      ConnectionsTableName: { Value: TABLE_NAME },
      SecretPrefix: { Value: 'zoho' },
      AlarmTopicArn: { Value: { Ref: topicId(deployed, 'alarms') } },
      PageTopicArn: { Value: { Ref: topicId(deployed, 'page') } },
      TicketTopicArn: { Value: { Ref: topicId(deployed, 'ticket') } },
      KeyArn: { Value: KEY_ARN },
      ScheduleName: { Value: { Ref: logicalId(deployed, 'AWS::Scheduler::Schedule') } },
      UndeliveredQueueUrl: { Value: { Ref: logicalId(deployed, 'AWS::SQS::Queue') } },
    });
  });

  test('works in any account and region', () => {
    const stack = createStack();

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

test('a rule for state changes matches only those of its own deployment, and can select some of them', () => {
  const stack = createStack({ secretPrefix: 'team-a' });
  stack.zoho.onStateChange('All');
  stack.zoho.onStateChange('Incident', { eventPattern: { detail: { state: ['blocked'] } } });

  const patterns = propertiesOf(Template.fromStack(stack), 'AWS::Events::Rule').map(
    (rule) => rule.EventPattern,
  );

  const own = { source: ['zoho-token-refresher'], 'detail-type': ['Zoho Connection State Change'] };
  expect(patterns).toEqual([
    { ...own, detail: { secret_prefix: ['team-a'] } },
    { ...own, detail: { secret_prefix: ['team-a'], state: ['blocked'] } },
  ]);
});
