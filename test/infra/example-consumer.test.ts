import { describe, expect, test } from 'vitest';
import { identityStatements } from './policy-statements.ts';
import { doorId, logicalId, synthesize, TWO_CONNECTIONS } from './synthesize.ts';

const deployed = synthesize({
  connections: TWO_CONNECTIONS,
  exampleConsumer: 'desk-test',
  logRetentionDays: 7,
});
const PREFIX = 'ZohoExampleConsumer';
const [consumer, ...otherConsumers] = Object.entries(deployed.findResources('AWS::Lambda::Function')).filter(
  ([id]) => id.startsWith(PREFIX),
);
const [log] = Object.entries(deployed.findResources('AWS::Logs::LogGroup')).filter(([id]) =>
  id.startsWith(PREFIX),
);

describe('the example consumer', () => {
  test('is deployed only when it is configured', () => {
    const functions = synthesize({ connections: TWO_CONNECTIONS }).findResources('AWS::Lambda::Function');

    expect(otherConsumers).toEqual([]);
    expect(Object.keys(functions).filter((id) => id.startsWith(PREFIX))).toEqual([]);
  });

  test('has the runtime of the refresher and a log of its own', () => {
    expect(consumer?.[1].Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogGroup: { Ref: log?.[0] } },
    });
    expect(log?.[1]).toMatchObject({ Properties: { RetentionInDays: 7 }, DeletionPolicy: 'Delete' });
  });

  test('gets its connection and the environment of every consumer', () => {
    expect(consumer?.[1].Properties.Environment.Variables).toEqual({
      ZOHO_CONNECTION: 'desk-test',
      ZOHO_SECRET_PREFIX: 'zoho',
      ZOHO_REFRESHER_FUNCTION_NAME: { Ref: doorId(deployed, 'consumers') },
    });
  });

  test('has the permissions of any consumer of its connection, and those for its own log and traces', () => {
    const token = logicalId(deployed, 'AWS::SecretsManager::Secret', { Name: 'zoho/desk-test/access-token' });
    const allowed = identityStatements(deployed, PREFIX).map(({ actions, resources }) => [
      actions,
      resources,
    ]);

    expect(allowed).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], [`<${log?.[0]}.Arn>`]],
      [['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], ['*']],
      [['secretsmanager:GetSecretValue'], [`<${token}>`]],
      [['kms:Decrypt'], [`<${logicalId(deployed, 'AWS::KMS::Key')}.Arn>`]],
      [['lambda:InvokeFunction'], [`<${doorId(deployed, 'consumers')}>`]],
    ]);
  });

  test('has no trigger: the only schedule is that of the refresher', () => {
    deployed.resourceCountIs('AWS::Scheduler::Schedule', 1);
    deployed.resourceCountIs('AWS::Lambda::Permission', 0);
    deployed.resourceCountIs('AWS::Lambda::EventSourceMapping', 0);
  });

  test('has an output with its name', () => {
    deployed.hasOutput('ExampleConsumerFunctionName', { Value: { Ref: consumer?.[0] } });
  });
});
