import { type AttributeValue, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { RefreshDueResponse, RefreshResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import { SandboxWorld } from '../../sandbox/world/sandbox-world.ts';

export const START_MS = Date.UTC(2026, 0, 5, 9);
export const MINUTE_MS = 60_000;

/** A world with one declared connection `crm-prod` in the European data center, or with the ones that are given. */
export function startWorld(
  options: {
    connections?: Parameters<typeof SandboxWorld.start>[0]['connections'];
    knobs?: Partial<RefresherConfig>;
  } = {},
): Promise<SandboxWorld> {
  return SandboxWorld.start({
    startMs: START_MS,
    connections: options.connections ?? { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
    knobs: options.knobs ?? {},
  });
}

/** A world whose connection `crm-prod` has its first token. */
export async function startAuthorizedWorld(knobs: Partial<RefresherConfig> = {}) {
  const world = await startWorld({ knobs });
  const authorization = world.authorize('crm-prod');
  await tick(world);
  return { world, authorization };
}

export async function tick(world: SandboxWorld): Promise<RefreshDueResponse> {
  return (await world.tick()) as RefreshDueResponse;
}

export async function refresh(
  world: SandboxWorld,
  request: Parameters<SandboxWorld['refresh']>[1] = { reason: 'operator' },
): Promise<RefreshResponse> {
  return (await world.refresh('crm-prod', request)) as RefreshResponse;
}

/** Ticks once a minute. */
export async function runMinutes(world: SandboxWorld, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.clock.advance(MINUTE_MS);
    await world.tick();
  }
}

/** Changes the row of `crm-prod` behind the refresher's back, e.g. `SET leaseOwner = :owner`. */
export async function updateRow(
  world: SandboxWorld,
  UpdateExpression: string,
  ExpressionAttributeValues: Record<string, AttributeValue>,
): Promise<void> {
  const { dynamoDb } = createAwsClients({ dynamoDb: world.aws.clientConfig('dynamodb') });
  const Key = { connection: { S: 'crm-prod' } };
  const TableName = world.aws.tableName;
  await dynamoDb.send(new UpdateItemCommand({ TableName, Key, UpdateExpression, ExpressionAttributeValues }));
  dynamoDb.destroy();
}

/** Calls of AWS so far, over all services. */
export function awsCalls(world: SandboxWorld): number {
  const { dynamoDb, secretsManager, eventBridge } = world.aws;
  return dynamoDb.calls.length + secretsManager.calls.length + eventBridge.calls.length;
}
