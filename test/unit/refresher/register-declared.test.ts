import { describe, expect, test } from 'vitest';
import { registerConnection } from '../../../lambdas/core/connection/connection.ts';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import { createRow, registerDeclared, registerOne } from '../../../lambdas/refresher/register-declared.ts';
import {
  accessToken,
  activeConnection,
  failureOf,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
} from '../../support/builders.ts';
import { FakeRefresher, throws } from './fake-refresher.ts';

const LOST = {
  versionId: 'version-of-41',
  generation: 41,
  token: accessToken({ generation: 41, issuedAtMs: NOW_MS - MINUTE_MS }),
};
const retired = activeConnection({
  status: 'disabled',
  source: 'connected',
  failures: 1,
  lastFailure: { ...failureOf('undeclared'), atMs: NOW_MS - HOUR_MS },
  refusedCredentials: [{ versionId: 'v', firstAtMs: NOW_MS, atMs: NOW_MS }],
});

describe('a declared connection', () => {
  test('without a row gets one', async () => {
    const world = new FakeRefresher();

    expect(await registerDeclared(world.context)).toBe(true);
    expect(world.row).toEqual(registerConnection('crm-prod', 'declared', NOW_MS));
    expect(world.calls).toEqual(['read crm-prod', 'last published', 'create crm-prod']);
    expect(world.logged).toEqual([['info', 'connection registered', { connection: 'crm-prod' }]]);
  });

  test('without a row and with a token was lost, and continues with the generation of the token', async () => {
    const world = new FakeRefresher();
    world.onLastPublished = () => LOST;

    await registerDeclared(world.context);

    expect(world.row).toMatchObject({ source: 'declared', status: 'active', generation: 41 });
    expect(world.logged).toEqual([
      ['warn', 'lost row registered again', { connection: 'crm-prod', source: 'declared', generation: 41 }],
    ]);
  });

  test('with a row is left alone', async () => {
    const seen = activeConnection();
    const world = new FakeRefresher(seen);

    expect(await registerOne(world.context, 'crm-prod')).toBe(seen);
    expect(world.calls).toEqual(['read crm-prod']);
    expect(world.logged).toEqual([]);
  });

  test('that was connected at run time becomes declared, and keeps everything else', async () => {
    const seen = activeConnection({ source: 'connected', status: 'blocked' });
    const world = new FakeRefresher(seen);

    const row = await registerOne(world.context, 'crm-prod');

    expect(row).toEqual({ ...seen, source: 'declared', nextAttemptAtMs: seen.nextAttemptAtMs - 1 });
    expect(world.row).toEqual(row);
    expect(world.calls).toEqual(['read crm-prod', 'replace if free']);
    expect(world.logged).toEqual([
      ['info', 'connection reconciled with the configuration', { connection: 'crm-prod', status: 'blocked' }],
    ]);
  });

  test('is enabled again at the time of AWS, which the answer with its row has corrected', async () => {
    const world = new FakeRefresher({ ...retired, source: 'declared' });
    const { onRead, checkedClock } = world;
    world.onRead = (name) => {
      checkedClock.correct(new Date(NOW_MS - HOUR_MS).toUTCString(), checkedClock.elapsed());
      return onRead(name);
    };

    await registerOne(world.context, 'crm-prod');

    expect(world.row?.nextAttemptAtMs).toBe(NOW_MS - HOUR_MS + 1_000);
  });

  test('that is written loses the lease of a holder that died', async () => {
    const lease = { owner: 'dead', untilMs: NOW_MS };
    const world = new FakeRefresher(activeConnection({ source: 'connected', lease }));

    await registerOne(world.context, 'crm-prod');

    expect(world.row?.lease).toBeUndefined();
  });

  test.each([
    ['active if it has a token', retired, 'active'],
    ['pending without one', { ...retired, token: undefined }, 'pending'],
  ])('that was retired is enabled: %s', async (_, seen, status) => {
    const world = new FakeRefresher(seen);

    expect(await registerOne(world.context, 'crm-prod')).toEqual({
      ...seen,
      source: 'declared',
      status,
      nextAttemptAtMs: NOW_MS,
      failures: 0,
      lastFailure: undefined,
      refusedCredentials: [],
    });
  });

  test('that an operator disabled stays disabled', async () => {
    const seen = activeConnection({
      status: 'disabled',
      lastFailure: { ...failureOf('paused'), atMs: NOW_MS },
    });

    expect(await registerOne(new FakeRefresher(seen).context, 'crm-prod')).toBe(seen);
  });
});

describe('a row that cannot be read or written', () => {
  const declaration = { dataCenter: 'eu', scopes: [] } as const;

  test('is reported, and does not stop the others', async () => {
    const world = new FakeRefresher();
    world.settings = { ...world.settings, declaredConnections: { broken: declaration, desk: declaration } };
    world.onRead = (name) => {
      if (name === 'broken') throw new InfrastructureError(failureOf('malformed_row'));
      return undefined;
    };

    expect(await registerDeclared(world.context)).toBe(false);
    expect([...world.rows.keys()]).toEqual(['desk']);
    expect(world.metrics).toEqual([[{ RefreshFailed: 1 }, 'broken'], [{ FailingWeight: 1 }]]);
    expect(world.logged[0]).toEqual([
      'error',
      'refresh failed',
      expect.objectContaining({ connection: 'broken', code: 'malformed_row' }),
    ]);
  });

  test('because of a bug fails the tick', async () => {
    const world = new FakeRefresher();
    world.onRead = () => {
      throw new TypeError('bug');
    };

    await expect(registerDeclared(world.context)).rejects.toThrow('bug');
  });

  test('is one of at most ten at the same time', async () => {
    const world = new FakeRefresher();
    const names = Array.from({ length: 12 }, (_, index) => `c${index}`);
    world.settings = {
      ...world.settings,
      declaredConnections: Object.fromEntries(names.map((name) => [name, declaration])),
    };
    const { context } = world;
    let running = 0;
    let most = 0;
    const read = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return activeConnection();
    };

    await registerDeclared({ ...context, connections: { ...context.connections, read } });

    expect(most).toBe(10);
  });
});

describe('a row that another attempt created first', () => {
  test('is the row of the table, and nothing is logged', async () => {
    const world = new FakeRefresher(activeConnection());

    expect(await createRow(world.context, 'crm-prod', 'declared', LOST)).toEqual(activeConnection());
    expect(world.calls).toEqual(['create crm-prod', 'read crm-prod']);
    expect(world.logged).toEqual([]);
  });

  test('and is gone again is as it would have been', async () => {
    const world = new FakeRefresher(pendingConnection());
    world.onRead = () => undefined;

    expect(await createRow(world.context, 'crm-prod', 'declared', LOST)).toMatchObject({ generation: 41 });
  });

  test('and cannot be read is an error', async () => {
    const world = new FakeRefresher(pendingConnection());
    world.onRead = throws('aws_unavailable');

    await expect(createRow(world.context, 'crm-prod', 'declared', LOST)).rejects.toMatchObject({
      code: 'aws_unavailable',
    });
  });
});

test('a connection that was connected at run time is registered with a warning, even without a token', async () => {
  const world = new FakeRefresher();

  await createRow(world.context, 'desk', 'connected', {
    versionId: undefined,
    generation: 0,
    token: undefined,
  });

  expect(world.logged).toEqual([
    ['warn', 'lost row registered again', { connection: 'desk', source: 'connected', generation: 0 }],
  ]);
});
