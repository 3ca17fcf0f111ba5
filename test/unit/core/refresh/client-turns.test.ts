import { describe, expect, test } from 'vitest';
import { clientKeyOf } from '../../../../lambdas/core/connection/client-key.ts';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import { isInLine, planTurns } from '../../../../lambdas/core/refresh/client-turns.ts';
import { decide } from '../../../../lambdas/core/refresh/refresh-decision.ts';
import {
  byOperator,
  coolingDownConnection,
  dueConnection,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
  rejected,
} from '../../../support/builders.ts';

const LIMIT = { startsLeft: 0, quietMs: 0, spacingMs: MINUTE_MS, isConfirmed: true };

/** A connection that is due, whose token expires in so many minutes. */
function due(name: string, expiresInMinutes: number): Connection {
  const expiresAtMs = NOW_MS + expiresInMinutes * MINUTE_MS;
  return dueConnection({ name, token: { versionId: 'v', issuedAtMs: NOW_MS - MINUTE_MS, expiresAtMs } });
}

const minutesOf = ({ wait }: ReturnType<typeof planTurns>) =>
  wait.map(({ row, next }) => [row.name, (next.nextAttemptAtMs - NOW_MS) / MINUTE_MS]);

describe('of the connections of a client', () => {
  const rows = [due('valid', 6), due('oldest', -30), due('older', -5)];

  test('those start whose tokens expire first, also if they have expired', () => {
    const { start, wait } = planTurns(rows, [], { ...LIMIT, startsLeft: 2 }, NOW_MS);

    expect(start.map(({ name }) => name)).toEqual(['oldest', 'older']);
    expect(wait.map(({ row }) => row.name)).toEqual(['valid']);
  });

  test('one without a token comes first', () => {
    const row = { ...pendingConnection({ name: 'new' }), status: 'active' as const };
    const { start } = planTurns([...rows, row], [], { ...LIMIT, startsLeft: 1 }, NOW_MS);

    expect(start.map(({ name }) => name)).toEqual(['new']);
  });

  test('one starts after those that wait with an older token, although they are not due', () => {
    const waiting = [NOW_MS - 20 * MINUTE_MS, NOW_MS - MINUTE_MS];
    const { start, wait } = planTurns(rows, waiting, { ...LIMIT, startsLeft: 2 }, NOW_MS);

    expect(start.map(({ name }) => name)).toEqual(['oldest']);
    expect(wait.map(({ row }) => row.name)).toEqual(['older', 'valid']);
  });

  test('the others wait for half of the time until their turn, from 45 seconds to 30 minutes', () => {
    const many = Array.from({ length: 100 }, (_, index) => due(`c-${index}`, index));
    const waits = minutesOf(planTurns(many, [], LIMIT, NOW_MS));

    expect(waits[0]).toEqual(['c-0', 0.75]);
    expect(waits[9]).toEqual(['c-9', 5]);
    expect(waits[99]).toEqual(['c-99', 30]);
  });

  test('all wait while Zoho throttles the client', () => {
    const quiet = { ...LIMIT, quietMs: 10 * MINUTE_MS };

    expect(minutesOf(planTurns(rows, [], quiet, NOW_MS))).toEqual([
      ['oldest', 10.5],
      ['older', 11],
      ['valid', 11.5],
    ]);
  });
});

describe('a connection that waits for its turn', () => {
  const [waiting] = planTurns([due('a', 6)], [], LIMIT, NOW_MS).wait;

  test('says why, cools down, and keeps everything else', () => {
    expect(waiting?.next).toEqual({
      ...due('a', 6),
      status: 'cooling-down',
      nextAttemptAtMs: NOW_MS + 45_000,
      lastFailure: {
        code: 'throttled',
        message: expect.stringContaining('take turns, the oldest token first'),
        atMs: NOW_MS,
      },
    });
    expect(isInLine(waiting?.next as Connection)).toBe(true);
    expect(isInLine(coolingDownConnection())).toBe(false);
  });

  test('is not in line while Zoho may have throttled everyone', () => {
    const [quiet] = planTurns([due('a', 6)], [], { ...LIMIT, isConfirmed: false }, NOW_MS).wait;

    expect(quiet?.next).toMatchObject({
      status: 'cooling-down',
      lastFailure: { code: 'throttled', message: expect.stringContaining('does not ask for ten minutes') },
    });
    expect(isInLine(quiet?.next as Connection)).toBe(false);
  });

  test.each([
    ['a consumer', rejected(7)],
    ['an operator', byOperator],
  ])('is not refreshed for %s, who would take the turn of another one', (_, request) => {
    expect(decide(waiting?.next as Connection, request, NOW_MS)).toMatchObject({ reason: 'cooling-down' });
  });
});

test('connections have the same client key if they use the same client in the same data center', () => {
  const client = { dataCenter: 'eu', clientId: '1000.ABC' } as const;

  expect(clientKeyOf(client)).toBe(clientKeyOf({ ...client }));
  expect(clientKeyOf(client)).not.toBe(clientKeyOf({ ...client, dataCenter: 'us' }));
  expect(clientKeyOf(client)).not.toBe(clientKeyOf({ ...client, clientId: '1000.ABD' }));
  expect(clientKeyOf(client)).toMatch(/^[0-9a-f]{8}$/);
});
