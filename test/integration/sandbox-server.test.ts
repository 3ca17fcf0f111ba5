import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type MetricDataQuery,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import {
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseConfig } from '../../lambdas/refresher/config.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import { MINUTE_MS, START_MS } from '../support/sandbox.ts';

const CONNECTIONS = { 'crm-eu': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } } as const;

let server: SandboxServer<ManualClock>;
let outputs: Record<string, string>;

/** A client with nothing but the environment to tell it where AWS is, as a process beside the sandbox has it. */
function connect<Client extends { destroy(): void }>(
  Client: new (config: { maxAttempts: number }) => Client,
) {
  const client = new Client({ maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

async function refusal(answer: Promise<unknown>): Promise<{ name: string; message: string; status: number }> {
  const error = await answer.then(
    () => new Error('it was not refused'),
    (reason: Error) => reason,
  );
  const { $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  return { name: error.name, message: error.message, status: $metadata?.httpStatusCode ?? 0 };
}

beforeAll(async () => {
  server = await startSandboxServer({ clock: new ManualClock(START_MS), connections: CONNECTIONS });
  for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value);
  const cloudFormation = new CloudFormationClient({});
  const { Stacks } = await cloudFormation.send(
    new DescribeStacksCommand({ StackName: 'ZohoTokenRefresher' }),
  );
  outputs = Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
  cloudFormation.destroy();
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

describe('CloudFormation', () => {
  it('tells the outputs of the stack, by its name and in the list of all', async () => {
    const { Stacks } = await connect(CloudFormationClient).send(new DescribeStacksCommand({}));

    expect(Stacks).toMatchObject([
      { StackName: 'ZohoTokenRefresher', StackStatus: 'CREATE_COMPLETE', CreationTime: new Date(START_MS) },
    ]);
    expect(outputs).toMatchObject({
      RefresherFunctionName: 'ZohoTokenRefresher-Refresher',
      SecretPrefix: 'zoho',
      ConnectionsTableName: server.deployment.config.tableName,
    });
  });

  it('has no stack of another name', async () => {
    const answer = connect(CloudFormationClient).send(new DescribeStacksCommand({ StackName: 'Other<&>' }));

    expect(await refusal(answer)).toEqual({
      name: 'ValidationError',
      message: 'Stack with id Other<&> does not exist',
      status: 400,
    });
  });

  it('refuses as it is told to', async () => {
    server.aws.cloudFormation.faults.failNext({
      operation: 'DescribeStacks',
      stack: 'ZohoTokenRefresher',
      error: 'AccessDeniedException',
    });

    const answer = connect(CloudFormationClient).send(
      new DescribeStacksCommand({ StackName: 'ZohoTokenRefresher' }),
    );

    expect(await refusal(answer)).toMatchObject({ name: 'AccessDeniedException', status: 400 });
  });
});

describe('Lambda', () => {
  it('has the refresher under the name in the outputs: a tick registers the declared connections', async () => {
    const FunctionName = outputs.RefresherFunctionName;
    const Payload = JSON.stringify({ action: 'refresh-due' });

    const { Payload: answer, FunctionError } = await connect(LambdaClient).send(
      new InvokeCommand({ FunctionName, Payload }),
    );
    const { Item } = await connect(DynamoDBClient).send(
      new GetItemCommand({ TableName: outputs.ConnectionsTableName, Key: { connection: { S: 'crm-eu' } } }),
    );

    expect(FunctionError).toBeUndefined();
    expect(JSON.parse(answer?.transformToString() ?? '')).toMatchObject({ failed: 0 });
    expect(Item?.status).toEqual({ S: 'pending' });
  });

  it('tells the environment that the refresher was deployed with, by its name and by its ARN', async () => {
    const lambda = connect(LambdaClient);

    const named = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: outputs.RefresherFunctionName }),
    );
    const byArn = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: named.FunctionArn }));

    expect(named).toMatchObject({
      FunctionName: 'ZohoTokenRefresher-Refresher',
      Timeout: 60,
      State: 'Active',
      Runtime: 'nodejs24.x',
    });
    expect(parseConfig(named.Environment?.Variables ?? {})).toEqual(server.deployment.config);
    expect(byArn.Environment).toEqual(named.Environment);
  });

  it('tells the reserved concurrency, where there is one', async () => {
    const lambda = connect(LambdaClient);
    const ask = new GetFunctionConcurrencyCommand({ FunctionName: 'other' });
    server.aws.lambda.configure('other', { timeoutSeconds: 3, environment: {} });
    const { ReservedConcurrentExecutions: none } = await lambda.send(ask);
    server.aws.lambda.configure('other', { timeoutSeconds: 3, environment: {}, reservedConcurrency: 0 });

    const { ReservedConcurrentExecutions: zero } = await lambda.send(ask);

    expect(none).toBeUndefined();
    expect(zero).toBe(0);
  });

  it('does not know other functions', async () => {
    const answer = connect(LambdaClient).send(
      new GetFunctionConfigurationCommand({ FunctionName: 'nobody' }),
    );

    expect(await refusal(answer)).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
  });
});

describe('Secrets Manager', () => {
  it('has two empty secrets per connection, without a resource policy and never accessed', async () => {
    const SecretId = 'zoho/crm-eu/access-token';
    const secrets = connect(SecretsManagerClient);

    const description = await secrets.send(new DescribeSecretCommand({ SecretId }));
    const policy = await secrets.send(new GetResourcePolicyCommand({ SecretId }));

    expect(description).toMatchObject({ Name: SecretId });
    expect(description.LastAccessedDate).toBeUndefined();
    expect(policy).toMatchObject({ Name: SecretId, ARN: description.ARN });
    expect(policy.ResourcePolicy).toBeUndefined();
  });

  it('tells the UTC day on which a value was last read', async () => {
    const SecretId = 'zoho/crm-eu/credentials';
    const secrets = connect(SecretsManagerClient);
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: '{}' }));
    await secrets.send(new GetSecretValueCommand({ SecretId }));

    const { LastAccessedDate } = await secrets.send(new DescribeSecretCommand({ SecretId }));

    expect(LastAccessedDate).toEqual(new Date('2026-01-05T00:00:00Z'));
  });
});

describe('CloudWatch', () => {
  const query = (Id: string, Stat: string, over: Partial<MetricDataQuery> = {}): MetricDataQuery => ({
    Id,
    MetricStat: {
      Metric: { Namespace: 'Test', MetricName: 'Calls', Dimensions: [{ Name: 'service', Value: 'zoho' }] },
      Period: 300,
      Stat,
    },
    ...over,
  });
  const window = { StartTime: new Date(START_MS + 30_000), EndTime: new Date(START_MS + 10 * MINUTE_MS) };

  it('tells what was put, by period and statistic, the newest first', async () => {
    const cloudWatch = connect(CloudWatchClient);
    const Dimensions = [{ Name: 'service', Value: 'zoho' }];
    const at = (minutes: number) => new Date(START_MS + minutes * MINUTE_MS);
    await cloudWatch.send(
      new PutMetricDataCommand({
        Namespace: 'Test',
        MetricData: [
          { MetricName: 'Calls', Dimensions, Timestamp: at(0), Values: [0, 0.5], Counts: [2, 2] },
          { MetricName: 'Calls', Dimensions, Timestamp: at(4.9), Value: 4 },
          {
            MetricName: 'Calls',
            Dimensions,
            Timestamp: at(5),
            StatisticValues: { SampleCount: 2, Sum: 10, Minimum: 3, Maximum: 7 },
          },
          { MetricName: 'Calls', Timestamp: at(1), Value: 1000 },
          { MetricName: 'Calls', Dimensions, Timestamp: at(10), Value: 1000 },
        ],
      }),
    );

    const statistics = ['Sum', 'SampleCount', 'Average', 'Minimum', 'Maximum'];
    const { MetricDataResults } = await cloudWatch.send(
      new GetMetricDataCommand({
        ...window,
        MetricDataQueries: statistics.map((Stat) => query(Stat.toLowerCase(), Stat)),
      }),
    );

    const values = Object.fromEntries((MetricDataResults ?? []).map(({ Id, Values }) => [Id, Values]));
    expect(values).toEqual({
      sum: [10, 5],
      samplecount: [2, 5],
      average: [5, 1],
      minimum: [3, 0],
      maximum: [7, 4],
    });
    expect(MetricDataResults?.[0]?.Timestamps).toEqual([at(5), at(0)]);
  });

  it("tells the refresher's own metrics", async () => {
    await server.tick();

    const { MetricDataResults } = await connect(CloudWatchClient).send(
      new GetMetricDataCommand({
        ...window,
        ScanBy: 'TimestampAscending',
        MetricDataQueries: [
          {
            Id: 'heartbeat',
            MetricStat: {
              Metric: {
                Namespace: 'ZohoTokenRefresher',
                MetricName: 'Heartbeat',
                Dimensions: [{ Name: 'service', Value: 'zoho' }],
              },
              Period: 60,
              Stat: 'SampleCount',
            },
          },
        ],
      }),
    );

    const heartbeats = server.deployment.metrics.ofFleet('Heartbeat').length;
    expect(heartbeats).toBeGreaterThan(0);
    expect(MetricDataResults).toMatchObject([{ Id: 'heartbeat', Values: [heartbeats] }]);
  });

  it.each([
    ['an expression', { Id: 'rate', Expression: 'SUM(METRICS())' }, 'the sandbox supports MetricStat only'],
    ['a percentile', query('p', 'p99'), 'Stat "p99" is not supported. Supported: Sum, SampleCount'],
  ])('refuses %s', async (_, asked, reason) => {
    const answer = connect(CloudWatchClient).send(
      new GetMetricDataCommand({ ...window, MetricDataQueries: [asked] }),
    );

    const { name, message } = await refusal(answer);

    expect(name).toBe('ValidationException');
    expect(message).toContain(reason);
  });

  it('has the alarms of the stack, without data until somebody says more', async () => {
    const cloudWatch = connect(CloudWatchClient);
    const name = 'ZohoTokenRefresher-ReauthorizationNeeded';
    const { MetricAlarms: before } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
    server.deployment.clock.advance(MINUTE_MS);
    server.alarms.setState(name, 'ALARM', 'Blocked was 1');

    const { MetricAlarms: now } = await cloudWatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: 'ZohoTokenRefresher-', StateValue: 'ALARM' }),
    );

    expect(before).toMatchObject([{ AlarmName: name, StateValue: 'INSUFFICIENT_DATA' }]);
    expect(now).toMatchObject([
      {
        AlarmName: name,
        AlarmDescription: expect.stringContaining('runbooks/ReauthorizationNeeded.md'),
        StateValue: 'ALARM',
        StateReason: 'Blocked was 1',
        StateUpdatedTimestamp: new Date(server.deployment.clock.now()),
      },
    ]);
  });

  it('tells alarms in pages, and composite ones to those who ask for them', async () => {
    const cloudWatch = connect(CloudWatchClient);
    for (const name of ['pages-1', 'pages-3']) server.alarms.deploy({ name });
    server.alarms.deploy({ name: 'pages-2', kind: 'composite' });
    const both = {
      AlarmNamePrefix: 'pages-',
      AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const],
    };

    const first = await cloudWatch.send(new DescribeAlarmsCommand({ ...both, MaxRecords: 2 }));
    const second = await cloudWatch.send(
      new DescribeAlarmsCommand({ ...both, MaxRecords: 2, NextToken: first.NextToken }),
    );
    const metricOnly = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'pages-' }));

    expect(first).toMatchObject({
      MetricAlarms: [{ AlarmName: 'pages-1' }],
      CompositeAlarms: [{ AlarmName: 'pages-2' }],
    });
    expect(second).toMatchObject({ MetricAlarms: [{ AlarmName: 'pages-3' }], CompositeAlarms: [] });
    expect(second.NextToken).toBeUndefined();
    expect(metricOnly.MetricAlarms).toHaveLength(2);
    expect(metricOnly.CompositeAlarms).toEqual([]);
  });
});

describe('EventBridge Scheduler', () => {
  it('tells the schedule and its state', async () => {
    const scheduler = connect(SchedulerClient);
    const ask = new GetScheduleCommand({ Name: outputs.ScheduleName });
    const enabled = await scheduler.send(ask);
    server.aws.scheduler.deploy({
      name: outputs.ScheduleName ?? '',
      expression: 'rate(1 minute)',
      state: 'DISABLED',
    });

    const disabled = await scheduler.send(ask);

    expect(enabled).toMatchObject({
      State: 'ENABLED',
      ScheduleExpression: 'rate(1 minute)',
      GroupName: 'default',
    });
    expect(disabled.State).toBe('DISABLED');
  });

  it('has no schedule of another name, nor in another group', async () => {
    const scheduler = connect(SchedulerClient);

    const unknown = await refusal(scheduler.send(new GetScheduleCommand({ Name: 'nobody' })));
    const elsewhere = await refusal(
      scheduler.send(new GetScheduleCommand({ Name: outputs.ScheduleName, GroupName: 'other' })),
    );

    const expected = { name: 'ResourceNotFoundException', status: 404 };
    expect(unknown).toMatchObject(expected);
    expect(elsewhere).toMatchObject(expected);
  });
});

describe('SQS', () => {
  it('counts the ticks that could not be delivered', async () => {
    const { UndeliveredQueueUrl: QueueUrl = '' } = outputs;
    const sqs = connect(SQSClient);
    const ask = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
    const none = await sqs.send(ask);
    server.aws.sqs.setMessageCount(QueueUrl.split('/').at(-1) ?? '', 3);

    const three = await sqs.send(ask);

    expect(none.Attributes).toEqual({ ApproximateNumberOfMessages: '0' });
    expect(three.Attributes).toEqual({ ApproximateNumberOfMessages: '3' });
  });

  it('has no queue of another name', async () => {
    const QueueUrl = `${server.origin}/000000000000/nobody`;

    const answer = connect(SQSClient).send(new GetQueueAttributesCommand({ QueueUrl }));

    expect(await refusal(answer)).toMatchObject({ name: 'QueueDoesNotExist', status: 400 });
  });
});

describe('any other service of AWS', () => {
  it('is refused in its own protocol', async () => {
    const answer = connect(IAMClient).send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: 'arn:aws:iam::000000000000:role/x',
        ActionNames: ['secretsmanager:GetSecretValue'],
      }),
    );

    expect(await refusal(answer)).toEqual({
      name: 'NotImplemented',
      message: 'The sandbox has no stand-in for the AWS service "iam".',
      status: 400,
    });
  });

  it.each([
    ['AWS JSON', { 'x-amz-target': 'CloudTrail_20131101.LookupEvents' }],
    ['REST JSON', {}],
  ])('is refused in %s', async (_, headers) => {
    const scope = 'AWS4-HMAC-SHA256 Credential=sandbox/20260105/eu-west-1/cloudtrail/aws4_request';

    const response = await fetch(server.origin, {
      method: 'POST',
      headers: { ...headers, authorization: `${scope}, SignedHeaders=host, Signature=0` },
    });

    const code = response.headers.get('x-amzn-errortype') ?? JSON.parse(await response.text()).__type;
    expect(response.ok).toBe(false);
    expect(code).toBe('UnknownOperationException');
  });
});
