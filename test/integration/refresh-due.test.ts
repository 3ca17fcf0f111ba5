import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { registerConnection } from '../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../lambdas/core/refresh/lease.ts';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import { lambdaContext } from '../../sandbox/world/lambda-context.ts';
import type { SandboxWorld } from '../../sandbox/world/sandbox-world.ts';
import {
  awsCalls,
  MINUTE_MS,
  runMinutes,
  START_MS,
  startAuthorizedWorld,
  startWorld,
  tick,
} from '../support/sandbox.ts';

let world: SandboxWorld;
afterEach(() => world.close());

describe('the schedule', () => {
  it('needs five calls of AWS and one of Zoho for a refresh', async () => {
    ({ world } = await startAuthorizedWorld());
    await runMinutes(world, 52);
    let before = { aws: 0, zoho: 0 };

    do {
      before = { aws: awsCalls(world), zoho: world.zoho.tokenCalls.length };
      await runMinutes(world, 1);
    } while (world.zoho.tokenCalls.length === before.zoho);

    const queriesOfTheTick = 2;
    expect(awsCalls(world) - before.aws - queriesOfTheTick).toBe(5);
    expect(world.zoho.tokenCalls.length - before.zoho).toBe(1);
  });

  it('needs two calls of AWS for an idle tick, however many connections are registered', async () => {
    ({ world } = await startAuthorizedWorld());
    const { dynamoDb } = createAwsClients({ dynamoDb: world.aws.clientConfig('dynamodb') });
    const table = createConnectionTable(dynamoDb, world.aws.tableName);
    const never = new AbortController().signal;
    for (let n = 0; n < 300; n += 1) {
      await table.create(registerConnection(`idle-${n}`, 'connected', START_MS + 100 * MINUTE_MS), never);
    }
    const before = awsCalls(world);

    const result = await tick(world);

    expect(result.due).toBe(0);
    expect(awsCalls(world) - before).toBe(2);
  });

  it('sends a heartbeat and the seconds left of the token that expires first', async () => {
    ({ world } = await startAuthorizedWorld());

    await runMinutes(world, 10);

    expect(world.metrics.ofFleet('Heartbeat')).toHaveLength(11);
    expect(world.metrics.ofFleet('SoonestExpirySeconds').at(-1)).toMatchObject({
      value: 50 * 60,
      atMs: world.clock.now(),
    });
    expect(world.metrics.ofConnection('RefreshSucceeded', 'crm-prod')).toHaveLength(1);
    expect(world.metrics.ofFleet('RefreshSucceeded')[0]?.dimensions).toEqual({ service: 'zoho' });
  });

  it('stops taking work when little time is left, and leaves it due', async () => {
    world = await startWorld();
    world.authorize('crm-prod');

    const result = await world.handler({ action: 'refresh-due' }, lambdaContext(12_000));

    expect(result).toEqual({ due: 1, refreshed: 0, failed: 0, skipped: 1 });
    expect(world.zoho.tokenCalls).toEqual([]);
    expect(await tick(world)).toMatchObject({ refreshed: 1 });
  });

  it('goes on with the others when one row cannot be read', async () => {
    ({ world } = await startAuthorizedWorld());
    const { dynamoDb } = createAwsClients({ dynamoDb: world.aws.clientConfig('dynamodb') });
    await dynamoDb.send(
      new PutItemCommand({
        TableName: world.aws.tableName,
        Item: { connection: { S: 'by-hand' }, queue: { S: 'due' }, nextAttemptAt: { N: '1' } },
      }),
    );

    await runMinutes(world, 56);

    expect(world.readToken('crm-prod')?.generation).toBe(2);
    expect(world.log.lines.some((line) => line.includes('"connection":"by-hand"'))).toBe(true);
  });
});

describe('the configuration', () => {
  it('leaves a connection alone that an operator has disabled', async () => {
    ({ world } = await startAuthorizedWorld());
    const row = await world.readConnection('crm-prod');
    const { dynamoDb } = createAwsClients({ dynamoDb: world.aws.clientConfig('dynamodb') });
    const table = createConnectionTable(dynamoDb, world.aws.tableName);
    const never = new AbortController().signal;
    await table.replaceIfFree(row, { ...row, status: 'disabled' }, world.clock.now(), never);

    const restarted = world.compose(2);
    await restarted({ action: 'refresh-due' }, lambdaContext());
    await runMinutes(world, 60);

    expect(await tick(world)).toMatchObject({ due: 0 });
    expect(await world.readConnection('crm-prod')).toMatchObject({
      status: 'disabled',
      publishedGeneration: 1,
    });
  });

  it('is not overruled by a report that comes when its lease is long over', async () => {
    ({ world } = await startAuthorizedWorld());
    const { dynamoDb } = createAwsClients({ dynamoDb: world.aws.clientConfig('dynamodb') });
    const table = createConnectionTable(dynamoDb, world.aws.tableName);
    const never = new AbortController().signal;
    world.clock.advance(56 * MINUTE_MS);
    const seen = await world.readConnection('crm-prod');
    const nowMs = world.clock.now();
    const leased = acquireLease(seen, { owner: 'dead', nowMs, leaseMs: 75_000 });
    await table.replaceIfFree(seen, leased, nowMs, never);
    world.clock.advance(80_000);
    const without = world.compose(2, { ...world.config, declaredConnections: {} });
    await without({ action: 'refresh-due' }, lambdaContext());

    const late = await table.replaceIfHeld(
      leased,
      { ...leased, lease: undefined, lastFailure: { code: 'timeout', message: 'too late', atMs: nowMs } },
      never,
    );

    expect(late.written).toBe(false);
    expect(await world.readConnection('crm-prod')).toMatchObject({
      status: 'disabled',
      lastFailure: { code: 'undeclared' },
    });
  });

  it('refuses a lease that is written after its connection was retired', async () => {
    ({ world } = await startAuthorizedWorld());
    const { dynamoDb } = createAwsClients({ dynamoDb: world.aws.clientConfig('dynamodb') });
    const table = createConnectionTable(dynamoDb, world.aws.tableName);
    world.clock.advance(56 * MINUTE_MS);
    const seen = await world.readConnection('crm-prod');
    const nowMs = world.clock.now();
    const without = world.compose(2, { ...world.config, declaredConnections: {} });
    await without({ action: 'refresh-due' }, lambdaContext());

    const late = await table.replaceIfFree(
      seen,
      acquireLease(seen, { owner: 'late', nowMs, leaseMs: 75_000 }),
      nowMs,
      new AbortController().signal,
    );

    expect(late.written).toBe(false);
    expect(await world.readConnection('crm-prod')).toMatchObject({ status: 'disabled', lease: undefined });
  });

  it('takes up within five minutes what a restored backup has switched off', async () => {
    ({ world } = await startAuthorizedWorld());
    const row = await world.readConnection('crm-prod');
    const { dynamoDb } = createAwsClients({ dynamoDb: world.aws.clientConfig('dynamodb') });
    const table = createConnectionTable(dynamoDb, world.aws.tableName);
    const never = new AbortController().signal;
    const retired = {
      ...row,
      status: 'disabled',
      lastFailure: { code: 'undeclared', message: 'long ago', atMs: 0 },
    } as const;
    await table.replaceIfFree(row, retired, world.clock.now(), never);

    await runMinutes(world, 6);

    expect(await world.readConnection('crm-prod')).toMatchObject({
      status: 'active',
      publishedGeneration: 2,
    });
  });

  it('warns when the granted scopes lack a declared one', async () => {
    ({ world } = await startAuthorizedWorld());
    const wider = world.compose(2, {
      ...world.config,
      declaredConnections: {
        'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'] },
      },
    });

    world.clock.advance(56 * MINUTE_MS);
    await wider({ action: 'refresh-due' }, lambdaContext());

    expect(world.metrics.ofFleet('ScopeDrift')).toHaveLength(1);
    expect(await world.readConnection('crm-prod')).toMatchObject({
      status: 'active',
      publishedGeneration: 2,
    });
  });
});
