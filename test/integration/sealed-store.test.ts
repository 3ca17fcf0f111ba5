import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { registerConnection } from '../../lambdas/core/connection/connection.ts';
import { partitionOf } from '../../lambdas/core/connection/partition.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import {
  connectSealed,
  fleetKnobs,
  readSealed,
  sealedCredentialsOf,
  sealerOf,
  tickShard,
} from '../support/fleet-deployment.ts';
import { contextOf } from '../support/refresh-context.ts';
import { MINUTE_MS, START_MS, startAuthorizedDeployment, startDeployment } from '../support/sandbox.ts';

let deployment: LocalDeployment;
afterEach(() => deployment.close());

const never = new AbortController().signal;

describe('a connection of the second store', () => {
  it('is refreshed by the tick of its shard, and its document is that of a token secret', async () => {
    deployment = await startDeployment({ connections: {}, knobs: fleetKnobs() });
    await connectSealed(deployment, 'tenant-1');

    expect(await deployment.tick()).toMatchObject({ due: 0 });
    expect(await tickShard(deployment)).toMatchObject({ refreshed: 1 });

    const read = await readSealed(deployment, 'tenant-1');
    expect(read?.document).toMatchObject({ connection: 'tenant-1', generation: 1, data_center: 'eu' });
    expect(read?.item.expiresAt?.N).toBe(String(START_MS + 60 * MINUTE_MS));
    expect(JSON.stringify(read?.item)).not.toContain(String(read?.document.access_token));
    expect(deployment.aws.secretsManager.calls).toEqual([]);
    expect(await deployment.readConnection('tenant-1')).toMatchObject({
      status: 'active',
      store: 'dynamodb',
      partition: partitionOf('tenant-1'),
    });
  });

  it('is refreshed again before its token expires, by a new generation', async () => {
    deployment = await startDeployment({ connections: {}, knobs: fleetKnobs(2) });
    await connectSealed(deployment, 'tenant-1');
    const shard = partitionOf('tenant-1') % 2;
    await tickShard(deployment, shard);

    for (let minute = 0; minute < 55; minute += 1) {
      deployment.clock.advance(MINUTE_MS);
      await tickShard(deployment, shard);
    }

    expect((await readSealed(deployment, 'tenant-1'))?.document).toMatchObject({ generation: 2 });
    expect(await tickShard(deployment, 1 - shard)).toMatchObject({ due: 0 });
  });

  it('is refreshed on demand', async () => {
    deployment = await startDeployment({ connections: {}, knobs: fleetKnobs() });
    await connectSealed(deployment, 'tenant-1');

    expect(await deployment.refresh('tenant-1')).toMatchObject({ outcome: 'refreshed', generation: 1 });
  });

  it('is not refreshed with the credentials of another one', async () => {
    deployment = await startDeployment({ connections: {}, knobs: fleetKnobs() });
    await connectSealed(deployment, 'tenant-1');
    const sealer = sealerOf(deployment);
    const { kms } = deployment.aws;
    const copied = await sealer.seal(
      { kind: 'credentials', connection: 'tenant-2' },
      (await sealedCredentialsOf(deployment)
        .read('tenant-1', never)
        .then((found) => found.kind === 'found' && found.text)) as never,
      never,
    );

    await expect(sealer.open({ kind: 'credentials', connection: 'tenant-1' }, copied, never)).rejects.toThrow(
      'InvalidCiphertextException',
    );
    await expect(
      sealer.open({ kind: 'access-token', connection: 'tenant-2' }, copied, never),
    ).rejects.toThrow('InvalidCiphertextException');
    expect(kms.calls.length).toBeGreaterThan(0);
  });

  it('waits for an authorization while the tables are new, and goes on when the items of the old ones are copied', async () => {
    deployment = await startDeployment({ connections: {}, knobs: fleetKnobs() });
    await connectSealed(deployment, 'tenant-1');
    await tickShard(deployment);
    const { dynamoDb } = deployment.dependencies.aws;
    const Key = { connection: { S: 'tenant-1' } };
    const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: 'zoho-credentials', Key }));
    for (const TableName of ['zoho-tokens', 'zoho-credentials'])
      await dynamoDb.send(new DeleteItemCommand({ TableName, Key }));

    deployment.clock.advance(56 * MINUTE_MS);
    await tickShard(deployment);
    const waiting = await deployment.readConnection('tenant-1');
    await dynamoDb.send(new PutItemCommand({ TableName: 'zoho-credentials', Item }));
    for (let minute = 0; minute < 6; minute += 1) {
      deployment.clock.advance(MINUTE_MS);
      await tickShard(deployment);
    }

    expect(waiting).toMatchObject({ status: 'pending' });
    expect(await deployment.readConnection('tenant-1')).toMatchObject({ status: 'active' });
    const { document } = (await readSealed(deployment, 'tenant-1')) ?? {};
    expect(document?.generation).toBeGreaterThan(1);
    expect(deployment.zoho.isValid(String(document?.access_token))).toBe(true);
  });

  it.each([
    ['a number that no refresher writes', { N: '9007199254740991' }],
    ['a text', { S: '99' }],
  ])('is published although someone wrote %s as its generation', async (_what, generation) => {
    deployment = await startDeployment({ connections: {}, knobs: fleetKnobs() });
    await connectSealed(deployment, 'tenant-1');
    const { dynamoDb } = deployment.dependencies.aws;
    const Item = { connection: { S: 'tenant-1' }, generation };
    await dynamoDb.send(new PutItemCommand({ TableName: 'zoho-tokens', Item }));

    expect(await tickShard(deployment)).toMatchObject({ refreshed: 1 });

    expect((await readSealed(deployment, 'tenant-1'))?.document).toMatchObject({ generation: 1 });
  });

  it('whose row is lost continues with the generation of its token', async () => {
    deployment = await startDeployment({ connections: {}, knobs: fleetKnobs() });
    await connectSealed(deployment, 'tenant-1', { generation: 41 });
    await tickShard(deployment);
    const Key = { connection: { S: 'tenant-1' } };
    const { dynamoDb } = deployment.dependencies.aws;
    await dynamoDb.send(new DeleteItemCommand({ TableName: deployment.config.tableName, Key }));

    const answer = await deployment.refresh('tenant-1', { reason: 'unauthorized', rejectedGeneration: 42 });

    expect(answer).toMatchObject({ outcome: 'refreshed', generation: 43 });
    expect(await deployment.readConnection('tenant-1')).toMatchObject({
      store: 'dynamodb',
      partition: partitionOf('tenant-1'),
      publishedGeneration: 43,
    });
  });
});

describe('a deployment that becomes a fleet', () => {
  it('moves its run-time connections to their partitions when they are due', async () => {
    deployment = await startDeployment({ connections: {}, knobs: fleetKnobs() });
    await connectSealed(deployment, 'tenant-1', { partition: undefined });

    await deployment.tick();
    expect(await deployment.readConnection('tenant-1')).toMatchObject({ partition: partitionOf('tenant-1') });

    expect(await tickShard(deployment)).toMatchObject({ refreshed: 1 });
  });

  it('and is none any more takes them back, due or not', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const laterMs = START_MS + 40 * MINUTE_MS;
    const row = { ...registerConnection('tenant-1', 'connected', laterMs), partition: 9 };
    await contextOf(deployment).connections.create(row, never);

    await deployment.tick(deployment.compose());

    expect((await deployment.readConnection('tenant-1')).partition).toBeUndefined();
  });

  it('records a heartbeat of each shard', async () => {
    deployment = await startDeployment({ connections: {}, knobs: fleetKnobs(4) });

    await tickShard(deployment, 3);

    expect(deployment.metrics.ofFleet('Heartbeat')).toEqual([]);
  });

  it('refuses the tick of a shard that it does not have', async () => {
    deployment = await startDeployment({ connections: {}, knobs: fleetKnobs(2) });

    await expect(tickShard(deployment, 2)).rejects.toThrow('has 2 shards; the event is for shard 2');
  });
});
