import { CloudWatch, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { IAM } from '@aws-sdk/client-iam';
import { Lambda } from '@aws-sdk/client-lambda';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SQS } from '@aws-sdk/client-sqs';
import { paginateGetParametersByPath, SSM } from '@aws-sdk/client-ssm';
import { STS } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseConfig } from '../../lambdas/refresher/config.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import { MINUTE_MS, START_MS } from '../support/sandbox.ts';

const CONNECTIONS = { 'crm-eu': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } } as const;
const Path = '/zoho-token-refresher/zoho';
const service = [{ Name: 'service', Value: 'zoho' }];

let server: SandboxServer<ManualClock>;
const address: Record<string, string> = {};

/** A client that gets AWS's address from the environment, as in any process that uses the sandbox. */
function connect<Client extends { destroy(): void }>(
  Client: new (config: { maxAttempts: number }) => Client,
) {
  const client = new Client({ maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

/** How the SDK reports an error with this name, message and status. */
const error = (name: string, status: number, message: unknown = expect.anything()) =>
  expect.objectContaining({ name, message, $metadata: expect.objectContaining({ httpStatusCode: status }) });

beforeAll(async () => {
  server = await startSandboxServer({ clock: new ManualClock(START_MS), connections: CONNECTIONS });
  for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value);
  const ssm = new SSM({});
  const pages = paginateGetParametersByPath({ client: ssm }, { Path });
  for await (const { Parameters = [] } of pages) {
    for (const { Name = '', Value = '' } of Parameters) address[Name.slice(Path.length + 1)] = Value;
  }
  ssm.destroy();
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

describe('SSM and STS', () => {
  it('have the address of the deployment in the account', async () => {
    const { Account } = await connect(STS).getCallerIdentity();

    expect(Account).toBe('000000000000');
    expect(address).toMatchObject({
      deployment: expect.stringContaining('"stack":"ZohoTokenRefresher"'),
      table: server.deployment.config.tableName,
    });
  });

  it('return an injected fault', async () => {
    server.aws.ssm.faults.failNext({ operation: '*', parameter: Path, error: 'AccessDeniedException' });
    server.aws.sts.faults.failNext({ operation: '*', error: 'ExpiredTokenException' });

    const parameters = connect(SSM).getParametersByPath({ Path });
    const identity = connect(STS).getCallerIdentity();

    await expect(parameters).rejects.toEqual(error('AccessDeniedException', 400));
    await expect(identity).rejects.toEqual(error('ExpiredTokenException', 400));
  });
});

it.each<[string, () => Promise<unknown>, unknown]>([
  ['parameter', () => connect(SSM).getParameter({ Name: `${Path}/other` }), error('ParameterNotFound', 400)],
  [
    'function',
    () => connect(Lambda).getFunctionConfiguration({ FunctionName: 'other' }),
    error('ResourceNotFoundException', 404),
  ],
  [
    'schedule',
    () => connect(Scheduler).getSchedule({ Name: 'other' }),
    error('ResourceNotFoundException', 404),
  ],
  [
    'group of schedules',
    () => connect(Scheduler).getSchedule({ Name: address.schedule, GroupName: 'other' }),
    error('ResourceNotFoundException', 404),
  ],
  [
    'queue',
    () => connect(SQS).getQueueAttributes({ QueueUrl: `${server.origin}/000000000000/other` }),
    error('QueueDoesNotExist', 400),
  ],
])('an unknown %s is an error', async (_, ask, expected) => {
  await expect(ask()).rejects.toEqual(expected);
});

describe('Lambda', () => {
  it('has the refresher under the ARN in the address: a tick registers the declared connections', async () => {
    const { Payload, FunctionError } = await connect(Lambda).invoke({
      FunctionName: address.function,
      Payload: JSON.stringify({ action: 'refresh-due' }),
    });

    const { Item } = await connect(DynamoDB).getItem({
      TableName: address.table,
      Key: { connection: { S: 'crm-eu' } },
    });
    expect(FunctionError).toBeUndefined();
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({ failed: 0 });
    expect(Item?.status).toEqual({ S: 'pending' });
  });

  it('returns the environment that the refresher was deployed with, by its ARN and by its name', async () => {
    const lambda = connect(Lambda);

    const byArn = await lambda.getFunctionConfiguration({ FunctionName: address.function });
    const named = await lambda.getFunctionConfiguration({ FunctionName: byArn.FunctionName });

    expect(named).toMatchObject({
      FunctionName: 'ZohoTokenRefresher-Refresher',
      Timeout: 75,
      State: 'Active',
      Runtime: 'nodejs24.x',
    });
    expect(parseConfig(named.Environment?.Variables ?? {})).toEqual(server.deployment.config);
    expect(byArn.Environment).toEqual(named.Environment);
  });

  it.each([undefined, 0])('returns the reserved concurrency %s', async (reservedConcurrency) => {
    const configuration = { timeoutSeconds: 3, environment: {} };
    server.aws.lambda.configure('limited', {
      ...configuration,
      ...(reservedConcurrency !== undefined && { reservedConcurrency }),
    });

    const answer = await connect(Lambda).getFunctionConcurrency({ FunctionName: 'limited' });

    expect(answer.ReservedConcurrentExecutions).toBe(reservedConcurrency);
  });
});

describe('Secrets Manager', () => {
  it('has two empty secrets per connection, without a resource policy and never accessed', async () => {
    const SecretId = 'zoho/crm-eu/access-token';
    const secrets = connect(SecretsManager);

    const description = await secrets.describeSecret({ SecretId });
    const policy = await secrets.getResourcePolicy({ SecretId });

    expect(description).toMatchObject({ Name: SecretId });
    expect(description.LastAccessedDate).toBeUndefined();
    expect(policy).toMatchObject({ Name: SecretId, ARN: description.ARN });
    expect(policy.ResourcePolicy).toBeUndefined();
  });

  it('returns the UTC day on which a value was last read', async () => {
    const SecretId = 'zoho/crm-eu/credentials';
    const secrets = connect(SecretsManager);
    await secrets.createSecret({ Name: SecretId, SecretString: '{}' });
    await secrets.getSecretValue({ SecretId });

    const { LastAccessedDate } = await secrets.describeSecret({ SecretId });

    expect(LastAccessedDate).toEqual(new Date('2026-01-05T00:00:00Z'));
  });
});

describe('CloudWatch', () => {
  const query = (Stat: string, MetricName = 'Calls', Namespace = 'Test', Period = 300): MetricDataQuery => ({
    Id: Stat.toLowerCase(),
    MetricStat: { Metric: { Namespace, MetricName, Dimensions: service }, Period, Stat },
  });
  const window = { StartTime: new Date(START_MS + 30_000), EndTime: new Date(START_MS + 10 * MINUTE_MS) };

  it('returns metric data by period and statistic, newest first', async () => {
    const cloudWatch = connect(CloudWatch);
    const metric = { MetricName: 'Calls', Dimensions: service };
    const at = (minutes: number) => new Date(START_MS + minutes * MINUTE_MS);
    const StatisticValues = { SampleCount: 2, Sum: 10, Minimum: 3, Maximum: 7 };
    await cloudWatch.putMetricData({
      Namespace: 'Test',
      MetricData: [
        { ...metric, Timestamp: at(0), Values: [0, 0.5], Counts: [2, 2] },
        { ...metric, Timestamp: at(4.9), Value: 4 },
        { ...metric, Timestamp: at(5), StatisticValues },
        { MetricName: 'Calls', Timestamp: at(1), Value: 1000 },
        { ...metric, Timestamp: at(10), Value: 1000 },
      ],
    });

    const { MetricDataResults } = await cloudWatch.getMetricData({
      ...window,
      MetricDataQueries: ['Sum', 'SampleCount', 'Average', 'Minimum', 'Maximum'].map((stat) => query(stat)),
    });

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

  it("returns the refresher's own metrics", async () => {
    await server.tick();

    const { MetricDataResults } = await connect(CloudWatch).getMetricData({
      ...window,
      ScanBy: 'TimestampAscending',
      MetricDataQueries: [query('SampleCount', 'Heartbeat', 'ZohoTokenRefresher', 60)],
    });

    const heartbeats = server.deployment.metrics.ofFleet('Heartbeat').length;
    expect(heartbeats).toBeGreaterThan(0);
    expect(MetricDataResults).toMatchObject([{ Id: 'samplecount', Values: [heartbeats] }]);
  });

  it.each([
    ['an expression', { Id: 'rate', Expression: 'SUM(METRICS())' }, 'the sandbox supports MetricStat only'],
    ['a percentile', query('p99'), 'Stat "p99" is not supported. Supported: Sum, SampleCount'],
  ])('rejects %s', async (_, asked, reason) => {
    const answer = connect(CloudWatch).getMetricData({ ...window, MetricDataQueries: [asked] });

    await expect(answer).rejects.toEqual(error('ValidationException', 400, expect.stringContaining(reason)));
  });

  it('has the alarms of the stack, with insufficient data until their state is set', async () => {
    const cloudWatch = connect(CloudWatch);
    const AlarmName = 'ZohoTokenRefresher-ReauthorizationNeeded';
    const { MetricAlarms: before } = await cloudWatch.describeAlarms({ AlarmNames: [AlarmName] });
    server.deployment.clock.advance(MINUTE_MS);
    server.alarms.setState(AlarmName, 'ALARM', 'Blocked was 1');

    const prefix = { AlarmNamePrefix: 'ZohoTokenRefresher-', StateValue: 'ALARM' } as const;
    const { MetricAlarms: now } = await cloudWatch.describeAlarms(prefix);

    expect(before).toMatchObject([{ AlarmName, StateValue: 'INSUFFICIENT_DATA' }]);
    expect(now).toMatchObject([
      {
        AlarmName,
        AlarmDescription: expect.stringContaining('runbooks/ReauthorizationNeeded.md'),
        StateValue: 'ALARM',
        StateReason: 'Blocked was 1',
        StateUpdatedTimestamp: new Date(server.deployment.clock.now()),
      },
    ]);
  });

  it('returns alarms in pages, and composite alarms only on request', async () => {
    const cloudWatch = connect(CloudWatch);
    for (const name of ['pages-1', 'pages-3']) server.alarms.deploy({ name });
    server.alarms.deploy({ name: 'pages-2', kind: 'composite' });
    const AlarmNamePrefix = 'pages-';
    const AlarmTypes = ['MetricAlarm' as const, 'CompositeAlarm' as const];
    const both = { AlarmNamePrefix, AlarmTypes, MaxRecords: 2 };

    const first = await cloudWatch.describeAlarms(both);
    const second = await cloudWatch.describeAlarms({ ...both, NextToken: first.NextToken });
    const metricOnly = await cloudWatch.describeAlarms({ AlarmNamePrefix });

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

it('EventBridge Scheduler returns the schedule and its state', async () => {
  const { schedule: Name = '' } = address;
  const ScheduleExpression = 'rate(1 minute)';
  const enabled = await connect(Scheduler).getSchedule({ Name });
  server.aws.scheduler.deploy({ name: Name, expression: ScheduleExpression, state: 'DISABLED' });

  const disabled = await connect(Scheduler).getSchedule({ Name });

  expect(enabled).toMatchObject({ State: 'ENABLED', ScheduleExpression, GroupName: 'default' });
  expect(disabled.State).toBe('DISABLED');
});

it.each([0, 3])('SQS counts %i ticks that could not be delivered', async (count) => {
  const { queue: QueueUrl = '' } = address;
  if (count > 0) server.aws.sqs.setMessageCount(QueueUrl.split('/').at(-1) ?? '', count);

  const AttributeNames = ['ApproximateNumberOfMessages' as const];
  const { Attributes } = await connect(SQS).getQueueAttributes({ QueueUrl, AttributeNames });

  expect(Attributes).toEqual({ ApproximateNumberOfMessages: String(count) });
});

describe('any other service of AWS', () => {
  it('is rejected in its own protocol', async () => {
    const answer = connect(IAM).simulatePrincipalPolicy({
      PolicySourceArn: 'arn:aws:iam::000000000000:role/x',
      ActionNames: ['secretsmanager:GetSecretValue'],
    });

    await expect(answer).rejects.toEqual(
      error('NotImplemented', 400, 'The sandbox has no stand-in for the AWS service "iam".'),
    );
  });

  it.each([
    ['AWS JSON', { 'x-amz-target': 'CloudTrail_20131101.LookupEvents' }],
    ['REST JSON', {}],
  ])('is rejected in %s', async (_, headers) => {
    const scope = 'AWS4-HMAC-SHA256 Credential=sandbox/20260105/eu-west-1/cloudtrail/aws4_request';
    const authorization = `${scope}, SignedHeaders=host, Signature=0`;

    const response = await fetch(server.origin, { method: 'POST', headers: { ...headers, authorization } });

    const code = response.headers.get('x-amzn-errortype') ?? JSON.parse(await response.text()).__type;
    expect(response.ok).toBe(false);
    expect(code).toBe('UnknownOperationException');
  });
});
