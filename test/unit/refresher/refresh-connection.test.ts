import { describe, expect, test } from 'vitest';
import { NO_COMPLAINTS } from '../../../lambdas/core/connection/connection.ts';
import { refreshConnection } from '../../../lambdas/refresher/refresh-connection.ts';
import {
  activeConnection,
  blockedConnection,
  byOperator,
  coolingDownConnection,
  dueConnection,
  failureOf,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
  rejected,
  SECOND_MS,
  scheduled,
} from '../../support/builders.ts';
import { FakeRefresher, throws } from './fake-refresher.ts';

const DUE = dueConnection();
const budgetSpent = dueConnection({ mintsMs: Array.from({ length: 10 }, () => NOW_MS - MINUTE_MS) });

describe('an attempt', () => {
  test('for a token that is due takes the lease, reads the credentials, mints, publishes and commits', async () => {
    const world = new FakeRefresher(DUE);

    const result = await refreshConnection(world.context, DUE, scheduled);

    expect(world.calls).toEqual([
      'replace if free',
      'credentials',
      'zoho',
      'publish 8 from version-of-7',
      'replace if held (report)',
    ]);
    expect(result).toMatchObject({
      kind: 'published',
      outcome: 'refreshed',
      decision: { action: 'mint', reason: 'due' },
      replaced: DUE,
      drift: { missingScopes: [], declaredDataCenter: undefined },
    });
    expect(world.row).toEqual(result.connection);
    expect(world.row).toMatchObject({ generation: 8, publishedGeneration: 8, lease: undefined, failures: 0 });
  });

  test('renews a connection whose times lie in the future, once they are corrected', async () => {
    const ahead = activeConnection({
      mintsMs: [NOW_MS + 24 * HOUR_MS],
      nextAttemptAtMs: NOW_MS + 24 * HOUR_MS,
    });
    const world = new FakeRefresher(ahead);
    world.checkedClock.correct(new Date(NOW_MS).toUTCString(), world.checkedClock.elapsed());

    expect(await refreshConnection(world.context, ahead, scheduled)).toMatchObject({ outcome: 'refreshed' });
    expect(world.row).toMatchObject({ mintsMs: [NOW_MS, NOW_MS], publishedGeneration: 8 });
  });

  test('leaves such a connection to the attempt that wrote first', async () => {
    const ahead = activeConnection({ nextAttemptAtMs: NOW_MS + 24 * HOUR_MS });
    const world = new FakeRefresher({ ...ahead, generation: ahead.generation + 1 });
    world.checkedClock.correct(new Date(NOW_MS).toUTCString(), world.checkedClock.elapsed());

    expect(await refreshConnection(world.context, ahead, scheduled)).toMatchObject({
      kind: 'declined',
      outcome: 'in-progress',
      decision: { reason: 'lost-race' },
    });
  });

  test('takes a lease of its own, for as long as the function may run', async () => {
    const world = new FakeRefresher(DUE);
    let leased: unknown;
    world.onZoho = () => {
      leased = world.row;
      throw new TypeError('enough');
    };

    await expect(refreshConnection(world.context, DUE, scheduled)).rejects.toThrow('enough');
    expect(leased).toMatchObject({
      generation: 8,
      lease: { owner: 'me', untilMs: NOW_MS + 75_000 },
      mintsMs: [NOW_MS],
    });
  });

  test.each([
    ['a renewal ends the complaints in a row', DUE, scheduled, { inARow: 0, mintsMs: [] }],
    ['a complaint is counted', activeConnection(), rejected(7), { inARow: 3, mintsMs: [NOW_MS] }],
    ['an operator leaves them', activeConnection(), byOperator, { inARow: 2, mintsMs: [] }],
  ])('accounts for what it is made for: %s', async (_, row, request, complaints) => {
    const seen = { ...row, complaints: { ...NO_COMPLAINTS, inARow: 2 } };
    const world = new FakeRefresher(seen);

    await refreshConnection(world.context, seen, request);

    expect(world.row?.complaints).toMatchObject(complaints);
    expect(world.row?.publishedGeneration).toBe(8);
  });

  test('reports how the grant differs from the declaration', async () => {
    const world = new FakeRefresher(DUE);
    world.settings = {
      ...world.settings,
      declaredConnections: { 'crm-prod': { dataCenter: 'us', scopes: ['ZohoBooks.fullaccess.all'] } },
    };

    expect(await refreshConnection(world.context, DUE, scheduled)).toMatchObject({
      drift: { missingScopes: ['ZohoBooks.fullaccess.all'], declaredDataCenter: 'us' },
    });
  });

  test('is reported once, with the time that it waited for each system', async () => {
    const world = new FakeRefresher(DUE);
    world.onZoho = () => {
      world.clock.advance(300);
      return { kind: 'refused', failure: failureOf('timeout') };
    };

    await refreshConnection(world.context, DUE, scheduled);

    expect(world.logged).toEqual([
      ['warn', 'refresh failed', expect.objectContaining({ code: 'timeout', connection: 'crm-prod' })],
    ]);
    expect(world.logged[0]?.[2]?.durationsMs).toEqual({ total: 300, table: 0, credentials: 0, zoho: 300 });
    expect(world.metrics).toEqual([[{ RefreshFailed: 1 }, 'crm-prod'], [{ FailingWeight: 1 }]]);
  });

  test('that is not due changes nothing', async () => {
    const seen = activeConnection();
    const world = new FakeRefresher(seen);

    expect(await refreshConnection(world.context, seen, scheduled)).toEqual({
      kind: 'declined',
      outcome: 'not-due',
      connection: seen,
      retryAtMs: seen.nextAttemptAtMs,
      decision: expect.objectContaining({ action: 'none', reason: 'not-due' }),
    });
    expect(world.calls).toEqual([]);
  });

  test('without a budget is postponed until there is one', async () => {
    const world = new FakeRefresher(budgetSpent);

    const result = await refreshConnection(world.context, budgetSpent, scheduled);

    expect(result).toMatchObject({ kind: 'declined', outcome: 'budget-exhausted', connection: budgetSpent });
    expect(world.calls).toEqual(['replace if free (report)']);
    expect(world.row?.nextAttemptAtMs).toBe(result.retryAtMs);
    expect(world.row?.nextAttemptAtMs).toBeGreaterThan(NOW_MS);
  });

  test('that postpones removes the lease of a holder that died', async () => {
    const seen = { ...budgetSpent, lease: { owner: 'dead', untilMs: NOW_MS } };
    const world = new FakeRefresher(seen);

    await refreshConnection(world.context, seen, scheduled);

    expect(world.row?.lease).toBeUndefined();
  });

  test('whose table fails is a failure, and the row stays as it was read', async () => {
    const world = new FakeRefresher(DUE);
    world.onReplaceIfFree = throws('aws_throttled');

    expect(await refreshConnection(world.context, DUE, scheduled)).toEqual({
      kind: 'failed',
      outcome: 'failed',
      connection: DUE,
      retryAtMs: NOW_MS + 10_000,
      failure: failureOf('aws_throttled'),
      cause: expect.objectContaining({ code: 'aws_throttled' }),
    });
  });

  test('with a bug throws it, and reports nothing', async () => {
    const world = new FakeRefresher(DUE);
    world.onReplaceIfFree = () => {
      throw new TypeError('bug');
    };

    await expect(refreshConnection(world.context, DUE, scheduled)).rejects.toThrow(new TypeError('bug'));
    expect(world.logged).toEqual([]);
  });
});

describe('the credentials are read before the lease is taken', () => {
  test.each([
    ['of a connection that was never authorized', pendingConnection(), 'credentials-found'],
    ['of a blocked connection', blockedConnection({ credentialsVersionId: 'older' }), 'new-credentials'],
  ])('%s', async (_, seen, reason) => {
    const world = new FakeRefresher(seen);

    const result = await refreshConnection(world.context, seen, scheduled);

    expect(world.calls.slice(0, 3)).toEqual(['credentials', 'replace if free', 'zoho']);
    expect(result).toMatchObject({ kind: 'published', decision: { action: 'mint', reason } });
    expect(world.row).toMatchObject({ status: 'active', credentialsVersionId: 'credentials-1' });
  });

  test('and not used if they were refused less than an hour ago', async () => {
    const seen = blockedConnection();
    const world = new FakeRefresher(seen);

    const result = await refreshConnection(world.context, seen, scheduled);

    expect(world.calls).toEqual(['credentials', 'replace if free (report)']);
    expect(result).toMatchObject({ kind: 'declined', outcome: 'blocked' });
    expect(world.row?.nextAttemptAtMs).toBe(NOW_MS + 5 * MINUTE_MS);
  });

  test.each([
    [
      'are empty',
      () => ({ kind: 'empty' }) as const,
      'no_credentials',
      'blocked',
      { status: 'pending', nextAttemptAtMs: NOW_MS + 5 * MINUTE_MS },
    ],
    ['are denied', throws('aws_access_denied'), 'no_credentials', 'blocked', { status: 'pending' }],
    [
      'cannot be decrypted',
      throws('aws_kms_denied'),
      'aws_kms_denied',
      'failed',
      { status: 'pending', nextAttemptAtMs: NOW_MS + 7_500 },
    ],
  ])('and a failure is written without a lease: they %s', async (_, read, code, outcome, row) => {
    const seen = pendingConnection();
    const world = new FakeRefresher(seen);
    world.onCredentials = read;

    const result = await refreshConnection(world.context, seen, scheduled);

    expect(result).toMatchObject({
      kind: 'failed',
      outcome,
      decision: { action: 'check-credentials', reason: 'pending' },
      failure: { code },
    });
    expect(world.calls).toEqual(['credentials', 'replace if free (report)']);
    expect(world.row).toMatchObject({ ...row, generation: 0, lastFailure: { code, atMs: NOW_MS } });
    expect(result.connection).toEqual(world.row);
    expect(result.retryAtMs).toBe(world.row?.nextAttemptAtMs);
  });

  test('and the cause of a failure is kept for the log', async () => {
    const seen = pendingConnection();
    const world = new FakeRefresher(seen);
    world.onCredentials = throws('aws_kms_denied');

    expect(await refreshConnection(world.context, seen, scheduled)).toMatchObject({
      cause: { code: 'aws_kms_denied' },
    });
  });

  test('and a bug is thrown', async () => {
    const world = new FakeRefresher(pendingConnection());
    world.onCredentials = () => {
      throw new TypeError('bug');
    };

    await expect(refreshConnection(world.context, pendingConnection(), scheduled)).rejects.toThrow('bug');
  });
});

describe('a connection that is no longer declared', () => {
  const undeclared = (row = DUE) => {
    const world = new FakeRefresher(row);
    world.settings = { ...world.settings, declaredConnections: {} };
    return world;
  };

  test('is disabled, whatever is asked, and Zoho is not called', async () => {
    const world = undeclared();

    const result = await refreshConnection(world.context, DUE, byOperator);

    expect(result).toMatchObject({ kind: 'failed', outcome: 'blocked', failure: { code: 'undeclared' } });
    expect(result.connection).toEqual(world.row);
    expect(world.calls).toEqual(['replace if free (report)']);
    expect(world.row).toMatchObject({
      status: 'disabled',
      lastFailure: { code: 'undeclared', atMs: NOW_MS },
    });
  });

  test('is not written again once it is disabled', async () => {
    const seen = activeConnection({ status: 'disabled' });
    const world = undeclared(seen);

    expect(await refreshConnection(world.context, seen, rejected(7))).toMatchObject({ outcome: 'blocked' });
    expect(world.calls).toEqual([]);
  });

  test('is refreshed if it was connected at run time', async () => {
    const seen = dueConnection({ source: 'connected' });

    expect(await refreshConnection(undeclared(seen).context, seen, scheduled)).toMatchObject({
      outcome: 'refreshed',
    });
  });
});

describe('on demand', () => {
  test('a complaint that is not honored is remembered, without a lease', async () => {
    const seen = activeConnection({ complaints: { ...NO_COMPLAINTS, inARow: 7 } });
    const world = new FakeRefresher(seen);

    const result = await refreshConnection(world.context, seen, rejected(7));

    expect(result).toMatchObject({ kind: 'declined', outcome: 'budget-exhausted', connection: seen });
    expect(world.row?.complaints.challengedGeneration).toBe(7);
    // A process that has read the row before does not take the lease as if nothing had been complained about.
    expect(world.row?.nextAttemptAtMs).toBe(seen.nextAttemptAtMs - 1);
  });

  test('no one mints while Zoho throttles', async () => {
    const seen = coolingDownConnection();
    const world = new FakeRefresher(seen);

    expect(await refreshConnection(world.context, seen, byOperator)).toMatchObject({
      outcome: 'throttled',
      retryAtMs: seen.nextAttemptAtMs,
    });
    expect(world.calls).toEqual([]);
  });

  test('a token that expired is due, whoever asks', async () => {
    const token = { versionId: 'v', issuedAtMs: NOW_MS - HOUR_MS, expiresAtMs: NOW_MS - SECOND_MS };
    const seen = activeConnection({ token });

    expect(await refreshConnection(new FakeRefresher(seen).context, seen, rejected(7))).toMatchObject({
      decision: { reason: 'due' },
    });
  });
});

describe('while Secrets Manager throttles publishes', () => {
  const ACTIVE = activeConnection();

  test('consumers cause no mint, and are told to come back at different times', async () => {
    const world = new FakeRefresher(ACTIVE);
    world.memories.publishes.recordThrottle(world.context.clock.elapsed());

    const result = await refreshConnection(world.context, ACTIVE, rejected(7));

    expect(result).toMatchObject({
      kind: 'declined',
      outcome: 'failed',
      decision: { reason: 'publishes-throttled' },
      retryAtMs: NOW_MS + 30 * SECOND_MS,
    });
    expect(world.row).toEqual(ACTIVE);
    expect(world.calls).toEqual([]);
  });

  test.each([
    ['an operator', ACTIVE, byOperator],
    ['the schedule', DUE, scheduled],
    ['a consumer of a connection in DynamoDB', activeConnection({ store: 'dynamodb' }), rejected(7)],
  ])('%s still does', async (_, row, request) => {
    const world = new FakeRefresher(row);
    world.memories.publishes.recordThrottle(world.context.clock.elapsed());

    const { credentials, rotatedCredentials, tokens } = world.context;
    const context = { ...world.context, sealed: { credentials, rotatedCredentials, tokens } };

    expect(await refreshConnection(context, row, request)).toMatchObject({ outcome: 'refreshed' });
  });
});
