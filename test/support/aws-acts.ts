import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import type { AwsClientConfig } from '../../sandbox/aws/client-config.ts';

/** The SDK's clients as one principal has them. */
export class AwsClients {
  readonly secrets: SecretsManagerClient;
  readonly table: DynamoDBClient;
  readonly functions: LambdaClient;

  constructor(config: AwsClientConfig) {
    this.secrets = new SecretsManagerClient(config);
    this.table = new DynamoDBClient(config);
    this.functions = new LambdaClient(config);
  }

  destroy(): void {
    for (const client of [this.secrets, this.table, this.functions]) client.destroy();
  }
}

/** An action on a named secret, table or function. */
export interface AwsAct {
  /** Actions of IAM; the first is the one that a refusal names. */
  readonly needs: readonly string[];
  run(aws: AwsClients, name: string): Promise<unknown>;
}

const READ = ['secretsmanager:GetSecretValue', 'kms:Decrypt'];
const WRITE = ['secretsmanager:PutSecretValue', 'kms:GenerateDataKey', 'kms:Decrypt'];
const Key = { connection: { S: 'crm-prod' } };
const PUBLIC = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' },
});

/** Actions that a principal may or may not do, by their words in test names. */
export const ACTS = {
  read: {
    needs: READ,
    run: ({ secrets }, SecretId) =>
      secrets.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' })),
  },
  write: {
    needs: WRITE,
    run: ({ secrets }, SecretId) =>
      secrets.send(new PutSecretValueCommand({ SecretId, SecretString: 'a new value' })),
  },
  create: {
    needs: ['secretsmanager:CreateSecret'],
    run: ({ secrets }, Name) => secrets.send(new CreateSecretCommand({ Name, SecretString: 'a value' })),
  },
  reconfigure: {
    needs: ['secretsmanager:UpdateSecret'],
    run: ({ secrets }, SecretId) =>
      secrets.send(new UpdateSecretCommand({ SecretId, Description: 'another' })),
  },
  'open to others': {
    needs: ['secretsmanager:PutResourcePolicy'],
    run: ({ secrets }, SecretId) =>
      secrets.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy: PUBLIC })),
  },
  describe: {
    needs: ['secretsmanager:DescribeSecret'],
    run: ({ secrets }, SecretId) => secrets.send(new DescribeSecretCommand({ SecretId })),
  },
  tag: {
    needs: ['secretsmanager:TagResource'],
    run: ({ secrets }, SecretId) =>
      secrets.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'a', Value: 'b' }] })),
  },
  delete: {
    needs: ['secretsmanager:DeleteSecret'],
    run: ({ secrets }, SecretId) => secrets.send(new DeleteSecretCommand({ SecretId })),
  },
  restore: {
    needs: ['secretsmanager:RestoreSecret'],
    run: ({ secrets }, SecretId) => secrets.send(new RestoreSecretCommand({ SecretId })),
  },
  'read a row of': {
    needs: ['dynamodb:GetItem'],
    run: ({ table }, TableName) => table.send(new GetItemCommand({ TableName, Key })),
  },
  'put a row into': {
    needs: ['dynamodb:PutItem'],
    run: ({ table }, TableName) => table.send(new PutItemCommand({ TableName, Item: Key })),
  },
  'change a row of': {
    needs: ['dynamodb:UpdateItem'],
    run: ({ table }, TableName) =>
      table.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: 'SET failures = :none',
          ExpressionAttributeValues: { ':none': { N: '0' } },
        }),
      ),
  },
  'delete a row of': {
    needs: ['dynamodb:DeleteItem'],
    run: ({ table }, TableName) => table.send(new DeleteItemCommand({ TableName, Key })),
  },
  scan: {
    needs: ['dynamodb:Scan'],
    run: ({ table }, TableName) => table.send(new ScanCommand({ TableName })),
  },
  invoke: {
    needs: ['lambda:InvokeFunction'],
    run: ({ functions }, FunctionName) =>
      functions.send(new InvokeCommand({ FunctionName, Payload: Buffer.from('{"action":"refresh-due"}') })),
  },
  'read the configuration of': {
    needs: ['lambda:GetFunctionConfiguration'],
    run: ({ functions }, FunctionName) =>
      functions.send(new GetFunctionConfigurationCommand({ FunctionName })),
  },
  'read the concurrency of': {
    needs: ['lambda:GetFunctionConcurrency'],
    run: ({ functions }, FunctionName) => functions.send(new GetFunctionConcurrencyCommand({ FunctionName })),
  },
} as const satisfies Readonly<Record<string, AwsAct>>;
