import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Cloud, CloudClients } from './cloud.ts';

/** The account of a profile. Rejects when there are no credentials or no region. */
export async function openAws(options: {
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
}): Promise<Cloud> {
  const config = {
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.region === undefined ? {} : { region: options.region }),
  };
  const clients: CloudClients = {
    cloudWatch: new CloudWatchClient(config),
    dynamoDb: new DynamoDBClient(config),
    lambda: new LambdaClient(config),
    secretsManager: new SecretsManagerClient(config),
    sqs: new SQSClient(config),
    ssm: new SSMClient(config),
    sts: new STSClient(config),
  };
  const region = await clients.sts.config.region();
  const { Account } = await clients.sts.send(new GetCallerIdentityCommand({}));
  return {
    description: `account ${Account}, ${region}`,
    lacks: [],
    clients,
    environment: {
      AWS_REGION: region,
      ...(options.profile === undefined ? {} : { AWS_PROFILE: options.profile }),
    },
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
      return Promise.resolve();
    },
  };
}
