import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import {
  isMovedAway,
  moveAway,
  restoreRow,
  type SinceTheBackup,
  startFollowing,
  stopFollowing,
} from '../../../../lambdas/core/connection/move-transitions.ts';
import { disableConnection } from '../../../../lambdas/core/connection/operator-transitions.ts';
import { partitionOf } from '../../../../lambdas/core/connection/partition.ts';
import {
  activeConnection,
  coolingDownConnection,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
} from '../../../support/builders.ts';

const OLD = { name: 'crm-prod', source: 'declared', secretPrefix: 'team/zoho' } as const;
const follows = { secretPrefix: 'team/zoho', generation: 3 };
const deadLease = { owner: 'another', untilMs: NOW_MS - 1 };

describe('a row that starts to follow', () => {
  test('is due at once, and has republished nothing', () => {
    const expected = { follows: { secretPrefix: 'team/zoho', generation: 0 }, nextAttemptAtMs: NOW_MS };

    expect(startFollowing(undefined, OLD, NOW_MS)).toMatchObject({
      ...expected,
      status: 'pending',
      generation: 0,
    });
    expect(startFollowing(pendingConnection({ generation: 5 }), OLD, NOW_MS)).toMatchObject({
      ...expected,
      generation: 5,
    });
  });
});

describe('a row that stops to follow', () => {
  test('mints at once, and counts the calls of the old deployment', () => {
    const row = activeConnection({ follows, mintsMs: [], lease: deadLease, failures: 2 });
    const complaints = { mintsMs: [NOW_MS - 5], challengedGeneration: 40, inARow: 3 };

    expect(stopFollowing(row, { mintsMs: [NOW_MS - 5, NOW_MS - 5], complaints }, NOW_MS)).toMatchObject({
      follows: undefined,
      status: 'active',
      lease: undefined,
      nextAttemptAtMs: NOW_MS,
      mintsMs: [NOW_MS - 5, NOW_MS - 5],
      complaints: { mintsMs: [NOW_MS - 5], challengedGeneration: undefined, inARow: 0 },
      failures: 0,
    });
  });

  test('mints at once although the row of the old deployment is gone', () => {
    const row = activeConnection({ follows, mintsMs: [NOW_MS - 9] });

    expect(stopFollowing(row, undefined, NOW_MS)).toMatchObject({ mintsMs: [NOW_MS - 9] });
  });

  test('stays paused if an operator paused it', () => {
    const row = disableConnection(activeConnection({ follows }), 'paused', NOW_MS - MINUTE_MS);

    expect(stopFollowing(row, row, NOW_MS)).toMatchObject({
      status: 'disabled',
      lastFailure: { code: 'paused' },
    });
  });
});

describe('a row that was moved away', () => {
  test('is paused with a text of its own', () => {
    const moved = moveAway(activeConnection(), 'crm', NOW_MS);

    expect(moved).toMatchObject({
      status: 'disabled',
      nextAttemptAtMs: NOW_MS,
      lastFailure: { code: 'paused' },
    });
    expect(isMovedAway(moved)).toBe(true);
    expect(isMovedAway(disableConnection(activeConnection(), 'paused', NOW_MS))).toBe(false);
    expect(isMovedAway(activeConnection())).toBe(false);
  });
});

const restore = (row: Connection, known: Partial<SinceTheBackup> = {}) => {
  const nothing = {
    publishedGeneration: 0,
    existing: undefined,
    store: 'secrets-manager',
    isFleet: false,
  } as const;
  return restoreRow(row, { ...nothing, ...known }, NOW_MS);
};

describe('a row from a backup', () => {
  test('is due at once, without its lease, above every generation that is known', () => {
    const restored = activeConnection({ generation: 7, lease: deadLease });
    const generationOf = (publishedGeneration: number, existing?: number) =>
      restore(restored, {
        publishedGeneration,
        existing: existing === undefined ? undefined : activeConnection({ generation: existing }),
      }).generation;

    expect([generationOf(0), generationOf(9), generationOf(9, 12)]).toEqual([7, 9, 12]);
    expect(restore(restored)).toMatchObject({
      lease: undefined,
      nextAttemptAtMs: NOW_MS,
    });
  });

  test('waits out a cool-down', () => {
    const restored = coolingDownConnection();

    expect(restore(restored)).toMatchObject({
      nextAttemptAtMs: restored.nextAttemptAtMs,
    });
  });

  test('keeps the calls and versions of both rows, each once', () => {
    const complained = (...mintsMs: number[]) => ({ mintsMs, challengedGeneration: undefined, inARow: 0 });
    const restored = activeConnection({ mintsMs: [1, 3], publishesMs: [1], complaints: complained(1) });
    const existing = activeConnection({ mintsMs: [3, 2], publishesMs: [4], complaints: complained(2) });

    expect(restore(restored, { existing })).toMatchObject({
      mintsMs: [1, 2, 3],
      publishesMs: [1, 4],
      complaints: complained(1, 2),
    });
  });
});

describe('a row of a backup without a row in the table', () => {
  test('keeps its own calls and versions, and counts no others', () => {
    const row = activeConnection({ mintsMs: [NOW_MS - 2], publishesMs: [NOW_MS - 1] });

    expect(restore(row)).toMatchObject({ mintsMs: [NOW_MS - 2], publishesMs: [NOW_MS - 1] });
  });

  test('is due at once if its cool-down has ended', () => {
    const row = coolingDownConnection({ nextAttemptAtMs: NOW_MS - MINUTE_MS });

    expect(restore(row).nextAttemptAtMs).toBe(NOW_MS);
  });
});

test('a row that stops to follow forgets its failure', () => {
  const row = activeConnection({ follows, lastFailure: { code: 'timeout', message: 'slow', atMs: NOW_MS } });

  expect(stopFollowing(row, undefined, NOW_MS).lastFailure).toBeUndefined();
});

describe('the place of a row of a backup', () => {
  const intent = { dataCenter: 'eu', scopes: ['A.b'] };
  const sealed = activeConnection({ source: 'connected', store: 'dynamodb', intent, partition: 3 });
  const plain = activeConnection({ source: 'connected', dataCenter: 'in', scope: 'A.b,C.d' });
  const placeOf = ({ store, intent: wanted, movedFrom, partition }: Connection) => ({
    ...{ store, intent: wanted, movedFrom, partition },
  });
  const nowhere = { store: undefined, intent: undefined, movedFrom: undefined, partition: undefined };

  test('is where its credentials are now, whatever the backup says', () => {
    expect(placeOf(restore(sealed))).toEqual(nowhere);
    expect(placeOf(restore(plain, { store: 'dynamodb' }))).toEqual({
      ...nowhere,
      store: 'dynamodb',
      intent: { dataCenter: 'in', scopes: ['A.b', 'C.d'] },
    });
    expect(placeOf(restore(sealed, { store: 'dynamodb' }))).toEqual({
      ...nowhere,
      store: 'dynamodb',
      intent,
    });
  });

  test('is the partition that the deployment wants: it may be a fleet, or none any more', () => {
    expect(restore(sealed, { store: 'dynamodb' }).partition).toBeUndefined();
    expect(restore(plain, { isFleet: true }).partition).toBe(partitionOf(plain.name));
    expect(restore({ ...plain, source: 'declared' }, { isFleet: true }).partition).toBeUndefined();
  });

  test('remembers an unfinished move of the row that it replaces, and of its own only without one', () => {
    const moving = { ...plain, movedFrom: 'dynamodb' } as const;

    expect(restore(moving).movedFrom).toBe('dynamodb');
    expect(restore(moving, { store: 'dynamodb' }).movedFrom).toBeUndefined();
    expect(restore(moving, { existing: plain }).movedFrom).toBeUndefined();
    expect(restore(plain, { existing: moving }).movedFrom).toBe('dynamodb');
  });
});
