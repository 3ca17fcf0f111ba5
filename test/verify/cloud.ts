import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
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

export type CloudClients = ReturnType<typeof createCloudClients>;

/** One client of each service that the verification calls, e.g. with the configuration of a profile. */
export function createCloudClients(config: CloudConfig, secretsManager: CloudConfig = config) {
  return {
    cloudWatch: new CloudWatchClient(config),
    dynamoDb: new DynamoDBClient(config),
    lambda: new LambdaClient(config),
    secretsManager: new SecretsManagerClient(secretsManager),
    sqs: new SQSClient(config),
    ssm: new SSMClient(config),
    sts: new STSClient(config),
  };
}

/** What the clients of all services understand. */
interface CloudConfig {
  readonly profile?: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}
