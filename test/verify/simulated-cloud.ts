import { randomInt } from 'node:crypto';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { startSecretsManager } from '../../sandbox/aws/secrets-manager.ts';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import { startDeploymentServer } from '../support/cloudformation/deployment-server.ts';
import { SimulatedAccount } from '../support/cloudformation/simulated-account.ts';
import { startMoto } from '../support/moto.ts';
import type { Cloud } from './cloud.ts';

/**
 * A simulated account on this machine: CloudFormation as far as it decides which resources exist, and the Secrets Manager of
 * moto, or of the sandbox where moto is not installed.
 */
export async function openSimulation(): Promise<Cloud> {
  const server = await startDeploymentServer(new SimulatedAccount(seededRandom(randomInt(2 ** 31))));
  const moto = await startMoto();
  const secrets = moto ?? (await startSecretsManager({ clock: Date }));
  const config = clientConfigFor(server.environment.AWS_ENDPOINT_URL ?? '');
  return {
    description: `a simulated account on this machine; Secrets Manager: ${moto === undefined ? 'the sandbox' : 'moto'}`,
    lacks: ['functions', 'alarms', 'iam', 'zoho'],
    clients: {
      cloudWatch: new CloudWatchClient(config),
      dynamoDb: new DynamoDBClient(config),
      lambda: new LambdaClient(config),
      secretsManager: new SecretsManagerClient(clientConfigFor(secrets.endpoint)),
      sqs: new SQSClient(config),
      ssm: new SSMClient(config),
      sts: new STSClient(config),
    },
    environment: { ...server.environment, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint },
    close: async () => {
      moto?.stop();
      if ('close' in secrets) await secrets.close();
      await server.close();
    },
  };
}
