import { type AttributeValue, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { RefreshDueResponse, RefreshResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';

export const START_MS = Date.UTC(2026, 0, 5, 9);
export const MINUTE_MS = 60_000;

/** A deployment with one declared connection `crm-prod` in the European data center, or with the ones that are given. */
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

/** A deployment whose connection `crm-prod` has its first token. */
export async function startAuthorizedDeployment(knobs: Partial<RefresherConfig> = {}) {
  const deployment = await startDeployment({ knobs });
  const authorization = deployment.authorize('crm-prod');
  await tick(deployment);
  return { deployment, authorization };
}

export async function tick(deployment: LocalDeployment): Promise<RefreshDueResponse> {
  return (await deployment.tick()) as RefreshDueResponse;
}

export async function refresh(
  deployment: LocalDeployment,
  request: Parameters<LocalDeployment['refresh']>[1] = { reason: 'operator' },
): Promise<RefreshResponse> {
  return (await deployment.refresh('crm-prod', request)) as RefreshResponse;
}

/** Ticks once a minute. */
export async function runMinutes(deployment: LocalDeployment, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    deployment.clock.advance(MINUTE_MS);
    await deployment.tick();
  }
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

/** Calls of AWS so far, over all services. */
export function awsCalls(deployment: LocalDeployment): number {
  const { dynamoDb, secretsManager, eventBridge } = deployment.aws;
  return dynamoDb.calls.length + secretsManager.calls.length + eventBridge.calls.length;
}
