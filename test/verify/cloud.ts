import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import type { Need } from './needs.ts';

/** AWS as the verification uses it: an account, or its simulation on this machine. */
export interface Cloud {
  /** e.g. `account 123456789012, eu-west-1`. */
  readonly description: string;
  /** What it does not have. */
  readonly lacks: readonly Need[];
  readonly clients: CloudClients;
  /** For processes that use this AWS. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface CloudClients {
  readonly cloudWatch: CloudWatchClient;
  readonly dynamoDb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly secretsManager: SecretsManagerClient;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
}
