import { afterEach, describe, expect, it } from 'vitest';
import { registerConnection } from '../../lambdas/core/connection/connection.ts';
import type { CheckedClock, CredentialsStore } from '../../lambdas/core/ports.ts';
import { refreshConnection } from '../../lambdas/refresher/refresh-connection.ts';
import type { RefreshContext } from '../../lambdas/refresher/refresh-context.ts';
import { refreshDue } from '../../lambdas/refresher/refresh-due.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { contextOf } from '../support/refresh-context.ts';
import { MINUTE_MS, START_MS, startAuthorizedDeployment, startDeployment } from '../support/sandbox.ts';

let deployment: LocalDeployment;
afterEach(() => deployment.close());

/** A deployment with connections that are due, and a credentials store that counts concurrent reads. */
async function startFleet(size: number, status: 'active' | 'pending' = 'pending') {
  deployment = await startDeployment({ connections: {} });
  const context = contextOf(deployment);
  for (let n = 0; n < size; n += 1) {
    const row = registerConnection(`fleet-${n}`, 'connected', START_MS);
    await context.connections.create({ ...row, status }, context.deadlines.work);
  }
  const count = { now: 0, most: 0 };
  const credentials: CredentialsStore = {
    read: async () => {
      count.now += 1;
      count.most = Math.max(count.most, count.now);
      await new Promise((resolve) => setImmediate(resolve));
      count.now -= 1;
      return { kind: 'empty' };
    },
  };
  return { context: { ...context, credentials }, count };
}

/** Limits that count how often each pace was asked for. */
function countingLimits(maxInFlight: number) {
  const begun = { renewals: 0, looks: 0 };
  const counting = (kind: keyof typeof begun) => () => {
    begun[kind] += 1;
    return Promise.resolve();
  };
  const paces = { pace: counting('renewals'), paceLooks: counting('looks') };
  return { begun, limits: { maxInFlight, ...paces, hasTimeForOneMore: () => true } };
}

describe('a tick over a fleet', () => {
  it.each([
    ['active', 4],
    ['pending', 10],
  ] as const)('works on no more %s connections at once than allowed: %i', async (status, most) => {
    const { context, count } = await startFleet(30, status);

    const result = await refreshDue(context, countingLimits(4).limits);

    expect(result).toEqual({ due: 30, refreshed: 0, failed: 0, skipped: 30 });
    expect(count.most).toBeLessThanOrEqual(most);
  });

  it.each([
    ['active', { renewals: 10, looks: 0 }],
    ['pending', { renewals: 0, looks: 10 }],
  ] as const)('starts %s connections only when their own pace allows it', async (status, expected) => {
    const { context } = await startFleet(10, status);
    const { begun, limits } = countingLimits(3);

    await refreshDue(context, limits);

    expect(begun).toEqual(expected);
  });

  it('finishes started refreshes when the list of due connections fails, then fails', async () => {
    const { context } = await startFleet(3);
    let finished = 0;
    const broken = {
      ...context,
      connections: {
        ...context.connections,
        due: async function* (nowMs: number, signal: AbortSignal) {
          yield* context.connections.due(nowMs, signal);
          throw new Error('the second page is gone');
        },
      },
      credentials: {
        read: async (name: string, signal: AbortSignal) => {
          const stored = await context.credentials.read(name, signal);
          finished += 1;
          return stored;
        },
      },
    };
    const limits = { maxInFlight: 9, pace: () => Promise.resolve(), hasTimeForOneMore: () => true };

    await expect(refreshDue(broken, limits)).rejects.toThrow('the second page is gone');
    expect(finished).toBe(3);
  });
});

function lateClock({ clock }: RefreshContext): CheckedClock {
  return { ...clock, now: () => clock.now() - 5_000 };
}

describe('a clock that is five seconds behind the previous one', () => {
  it('never moves the published expiry back', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const before = deployment.readToken('crm-prod');
    const context = contextOf(deployment);
    const behind = { ...context, clock: lateClock(context) };
    const row = await deployment.readConnection('crm-prod');

    await refreshConnection(behind, row, {
      kind: 'operator',
      rejectedGeneration: undefined,
    });

    const after = deployment.readToken('crm-prod');
    expect(after?.generation).toBe(2);
    expect(Date.parse(after?.expires_at ?? '')).toBeGreaterThanOrEqual(Date.parse(before?.expires_at ?? ''));
  });

  it('still respects the lease', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.clock.advance(54 * MINUTE_MS);
    const held = deployment.zoho.holdNextCall();
    const first = deployment.tick();
    await held.received;
    const context = contextOf(deployment);
    const behind = { ...context, clock: lateClock(context) };

    const result = await refreshConnection(behind, await deployment.readConnection('crm-prod'), {
      kind: 'scheduled',
    });
    held.release();
    await first;

    expect(result.outcome).toBe('in-progress');
    expect(deployment.zoho.tokenCalls).toHaveLength(2);
  });
});

describe('a connection at run time', () => {
  it('may have the name of a property that every object has', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const context = contextOf(deployment);
    const credentials = deployment.aws.secretsManager.store.currentText('zoho/crm-prod/credentials') ?? '';
    for (const kind of ['credentials', 'access-token']) {
      deployment.aws.secretsManager.store.create({ name: `zoho/constructor/${kind}` });
    }
    deployment.putCredentials('constructor', credentials);
    const row = registerConnection('constructor', 'connected', START_MS);
    await context.connections.create(row, context.deadlines.work);

    const { outcome } = await refreshConnection(context, row, { kind: 'scheduled' });

    expect(outcome).toBe('refreshed');
  });
});

describe('a process that was paused', () => {
  it('after it took a long lease does not call Zoho if its call was counted long ago', async () => {
    ({ deployment } = await startAuthorizedDeployment({ functionTimeoutSeconds: 300 }));
    const context = contextOf(deployment);
    const slow: CredentialsStore = {
      read: (name, signal) => {
        deployment.clock.advance(71_000);
        return context.credentials.read(name, signal);
      },
    };
    const operator = { kind: 'operator', rejectedGeneration: undefined } as const;

    const result = await refreshConnection(
      { ...context, credentials: slow },
      await deployment.readConnection('crm-prod'),
      operator,
    );

    expect(result).toMatchObject({ failure: { code: 'lease_expired' } });
    expect(deployment.zoho.tokenCalls).toHaveLength(1);
  });
});
