import { type AttributeValue, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  createSealedCredentials,
  type SealedCredentials,
} from '../../lambdas/adapters/sealed/sealed-credentials.ts';
import { createSealer, type Sealer } from '../../lambdas/adapters/sealed/sealer.ts';
import { type Connection, registerConnection } from '../../lambdas/core/connection/connection.ts';
import { partitionOf } from '../../lambdas/core/connection/partition.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import type { RefreshDueResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import { KEY_ARN } from '../../sandbox/aws/embedded-aws.ts';
import { fleetOfSandbox } from '../../sandbox/deployment/fleet-of-sandbox.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { contextOf } from './refresh-context.ts';

/** The settings of a fleet in the sandbox. */
export const fleetKnobs = fleetOfSandbox;

/** The tick of a shard, through the alias of the schedule. */
export async function tickShard(deployment: LocalDeployment, shard = 0): Promise<RefreshDueResponse> {
  return await deployment.tickShard(shard);
}

export function sealerOf({ dependencies, config }: LocalDeployment): Sealer {
  return createSealer(dependencies.aws.kms, { keyArn: KEY_ARN, secretPrefix: config.secretPrefix });
}

export function sealedCredentialsOf(deployment: LocalDeployment): SealedCredentials {
  return createSealedCredentials(deployment.dependencies.aws.dynamoDb, {
    tableName: 'zoho-credentials',
    sealer: sealerOf(deployment),
  });
}

/** Connects a tenant of the second store, with credentials that Zoho accepts. */
export async function connectSealed(
  deployment: LocalDeployment,
  name: string,
  changes: Partial<Connection> = {},
): Promise<void> {
  const { zoho, clock } = deployment;
  const { clientId, clientSecret } = zoho.registerClient({ dataCenter: 'eu' });
  const text = JSON.stringify({
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: zoho.grant({ clientId, dataCenter: 'eu', scope: 'ZohoCRM.modules.ALL' }),
    data_center: 'eu',
  });
  const { signal } = new AbortController();
  await sealedCredentialsOf(deployment).write(
    {
      connection: name,
      versionId: `first-of-${name}`.padEnd(32, '-'),
      text: new Redacted(text),
      seenVersionId: undefined,
    },
    signal,
  );
  const row: Connection = {
    ...registerConnection(name, 'connected', clock.now()),
    store: 'dynamodb',
    partition: partitionOf(name),
    ...changes,
  };
  await contextOf(deployment).connections.create(row, signal);
}

/** What a reader of the second store gets: the item, and the document in it. */
export async function readSealed(
  deployment: LocalDeployment,
  connection: string,
): Promise<{ item: Record<string, AttributeValue>; document: Record<string, unknown> } | undefined> {
  const get = new GetItemCommand({ TableName: 'zoho-tokens', Key: { connection: { S: connection } } });
  const { Item: item } = await deployment.dependencies.aws.dynamoDb.send(get);
  if (item === undefined) return undefined;
  const whose = { kind: 'access-token', connection } as const;
  const { signal } = new AbortController();
  const text = await sealerOf(deployment).open(whose, item.sealed?.B ?? new Uint8Array(), signal);
  return { item, document: JSON.parse(text.reveal()) as Record<string, unknown> };
}
