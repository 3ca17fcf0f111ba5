import { afterEach, describe, expect, it } from 'vitest';
import { registerConnection } from '../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../lambdas/core/connection/lease.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { contextOf } from '../support/refresh-context.ts';
import {
  awsCalls,
  MINUTE_MS,
  putRow,
  START_MS,
  startAuthorizedDeployment,
  startDeployment,
} from '../support/sandbox.ts';

let deployment: LocalDeployment;
afterEach(() => deployment.close());

const never = new AbortController().signal;

describe('the schedule', () => {
  it('needs five calls of AWS and one of Zoho for a refresh', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    // A new environment looks a few times for rows that a fleet has left.
    await deployment.runMinutes(3);
    deployment.clock.advance(48 * MINUTE_MS);
    let before = { aws: 0, zoho: 0 };

    do {
      before = { aws: awsCalls(deployment), zoho: deployment.zoho.tokenCalls.length };
      await deployment.runMinutes(1);
    } while (deployment.zoho.tokenCalls.length === before.zoho);

    const queriesOfTheTick = 2;
    expect(awsCalls(deployment) - before.aws - queriesOfTheTick).toBe(5);
    expect(deployment.zoho.tokenCalls.length - before.zoho).toBe(1);
  });

  it('needs two calls of AWS for an idle tick, however many connections are registered', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const { connections: table } = contextOf(deployment);
    for (let n = 0; n < 60; n += 1)
      await table.create(registerConnection(`idle-${n}`, 'connected', START_MS + 100 * MINUTE_MS), never);
    await deployment.runMinutes(3);
    const before = awsCalls(deployment);

    const result = await deployment.tick();

    expect(result.due).toBe(0);
    expect(awsCalls(deployment) - before).toBe(2);
  });

  it('sends a heartbeat and the seconds until tokens expire', async () => {
    ({ deployment } = await startAuthorizedDeployment({ routineMetrics: true }));

    await deployment.runMinutes(10);

    expect(deployment.metrics.ofFleet('Heartbeat')).toHaveLength(11);
    for (const gauge of ['SoonestExpirySeconds', 'FleetExpirySeconds'])
      expect(deployment.metrics.ofFleet(gauge).at(-1)).toMatchObject({
        value: 50 * 60,
        atMs: deployment.clock.now(),
      });
    expect(deployment.metrics.ofConnection('RefreshSucceeded', 'crm-prod')).toHaveLength(1);
    expect(deployment.metrics.ofFleet('RefreshSucceeded')[0]?.dimensions).toEqual({ service: 'zoho' });
  });

  it('stops taking work when little time is left, and leaves it due', async () => {
    deployment = await startDeployment();
    deployment.authorize('crm-prod');

    const result = await deployment.handler({ action: 'refresh-due' }, lambdaContext(12_000));

    expect(result).toEqual({ due: 0, refreshed: 0, failed: 0, skipped: 0 });
    expect(deployment.zoho.tokenCalls).toEqual([]);
    expect(await deployment.tick()).toMatchObject({ refreshed: 1 });
  });

  it('refreshes the others when one row cannot be read', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    await putRow(deployment, {
      connection: { S: 'by-hand' },
      queue: { S: 'due' },
      nextAttemptAt: { N: '1' },
    });

    await deployment.runMinutes(56, { every: 4 });

    expect(deployment.readToken('crm-prod')?.generation).toBe(2);
    expect(deployment.log.lines.some((line) => line.includes('"connection":"by-hand"'))).toBe(true);
  });
});

describe('the configuration', () => {
  it('leaves a connection alone that an operator has disabled', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const row = await deployment.readConnection('crm-prod');
    const { connections: table } = contextOf(deployment);
    await table.replaceIfFree(row, { ...row, status: 'disabled' }, deployment.clock.now(), never);

    const restarted = deployment.compose();
    await restarted({ action: 'refresh-due' }, lambdaContext());
    await deployment.runMinutes(60, { every: 4 });

    expect(await deployment.tick()).toMatchObject({ due: 0 });
    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      status: 'disabled',
      publishedGeneration: 1,
    });
  });

  it('is not overruled by a report that comes after its lease has ended', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const { connections: table } = contextOf(deployment);
    deployment.clock.advance(56 * MINUTE_MS);
    const seen = await deployment.readConnection('crm-prod');
    const nowMs = deployment.clock.now();
    const leased = acquireLease(seen, { owner: 'dead', nowMs, leaseMs: 75_000 });
    await table.replaceIfFree(seen, leased, nowMs, never);
    deployment.clock.advance(80_000);
    const without = deployment.compose({ config: { ...deployment.config, declaredConnections: {} } });
    await without({ action: 'refresh-due' }, lambdaContext());

    const late = await table.replaceIfHeld(
      leased,
      { ...leased, lease: undefined, lastFailure: { code: 'timeout', message: 'too late', atMs: nowMs } },
      never,
    );

    expect(late.written).toBe(false);
    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      status: 'disabled',
      lastFailure: { code: 'undeclared' },
    });
  });

  it('refuses a lease that is written after its connection was retired', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const { connections: table } = contextOf(deployment);
    deployment.clock.advance(56 * MINUTE_MS);
    const seen = await deployment.readConnection('crm-prod');
    const nowMs = deployment.clock.now();
    const without = deployment.compose({ config: { ...deployment.config, declaredConnections: {} } });
    await without({ action: 'refresh-due' }, lambdaContext());

    const late = await table.replaceIfFree(
      seen,
      acquireLease(seen, { owner: 'late', nowMs, leaseMs: 75_000 }),
      nowMs,
      never,
    );

    expect(late.written).toBe(false);
    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      status: 'disabled',
      lease: undefined,
    });
  });

  it('enables within five minutes what a restored backup disabled', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const row = await deployment.readConnection('crm-prod');
    const { connections: table } = contextOf(deployment);
    const retired = {
      ...row,
      status: 'disabled',
      lastFailure: { code: 'undeclared', message: 'long ago', atMs: 0 },
    } as const;
    await table.replaceIfFree(row, retired, deployment.clock.now(), never);

    await deployment.runMinutes(6);

    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      status: 'active',
      publishedGeneration: 2,
    });
  });

  it('warns when the granted scopes lack a declared one', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const wider = deployment.compose({
      config: {
        ...deployment.config,
        declaredConnections: {
          'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'] },
        },
      },
    });

    deployment.clock.advance(56 * MINUTE_MS);
    await wider({ action: 'refresh-due' }, lambdaContext());

    expect(deployment.metrics.ofFleet('ScopeDrift')).toHaveLength(1);
    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      status: 'active',
      publishedGeneration: 2,
    });
  });
});
