import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';

export type AwsClients = ReturnType<typeof createAwsClients>;

/** A person waits: one attempt of one call must not take longer than this. The refresher answers within its time-out. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true } as const;
const REFRESHER_TIMEOUTS = { ...TIMEOUTS, requestTimeout: 120_000 } as const;

/**
 * The AWS clients of the command line. Region and credentials come from where every AWS tool takes them; so does the endpoint,
 * unless one is given: that is for all of them, and no other setting goes before it.
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
  const chosen = {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 3,
    requestHandler: TIMEOUTS,
  };
  return {
    cloudFormation: new CloudFormationClient(chosen),
    cloudWatch: new CloudWatchClient(chosen),
    dynamoDb: new DynamoDBClient(chosen),
    iam: new IAMClient(chosen),
    lambda: new LambdaClient({ ...chosen, requestHandler: REFRESHER_TIMEOUTS }),
    scheduler: new SchedulerClient(chosen),
    secretsManager: new SecretsManagerClient(chosen),
    sqs: new SQSClient({ ...chosen, useQueueUrlAsEndpoint: false }),
  };
}
