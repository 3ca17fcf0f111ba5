import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../../lambdas/core/connection/lease.ts';
import type { Failure } from '../../../lambdas/core/failures.ts';
import { publishUnderLease, type WorkResult } from '../../../lambdas/refresher/publish-under-lease.ts';
import {
  activeConnection,
  dueConnection,
  failedAttempt,
  failureOf,
  MINUTE_MS,
  NOW_MS,
  rejected,
  scheduled,
} from '../../support/builders.ts';
import { FakeRefresher, throws } from './fake-refresher.ts';

const SEEN = dueConnection();
const LEASED = acquireLease(SEEN, { owner: 'me', nowMs: NOW_MS, leaseMs: 75_000 });
const NEXT: Connection = {
  ...LEASED,
  lease: undefined,
  publishedGeneration: 8,
  nextAttemptAtMs: NOW_MS + 54 * MINUTE_MS,
};
const published: WorkResult = { kind: 'published', next: NEXT };
const cause = new Error('why');
const failed: WorkResult = { kind: 'failed', cause, ...failedAttempt('timeout') };

function work(world: FakeRefresher, result = published, request = scheduled) {
  return publishUnderLease(world.context, SEEN, request, {
    leased: LEASED,
    publish: async (leased) => {
      world.calls.push(`work under the lease of ${leased.lease.owner}`);
      return await result;
    },
  });
}

describe('the lease', () => {
  test('is written before the work starts', async () => {
    const world = new FakeRefresher(SEEN);

    await work(world);

    expect(world.calls).toEqual([
      'replace if free',
      'work under the lease of me',
      'replace if held (report)',
    ]);
  });

  test('is free for the next at the time of the write', async () => {
    const world = new FakeRefresher({ ...SEEN, lease: { owner: 'dead', untilMs: NOW_MS } });

    expect(await work(world)).toMatchObject({ kind: 'published' });
  });

  test.each<[string, Partial<Connection>, object]>([
    [
      'holds it',
      { generation: 8, lease: { owner: 'other', untilMs: NOW_MS + MINUTE_MS } },
      { outcome: 'in-progress', decision: { reason: 'leased' }, retryAtMs: NOW_MS + MINUTE_MS },
    ],
    [
      'is done',
      { generation: 8, nextAttemptAtMs: NOW_MS + MINUTE_MS },
      { outcome: 'not-due', decision: { reason: 'not-due' } },
    ],
    ['failed', { generation: 8 }, { outcome: 'in-progress', decision: { reason: 'lost-race' } }],
  ])('that another attempt took first is not worked under: the other one %s', async (_, changes, result) => {
    const current = { ...SEEN, ...changes };
    const world = new FakeRefresher(current);

    expect(await work(world)).toMatchObject({ kind: 'declined', connection: current, ...result });
    expect(world.calls).toEqual(['replace if free']);
  });

  test('that another attempt took is looked up where the table does not return the row', async () => {
    const current = activeConnection({ generation: 8, publishedGeneration: 8 });
    const world = new FakeRefresher(current);
    world.onReplaceIfFree = () => ({ written: false, current: undefined });

    expect(await work(world, published, rejected(7))).toMatchObject({
      outcome: 'already-fresh',
      connection: current,
    });
    expect(world.calls).toEqual(['replace if free', 'read crm-prod']);
  });

  test('of a row that is gone is not taken', async () => {
    const world = new FakeRefresher();

    expect(await work(world)).toMatchObject({
      kind: 'declined',
      decision: { reason: 'lost-race' },
      connection: SEEN,
    });
    expect(world.calls).toEqual(['replace if free', 'read crm-prod']);
  });

  test('is recognized where the answer to its write was lost', async () => {
    const world = new FakeRefresher(LEASED);

    expect(await work(world)).toMatchObject({ kind: 'published' });
    expect(world.row).toEqual(NEXT);
  });
});

describe('a success', () => {
  test('is written, with what it replaced and how it differs from the declaration', async () => {
    const world = new FakeRefresher(SEEN);

    expect(await work(world)).toEqual({
      kind: 'published',
      outcome: 'refreshed',
      connection: NEXT,
      replaced: SEEN,
      drift: { missingScopes: [], declaredDataCenter: undefined },
    });
    expect(world.row).toEqual(NEXT);
  });

  test('is one as well where the answer to the write was lost', async () => {
    const world = new FakeRefresher(SEEN);
    world.onReplaceIfHeld = () => ({ written: false, current: NEXT });

    expect(await work(world)).toMatchObject({ kind: 'published' });
    expect(world.calls.at(-1)).toBe('replace if held (report)');
  });

  test('is looked up where the table does not return the row', async () => {
    const world = new FakeRefresher(SEEN);
    world.onReplaceIfHeld = (_held, next) => {
      world.rows.set(next.name, next);
      return { written: false, current: undefined };
    };

    expect(await work(world)).toMatchObject({ kind: 'published' });
    expect(world.calls.at(-1)).toBe('read crm-prod (report)');
  });

  test.each<[string, Connection | undefined]>([
    ['is leased again', { ...NEXT, lease: { owner: 'other', untilMs: NOW_MS + MINUTE_MS } }],
    ['has another generation', { ...NEXT, generation: 9 }],
    ['was committed by another attempt with the same generation', { ...NEXT, nextAttemptAtMs: NOW_MS }],
    ['is gone', undefined],
  ])('counts for nothing if the row %s', async (_, current) => {
    const world = new FakeRefresher(SEEN);
    world.onReplaceIfHeld = () => ({ written: false, current });
    world.onRead = () => undefined;

    expect(await work(world)).toEqual({ kind: 'lease-lost', outcome: 'in-progress', connection: LEASED });
  });

  test('that cannot be written is an error', async () => {
    const world = new FakeRefresher(SEEN);
    world.onReplaceIfHeld = throws('aws_unavailable');

    await expect(work(world)).rejects.toMatchObject({ code: 'aws_unavailable' });
  });
});

describe('a failure', () => {
  test('is written with the time of the next attempt', async () => {
    const world = new FakeRefresher(SEEN);

    const result = await work(world, failed);

    expect(result).toEqual({
      kind: 'failed',
      outcome: 'failed',
      connection: world.row,
      replaced: SEEN,
      retryAtMs: NOW_MS + 7_500,
      failure: failureOf('timeout'),
      cause,
      isMassRefusal: false,
    });
    expect(world.row).toMatchObject({
      generation: 8,
      lease: undefined,
      nextAttemptAtMs: NOW_MS + 7_500,
      failures: 1,
      lastFailure: { code: 'timeout', atMs: NOW_MS },
    });
  });

  test.each<[Failure['code'], string]>([
    ['throttled', 'throttled'],
    ['invalid_code', 'failed'],
    ['malformed_credentials', 'blocked'],
  ])('%s is answered as %s', async (code, outcome) => {
    const attempt: WorkResult = { kind: 'failed', ...failedAttempt(code) };

    expect(await work(new FakeRefresher(SEEN), attempt)).toMatchObject({ outcome });
  });

  test('of a holder that lost its lease is not written', async () => {
    const world = new FakeRefresher(SEEN);
    world.onReplaceIfHeld = () => ({ written: false, current: { ...SEEN, generation: 9 } });

    expect(await work(world, failed)).toEqual({
      kind: 'failed',
      outcome: 'in-progress',
      connection: LEASED,
      failure: failureOf('timeout'),
      cause,
      leaseLost: true,
    });
  });

  test('that cannot be written is retried when the lease ends', async () => {
    const world = new FakeRefresher(SEEN);
    world.onReplaceIfHeld = throws('aws_throttled');

    expect(await work(world, failed)).toEqual({
      kind: 'failed',
      outcome: 'failed',
      connection: LEASED,
      retryAtMs: LEASED.lease.untilMs,
      failure: failureOf('timeout'),
      cause,
      unwritten: failureOf('aws_throttled'),
    });
  });

  test('whose write has a bug throws it', async () => {
    const world = new FakeRefresher(SEEN);
    world.onReplaceIfHeld = () => {
      throw new TypeError('bug');
    };

    await expect(work(world, failed)).rejects.toThrow('bug');
  });
});
