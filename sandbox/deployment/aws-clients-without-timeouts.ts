import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import type { AwsClientConfig } from '../aws/client-config.ts';
import type { EmbeddedService } from '../aws/embedded-aws.ts';

/**
 * The refresher's AWS clients without timeouts of single calls: those count real seconds, which have no fixed relation to
 * simulated time. Deadlines by the sandbox's clock still apply. There are enough sockets for a stampede, whose callers
 * would each have a process of their own in AWS.
 */
export function createAwsClientsWithoutTimeouts(configOf: (service: EmbeddedService) => AwsClientConfig) {
  const config = (service: EmbeddedService) => ({
    ...configOf(service),
    requestHandler: { connectionTimeout: 0, requestTimeout: 0, httpAgent: { maxSockets: 250 } },
  });
  return createAwsClients({
    dynamoDb: config('dynamodb'),
    secretsManager: config('secretsmanager'),
    eventBridge: config('events'),
    sns: config('sns'),
    kms: config('kms'),
  });
}
