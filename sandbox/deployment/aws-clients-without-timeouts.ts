import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import type { AwsClientConfig } from '../aws/client-config.ts';

/**
 * The refresher's AWS clients with the time-outs of a single call taken away: those count real seconds, and how many of
 * them a simulated moment takes depends on the machine. Deadlines by the sandbox's clock hold as ever. Sockets are enough
 * for a stampede, whose callers would each have a process of their own in AWS.
 */
export function createAwsClientsWithoutTimeouts(endpoints: {
  dynamoDb: AwsClientConfig;
  secretsManager: AwsClientConfig;
  eventBridge: AwsClientConfig;
}) {
  const patient = {
    requestHandler: { connectionTimeout: 0, requestTimeout: 0, httpAgent: { maxSockets: 250 } },
  };
  return createAwsClients({
    dynamoDb: { ...endpoints.dynamoDb, ...patient },
    secretsManager: { ...endpoints.secretsManager, ...patient },
    eventBridge: { ...endpoints.eventBridge, ...patient },
  });
}
