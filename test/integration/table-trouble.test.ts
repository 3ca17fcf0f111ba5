import { afterEach, describe, expect, it } from 'vitest';
import { createHandler } from '../../lambdas/refresher/create-handler.ts';
import { refreshConnection } from '../../lambdas/refresher/refresh-connection.ts';
import { refreshDue } from '../../lambdas/refresher/refresh-due.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { NO_PACES } from '../support/no-paces.ts';
import { contextOf } from '../support/refresh-context.ts';
import { MINUTE_MS, putRow, startAuthorizedDeployment, startDeployment } from '../support/sandbox.ts';

let deployment: LocalDeployment;
afterEach(() => deployment.close());

describe('DynamoDB', () => {
  it('that loses the answer to the lease write does not cost the holder its lease', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.aws.dynamoDb.faults.dropNext({ operation: 'UpdateItem', afterEffect: true });

    const answer = await deployment.refresh('crm-prod');

    expect(answer).toMatchObject({ outcome: 'refreshed', generation: 2 });
  });

  it('that loses the answer to the commit does not turn a success into a failure', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const held = deployment.zoho.holdNextCall();
    const answer = deployment.refresh('crm-prod');
    await held.received;
    deployment.aws.dynamoDb.faults.dropNext({ operation: 'UpdateItem', afterEffect: true });
    held.release();

    expect(await answer).toMatchObject({ outcome: 'refreshed', generation: 2 });
    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      publishedGeneration: 2,
      lease: undefined,
    });
  });

  it('that refuses the commit leaves the new token published and the connection due when the lease ends', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const held = deployment.zoho.holdNextCall();
    const answer = deployment.refresh('crm-prod');
    await held.received;
    const lift = deployment.aws.dynamoDb.faults.deny({ operation: 'UpdateItem' });
    held.release();

    expect(await answer).toMatchObject({ outcome: 'failed' });
    lift();
    expect(deployment.readToken('crm-prod')?.generation).toBe(2);
    deployment.clock.advance(90_000);
    expect(await deployment.tick()).toMatchObject({ due: 1, refreshed: 1 });
    expect(deployment.readToken('crm-prod')?.generation).toBe(3);
  });

  it('that denies everything fails the tick, without a heartbeat', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const heartbeats = deployment.metrics.ofFleet('Heartbeat').length;
    deployment.aws.dynamoDb.faults.deny({ operation: 'Query' });

    await expect(deployment.tick()).rejects.toMatchObject({ code: 'aws_access_denied' });
    expect(deployment.metrics.ofFleet('Heartbeat')).toHaveLength(heartbeats);
  });

  it('with an unreadable row of a declared connection does not stop the others', async () => {
    deployment = await startDeployment({
      connections: { broken: { dataCenter: 'eu', scopes: [] }, 'crm-prod': { dataCenter: 'eu', scopes: [] } },
    });
    await putRow(deployment, { connection: { S: 'broken' }, status: { N: '1' } });
    deployment.authorize('crm-prod');

    const result = await deployment.tick();

    expect(result).toMatchObject({ refreshed: 1 });
    expect(deployment.metrics.ofConnection('RefreshFailed', 'broken')).toHaveLength(1);
  });
});

describe('a stale index', () => {
  it('cannot cause a second refresh', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const stale = await deployment.readConnection('crm-prod');
    deployment.clock.advance(54 * MINUTE_MS);
    await deployment.tick();

    const result = await refreshConnection(contextOf(deployment), stale, { kind: 'scheduled' });

    expect(result.outcome).toBe('not-due');
    expect(deployment.zoho.tokenCalls).toHaveLength(2);
  });

  it('that still shows the lease long after its end cannot either', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const held = deployment.zoho.holdNextCall();
    const answer = deployment.refresh('crm-prod');
    await held.received;
    const rowOfTheLease = await deployment.readConnection('crm-prod');
    held.release();
    await answer;
    deployment.clock.advance(2 * MINUTE_MS);

    const result = await refreshConnection(contextOf(deployment), rowOfTheLease, { kind: 'scheduled' });

    expect(result.outcome).toBe('not-due');
    expect(deployment.zoho.tokenCalls).toHaveLength(2);
  });
});

describe('an unexpected error', () => {
  it('is logged by name and place only, because its text may hold a secret', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const { settings: _settings, deadlines: _deadlines, ...dependencies } = contextOf(deployment);
    const handler = createHandler({
      config: deployment.config,
      logger: deployment.log,
      paces: NO_PACES,
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
    expect(deployment.log.lines.join('\n')).not.toContain('canary');
    expect(deployment.log.lines.at(-1)).toContain('table-trouble.test.ts');
  });

  it('in one refresh does not stop the tick', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const context = contextOf(deployment);
    deployment.clock.advance(54 * MINUTE_MS);

    const result = await refreshDue(
      {
        ...context,
        tokens: {
          ...context.tokens,
          publish: () => {
            throw new TypeError('canary 1000.secret');
          },
        },
      },
      { maxInFlight: 5, pace: () => Promise.resolve(), hasTimeForOneMore: () => true },
    );

    expect(result).toEqual({ due: 1, refreshed: 0, failed: 1, skipped: 0 });
    expect(deployment.log.lines.join('\n')).not.toContain('canary');
    await deployment.runMinutes(3);
    expect(deployment.readToken('crm-prod')?.generation).toBe(3);
  });
});
