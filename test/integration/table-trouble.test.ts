import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import { createHandler } from '../../lambdas/refresher/create-handler.ts';
import { refreshConnection } from '../../lambdas/refresher/refresh-connection.ts';
import { refreshDue } from '../../lambdas/refresher/refresh-due.ts';
import { lambdaContext } from '../../sandbox/world/lambda-context.ts';
import type { SandboxWorld } from '../../sandbox/world/sandbox-world.ts';
import { contextOf } from '../support/refresh-context.ts';
import {
  MINUTE_MS,
  refresh,
  runMinutes,
  startAuthorizedWorld,
  startWorld,
  tick,
} from '../support/sandbox.ts';

let world: SandboxWorld;
afterEach(() => world.close());

describe('DynamoDB', () => {
  it('that loses the answer to a lease does not cost the holder its lease', async () => {
    ({ world } = await startAuthorizedWorld());
    world.aws.dynamoDb.faults.dropNext({ operation: 'UpdateItem', afterEffect: true });

    const answer = await refresh(world);

    expect(answer).toMatchObject({ outcome: 'refreshed', generation: 2 });
  });

  it('that loses the answer to a commit does not make a success a failure', async () => {
    ({ world } = await startAuthorizedWorld());
    const held = world.zoho.holdNextCall();
    const answer = refresh(world);
    await held.received;
    world.aws.dynamoDb.faults.dropNext({ operation: 'UpdateItem', afterEffect: true });
    held.release();

    expect(await answer).toMatchObject({ outcome: 'refreshed', generation: 2 });
    expect(await world.readConnection('crm-prod')).toMatchObject({
      publishedGeneration: 2,
      lease: undefined,
    });
  });

  it('that refuses the commit leaves the new token published and the connection due when the lease ends', async () => {
    ({ world } = await startAuthorizedWorld());
    const held = world.zoho.holdNextCall();
    const answer = refresh(world);
    await held.received;
    const lift = world.aws.dynamoDb.faults.deny({ operation: 'UpdateItem' });
    held.release();

    expect(await answer).toMatchObject({ outcome: 'failed' });
    lift();
    expect(world.readToken('crm-prod')?.generation).toBe(2);
    world.clock.advance(75_000);
    expect(await tick(world)).toMatchObject({ due: 1, refreshed: 1 });
    expect(world.readToken('crm-prod')?.generation).toBe(3);
  });

  it('that denies everything fails the tick, without a heartbeat', async () => {
    ({ world } = await startAuthorizedWorld());
    const heartbeats = world.metrics.ofFleet('Heartbeat').length;
    world.aws.dynamoDb.faults.deny({ operation: 'Query' });

    await expect(world.tick()).rejects.toMatchObject({ code: 'aws_access_denied' });
    expect(world.metrics.ofFleet('Heartbeat')).toHaveLength(heartbeats);
  });

  it('with an unreadable row of a declared connection does not stop the others', async () => {
    world = await startWorld({
      connections: { broken: { dataCenter: 'eu', scopes: [] }, 'crm-prod': { dataCenter: 'eu', scopes: [] } },
    });
    const { dynamoDb } = createAwsClients({ dynamoDb: world.aws.clientConfig('dynamodb') });
    await dynamoDb.send(
      new PutItemCommand({
        TableName: world.aws.tableName,
        Item: { connection: { S: 'broken' }, status: { N: '1' } },
      }),
    );
    world.authorize('crm-prod');

    const result = await tick(world);

    expect(result).toMatchObject({ refreshed: 1 });
    expect(world.metrics.ofConnection('RefreshFailed', 'broken')).toHaveLength(1);
  });
});

describe('an index that is behind', () => {
  it('cannot make a refresh happen twice', async () => {
    ({ world } = await startAuthorizedWorld());
    const stale = await world.readConnection('crm-prod');
    world.clock.advance(54 * MINUTE_MS);
    await tick(world);

    const result = await refreshConnection(contextOf(world), stale, { kind: 'scheduled' });

    expect(result.outcome).toBe('not-due');
    expect(world.zoho.tokenCalls).toHaveLength(2);
  });

  it('that still shows the row of the lease, long after it was given back, cannot either', async () => {
    ({ world } = await startAuthorizedWorld());
    const held = world.zoho.holdNextCall();
    const answer = refresh(world);
    await held.received;
    const rowOfTheLease = await world.readConnection('crm-prod');
    held.release();
    await answer;
    world.clock.advance(2 * MINUTE_MS);

    const result = await refreshConnection(contextOf(world), rowOfTheLease, { kind: 'scheduled' });

    expect(result.outcome).toBe('not-due');
    expect(world.zoho.tokenCalls).toHaveLength(2);
  });
});

describe('an error that nobody expected', () => {
  it('is told by its name and place: its text may hold a secret', async () => {
    ({ world } = await startAuthorizedWorld());
    const { settings: _settings, deadlines: _deadlines, ...dependencies } = contextOf(world);
    const handler = createHandler({
      config: world.config,
      logger: world.log,
      pace: () => Promise.resolve(),
      dependencies: {
        ...dependencies,
        connections: {
          ...dependencies.connections,
          read: () => {
            throw new TypeError('canary 1000.secret');
          },
        },
      },
    });
    const event = { action: 'refresh', connection: 'crm-prod', reason: 'operator' };

    await expect(handler(event, lambdaContext())).rejects.toThrow(
      'Unexpected error (TypeError) in the refresher',
    );
    expect(world.log.lines.join('\n')).not.toContain('canary');
    expect(world.log.lines.at(-1)).toContain('table-trouble.test.ts');
  });

  it('in one refresh does not stop the tick', async () => {
    ({ world } = await startAuthorizedWorld());
    const context = contextOf(world);
    world.clock.advance(54 * MINUTE_MS);

    const result = await refreshDue(
      {
        ...context,
        tokens: {
          publish: () => {
            throw new TypeError('canary 1000.secret');
          },
        },
      },
      { maxInFlight: 5, pace: () => Promise.resolve(), hasTimeForOneMore: () => true },
    );

    expect(result).toEqual({ due: 1, refreshed: 0, failed: 1, skipped: 0 });
    expect(world.log.lines.join('\n')).not.toContain('canary');
    await runMinutes(world, 3);
    expect(world.readToken('crm-prod')?.generation).toBe(3);
  });
});
