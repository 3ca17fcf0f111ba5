import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';

export type AwsClients = ReturnType<typeof createAwsClients>;

/** Limits for one attempt of one call, because a user is waiting. The refresher may take as long as its own timeout. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true } as const;
const REFRESHER_TIMEOUTS = { ...TIMEOUTS, requestTimeout: 120_000 } as const;

/**
 * The AWS clients of the CLI. Region, credentials and endpoints are resolved as by every AWS tool. An endpoint that is given
 * here applies to all services and overrides every other setting.
 */
export function createAwsClients({
  region,
  profile,
  endpoint,
}: {
  region?: string;
  profile?: string;
  endpoint?: string | undefined;
}) {
  const given = {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 3,
    requestHandler: TIMEOUTS,
  };
  const ssm = new SSMClient(given);
  // Shared, because a profile may start a program or assume a role for its credentials.
  const chosen = { ...given, credentials: ssm.config.credentials };
  return {
    cloudWatch: new CloudWatchClient(chosen),
    dynamoDb: new DynamoDBClient(chosen),
    iam: new IAMClient(chosen),
    kms: new KMSClient(chosen),
    lambda: new LambdaClient({ ...chosen, requestHandler: REFRESHER_TIMEOUTS }),
    scheduler: new SchedulerClient(chosen),
    secretsManager: new SecretsManagerClient(chosen),
    sns: new SNSClient(chosen),
    sqs: new SQSClient({ ...chosen, useQueueUrlAsEndpoint: false }),
    ssm,
    sts: new STSClient(chosen),
  };
}
