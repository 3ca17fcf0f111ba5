import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import { lambdaContext } from '../../sandbox/world/lambda-context.ts';
import type { SandboxWorld } from '../../sandbox/world/sandbox-world.ts';
import {
  MINUTE_MS,
  refresh,
  runMinutes,
  startAuthorizedWorld,
  startWorld,
  tick,
  updateRow,
} from '../support/sandbox.ts';

let world: SandboxWorld;
afterEach(async () => {
  vi.unstubAllEnvs();
  await world.close();
});

/** The log lines about attempts since the last look. */
function attemptsIn({ log }: SandboxWorld): Record<string, unknown>[] {
  const lines = log.lines.splice(0).map((line) => JSON.parse(line) as Record<string, unknown>);
  return lines.filter((line) => 'outcome' in line);
}

describe('one line of the log tells all of one attempt', () => {
  it('that published a token', async () => {
    world = await startWorld();
    world.authorize('crm-prod');

    await tick(world);

    expect(attemptsIn(world)).toEqual([
      expect.objectContaining({
        level: 'INFO',
        message: 'refreshed',
        connection: 'crm-prod',
        outcome: 'refreshed',
        trigger: 'schedule',
        status: 'active',
        generation: 1,
        dataCenter: 'eu',
        expiresAt: '2026-01-05T10:00:00.000Z',
        nextAttemptAt: expect.stringMatching(/^2026-01-05T09:5[34]:/),
        durationsMs: { total: 0, table: 0, credentials: 0, zoho: 0, publish: 0 },
      }),
    ]);
  });

  it('that Zoho refused: our code, its class, and its own word', async () => {
    const { authorization, ...started } = await startAuthorizedWorld();
    world = started.world;
    world.zoho.revoke(authorization.refreshToken);
    attemptsIn(world);

    await refresh(world, { reason: 'operator' });

    expect(attemptsIn(world)).toEqual([
      expect.objectContaining({
        level: 'WARN',
        message: 'refresh failed',
        outcome: 'blocked',
        trigger: 'operator',
        status: 'blocked',
        generation: 2,
        code: 'invalid_code',
        class: 'reauthorize',
        zohoError: 'invalid_code',
        reason: expect.stringContaining('Authorize the connection again.'),
      }),
    ]);
  });

  it('that Zoho throttled, also in words that are not shown', async () => {
    ({ world } = await startAuthorizedWorld());
    attemptsIn(world);

    const words = [];
    for (const variant of ['english', 'chinese'] as const) {
      world.zoho.injectFault({ kind: 'throttle', variant, calls: 1 });
      await refresh(world, { reason: 'operator' });
      world.clock.advance(40 * MINUTE_MS);
      words.push(...attemptsIn(world).map(({ code, zohoError }) => [code, zohoError]));
    }

    expect(words).toEqual([
      ['throttled', 'Access Denied'],
      ['throttled', undefined],
    ]);
  });

  it('that a rejected token asked for, and which', async () => {
    ({ world } = await startAuthorizedWorld());
    attemptsIn(world);

    await refresh(world, { reason: 'unauthorized', rejectedGeneration: 0 });

    expect(attemptsIn(world)).toEqual([
      expect.objectContaining({
        level: 'INFO',
        message: 'not refreshed',
        outcome: 'already-fresh',
        trigger: 'unauthorized',
        rejectedGeneration: 0,
        durationsMs: { total: 0 },
      }),
    ]);
  });

  it('that AWS failed in twice: what Zoho said, and why it could not be written down', async () => {
    const { authorization, ...started } = await startAuthorizedWorld();
    world = started.world;
    world.zoho.revoke(authorization.refreshToken);
    world.zoho.onTokenRequest(() => {
      world.aws.dynamoDb.faults.deny({ operation: 'UpdateItem' });
      return undefined;
    });
    attemptsIn(world);

    const answer = await refresh(world, { reason: 'operator' });

    expect(answer).toMatchObject({ outcome: 'failed', retry_after_seconds: 75 });
    expect(attemptsIn(world)).toEqual([
      expect.objectContaining({
        message: 'refresh failed',
        outcome: 'failed',
        code: 'invalid_code',
        unwritten: 'aws_access_denied',
      }),
    ]);
  });

  it('that found no credentials, or a connection that is no longer declared', async () => {
    world = await startWorld();

    await tick(world);

    expect(attemptsIn(world)).toEqual([
      expect.objectContaining({ level: 'INFO', message: 'waiting for credentials', code: 'no_credentials' }),
    ]);

    const handler = world.compose(2, { ...world.config, declaredConnections: {} });
    world.clock.advance(10 * MINUTE_MS);
    await handler({ action: 'refresh-due' }, lambdaContext());

    expect(attemptsIn(world)).toEqual([
      expect.objectContaining({ level: 'WARN', message: 'connection retired', code: 'undeclared' }),
    ]);
  });

  it('whose token lacks a declared scope: a warning that names it', async () => {
    world = await startWorld({
      connections: {
        'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'] },
      },
    });
    world.authorize('crm-prod');
    world.zoho.injectFault({ kind: 'narrowed-scope', calls: 1 });

    await tick(world);

    expect(attemptsIn(world)).toEqual([
      expect.objectContaining({
        level: 'WARN',
        message: 'refreshed',
        missingScopes: ['ZohoCRM.users.READ'],
      }),
    ]);
  });

  it.each([
    ['published', 'the lease was taken over before this attempt could write down its token', {}],
    ['was refused', 'refresh failed', { code: 'invalid_code' }],
  ])('that %s when its lease was not its own any more', async (what, message, why) => {
    const { authorization, ...started } = await startAuthorizedWorld();
    world = started.world;
    if (what === 'was refused') world.zoho.revoke(authorization.refreshToken);
    const held = world.zoho.holdNextCall();
    attemptsIn(world);

    const answer = refresh(world, { reason: 'operator' });
    await held.received;
    await updateRow(world, 'SET leaseOwner = :other, generation = generation + :one', {
      ':other': { S: 'somebody else' },
      ':one': { N: '1' },
    });
    held.release();

    expect(await answer).toMatchObject({ outcome: 'in-progress' });
    expect(attemptsIn(world)).toEqual([
      expect.objectContaining({ ...why, level: 'WARN', message, leaseLost: true, generation: 2 }),
    ]);
    expect(world.aws.eventBridge.events).toEqual([]);
  });

  it('that did not come about, for a row that cannot be read or written', async () => {
    world = await startWorld();
    const { dynamoDb } = createAwsClients({ dynamoDb: world.aws.clientConfig('dynamodb') });
    const Item = { connection: { S: 'by-hand' }, queue: { S: 'due' }, nextAttemptAt: { N: '1' } };
    await dynamoDb.send(new PutItemCommand({ TableName: world.aws.tableName, Item }));
    world.aws.dynamoDb.faults.deny({ operation: 'PutItem' });

    await tick(world);

    const failed = { level: 'ERROR', message: 'refresh failed', outcome: 'failed', class: 'aws' };
    expect(attemptsIn(world)).toEqual([
      expect.objectContaining({
        ...failed,
        connection: 'crm-prod',
        code: 'aws_access_denied',
        reason: expect.stringContaining('dynamodb:PutItem on'),
      }),
      expect.objectContaining({
        ...failed,
        connection: 'by-hand',
        code: 'malformed_row',
        reason: expect.stringContaining('Mend or restore it.'),
      }),
    ]);
    expect(world.metrics.ofFleet('RefreshFailed')).toHaveLength(2);
  });

  it('says how long each system was waited for, by the clock of the refresher', async () => {
    ({ world } = await startAuthorizedWorld());
    attemptsIn(world);
    world.zoho.onTokenRequest(() => {
      world.clock.advance(740);
      return undefined;
    });

    await refresh(world, { reason: 'operator' });

    expect(attemptsIn(world)).toEqual([
      expect.objectContaining({
        durationsMs: { total: 740, table: 0, credentials: 0, zoho: 740, publish: 0 },
      }),
    ]);
  });

  it('and nothing else does: a day of ticks leaves one line per attempt', async () => {
    ({ world } = await startAuthorizedWorld());

    await runMinutes(world, 180);

    const attempts = attemptsIn(world);
    expect(attempts.map(({ message }) => message)).toEqual(Array(4).fill('refreshed'));
    expect(world.zoho.tokenCalls).toHaveLength(4);
  });
});

describe('every line', () => {
  it("has the id of its invocation's trace, by which X-Ray finds it", async () => {
    ({ world } = await startAuthorizedWorld());
    attemptsIn(world);

    for (const root of ['1-5759e988-bd862e3fe1be46a994272793', '1-5759e98c-0000000000000000000000ff']) {
      vi.stubEnv('_X_AMZN_TRACE_ID', `Root=${root};Parent=557abcec3ee5a047;Sampled=1`);
      await refresh(world, { reason: 'operator' });
    }

    expect(attemptsIn(world).map(({ xray_trace_id }) => xray_trace_id)).toEqual([
      '1-5759e988-bd862e3fe1be46a994272793',
      '1-5759e98c-0000000000000000000000ff',
    ]);
  });
});
