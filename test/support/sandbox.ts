import { type AttributeValue, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';

export const START_MS = Date.UTC(2026, 0, 5, 9);
export const MINUTE_MS = 60_000;

/** A deployment with the declared connection `crm-prod` in the European data center, or with the given ones. */
export function startDeployment(
  options: {
    connections?: Parameters<typeof LocalDeployment.start>[0]['connections'];
    knobs?: Partial<RefresherConfig>;
    onMessage?: Parameters<typeof LocalDeployment.start>[0]['onMessage'];
  } = {},
): Promise<LocalDeployment> {
  return LocalDeployment.start({
    startMs: START_MS,
    connections: options.connections ?? { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
    knobs: options.knobs ?? {},
    ...(options.onMessage === undefined ? {} : { onMessage: options.onMessage }),
  });
}

/** A deployment in which `crm-prod` has its first token. */
export async function startAuthorizedDeployment(knobs: Partial<RefresherConfig> = {}) {
  const deployment = await startDeployment({ knobs });
  const authorization = deployment.authorize('crm-prod');
  await deployment.tick();
  return { deployment, authorization };
}

/** Zoho refuses `crm-prod`, and confirms it three minutes later: the connection is blocked. Returns the last answer. */
export async function refuseUntilBlocked(deployment: LocalDeployment) {
  await deployment.refresh('crm-prod');
  deployment.clock.advance(3 * MINUTE_MS);
  return deployment.refresh('crm-prod');
}

/** Puts an item into the table, well-formed or not. */
export async function putRow(
  { aws, dependencies }: LocalDeployment,
  Item: Record<string, AttributeValue>,
): Promise<void> {
  await dependencies.aws.dynamoDb.send(new PutItemCommand({ TableName: aws.tableName, Item }));
}

/** Changes the row of `crm-prod` without the refresher, e.g. `SET leaseOwner = :owner`. */
export async function updateRow(
  { aws: { tableName: TableName }, dependencies }: LocalDeployment,
  UpdateExpression: string,
  ExpressionAttributeValues: Record<string, AttributeValue>,
): Promise<void> {
  const Key = { connection: { S: 'crm-prod' } };
  const update = { TableName, Key, UpdateExpression, ExpressionAttributeValues };
  await dependencies.aws.dynamoDb.send(new UpdateItemCommand(update));
}

/** The number of calls of AWS so far. */
export function awsCalls(deployment: LocalDeployment): number {
  const { dynamoDb, secretsManager, eventBridge } = deployment.aws;
  return dynamoDb.calls.length + secretsManager.calls.length + eventBridge.calls.length;
}
