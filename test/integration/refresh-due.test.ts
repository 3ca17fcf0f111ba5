import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { registerConnection } from '../../lambdas/core/connection.ts';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import { lambdaContext } from '../../sandbox/lambda-context.ts';
import type { SandboxWorld } from '../../sandbox/sandbox-world.ts';
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
  it('registers declared connections by itself, and leaves Zoho alone until they are authorized', async () => {
    world = await startWorld();

    const result = await tick(world);

    const row = await world.readConnection('crm-prod');
    expect(result).toEqual({ due: 1, refreshed: 0, failed: 0, skipped: 1 });
    expect(row).toMatchObject({ status: 'pending', source: 'declared', generation: 0 });
    expect(row.lastFailure?.message).toContain('zoho/crm-prod/credentials is empty');
    expect(world.zoho.tokenCalls).toEqual([]);
  });

  it('picks up new credentials within five minutes and publishes the first token', async () => {
    world = await startWorld();
    await tick(world);
    world.authorize('crm-prod');

    await runMinutes(world, 5);

    expect(world.readToken('crm-prod')).toMatchObject({ generation: 1, data_center: 'eu' });
  });

  it('publishes exactly the JSON that consumers were promised', async () => {
    ({ world } = await startAuthorizedWorld());

    const token = world.readToken('crm-prod');

    expect(token).toEqual({
      access_token: expect.stringMatching(/^1000\./),
      token_type: 'Zoho-oauthtoken',
      api_domain: 'https://www.zohoapis.eu',
      data_center: 'eu',
      scope: 'ZohoCRM.modules.ALL',
      connection: 'crm-prod',
      generation: 1,
      issued_at: '2026-01-05T09:00:00.000Z',
      expires_at: '2026-01-05T10:00:00.000Z',
      refresh_after: expect.stringMatching(/^2026-01-05T09:53:\d\d\.\d{3}Z$/),
    });
    expect(world.zoho.isValid(token?.access_token ?? '')).toBe(true);
  });

  it('replaces a token before it is 55 minutes old, once an hour', async () => {
    ({ world } = await startAuthorizedWorld());
    const replacedAtMinutes: number[] = [];
    let generation = 1;

    for (let minute = 1; minute <= 240; minute += 1) {
      await runMinutes(world, 1);
      const now = world.readToken('crm-prod')?.generation ?? 0;
      if (now > generation) replacedAtMinutes.push(minute);
      generation = now;
    }

    const ages = replacedAtMinutes.map((minute, index) => minute - (replacedAtMinutes[index - 1] ?? 0));
    expect(ages).toHaveLength(4);
    for (const age of ages) expect(age).toBeGreaterThanOrEqual(53);
    for (const age of ages) expect(age).toBeLessThanOrEqual(55);
    expect(world.zoho.tokenCalls).toHaveLength(5);
  });

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
  it('retires a connection that is no longer declared, and takes it up again when it is', async () => {
    ({ world } = await startAuthorizedWorld());
    const without = world.compose(2, { ...world.config, declaredConnections: {} });

    world.clock.advance(56 * MINUTE_MS);
    await without({ action: 'refresh-due' }, lambdaContext());
    const retired = await world.readConnection('crm-prod');
    world.clock.advance(MINUTE_MS);
    const redeclared = world.compose(3);
    await redeclared({ action: 'refresh-due' }, lambdaContext());
    const again = await world.readConnection('crm-prod');

    expect(retired).toMatchObject({ status: 'disabled', lastFailure: { code: 'undeclared' } });
    expect(again).toMatchObject({ status: 'active', publishedGeneration: 2, lastFailure: undefined });
  });

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
