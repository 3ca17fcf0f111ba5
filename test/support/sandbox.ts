import { type AttributeValue, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';

export const START_MS = Date.UTC(2026, 0, 5, 9);
export const MINUTE_MS = 60_000;

/** A deployment with the declared connection `crm-prod` in the European data center, or with the given ones. */
export function startDeployment(
  options: {
    connections?: Parameters<typeof LocalDeployment.start>[0]['connections'];
    knobs?: Partial<RefresherConfig>;
  } = {},
): Promise<LocalDeployment> {
  return LocalDeployment.start({
    startMs: START_MS,
    connections: options.connections ?? { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
    knobs: options.knobs ?? {},
  });
}

/** A deployment in which `crm-prod` has its first token. */
export async function startAuthorizedDeployment(knobs: Partial<RefresherConfig> = {}) {
  const deployment = await startDeployment({ knobs });
  const authorization = deployment.authorize('crm-prod');
  await deployment.tick();
  return { deployment, authorization };
}

/** Changes the row of `crm-prod` behind the refresher's back, e.g. `SET leaseOwner = :owner`. */
export async function updateRow(
  deployment: LocalDeployment,
  UpdateExpression: string,
  ExpressionAttributeValues: Record<string, AttributeValue>,
): Promise<void> {
  const { dynamoDb } = createAwsClients({ dynamoDb: deployment.aws.clientConfig('dynamodb') });
  const Key = { connection: { S: 'crm-prod' } };
  const TableName = deployment.aws.tableName;
  await dynamoDb.send(new UpdateItemCommand({ TableName, Key, UpdateExpression, ExpressionAttributeValues }));
  dynamoDb.destroy();
}

/** The number of calls of AWS so far. */
export function awsCalls(deployment: LocalDeployment): number {
  const { dynamoDb, secretsManager, eventBridge } = deployment.aws;
  return dynamoDb.calls.length + secretsManager.calls.length + eventBridge.calls.length;
}
