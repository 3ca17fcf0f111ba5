import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../../../lambdas/core/connection/lease.ts';
import {
  awaitDeclaration,
  type DisableReason,
  disableConnection,
  enableConnection,
  isDisabledByOperator,
  reconnect,
  revokeConnection,
} from '../../../../lambdas/core/connection/operator-transitions.ts';
import {
  activeConnection,
  blockedConnection,
  coolingDownConnection,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
} from '../../../support/builders.ts';

const REASONS: readonly DisableReason[] = ['paused', 'disconnected', 'revoked'];

describe('a connection that an operator disables', () => {
  test.each(REASONS)('is disabled, and its message says that it is %s and what to do next', (reason) => {
    const off = disableConnection(activeConnection(), reason, NOW_MS);

    expect(off).toMatchObject({
      status: 'disabled',
      failures: 0,
      lastFailure: { code: reason, atMs: NOW_MS, message: expect.stringMatching(/operator.*\./) },
    });
    expect(isDisabledByOperator(off)).toBe(true);
    expect(isDisabledByOperator(off, reason)).toBe(true);
  });

  test('is rescheduled, so that a late lease on the previous row is refused', () => {
    const seen = activeConnection({ nextAttemptAtMs: NOW_MS - MINUTE_MS });

    expect(disableConnection(seen, 'paused', NOW_MS).nextAttemptAtMs).toBe(NOW_MS);
  });

  test('keeps its generation, its token and its record of calls', () => {
    const seen = activeConnection({ mintsMs: [NOW_MS - 1], publishesMs: [NOW_MS - 2] });
    const { generation, token, mintsMs, publishesMs } = seen;

    expect(disableConnection(seen, 'revoked', NOW_MS)).toMatchObject({
      generation,
      token,
      mintsMs,
      publishesMs,
    });
  });

  test('loses the lease of a holder that never reported back, whose version is counted', () => {
    const dead = leased(activeConnection({ publishesMs: [] }));

    const off = disableConnection(dead, 'paused', NOW_MS + HOUR_MS);

    expect(off.lease).toBeUndefined();
    expect(off.publishesMs).toHaveLength(1);
  });

  test('is distinguished from a retired one, and by its reason', () => {
    const retired: Connection = {
      ...activeConnection(),
      status: 'disabled',
      lastFailure: { code: 'undeclared', message: 'gone', atMs: NOW_MS },
    };

    expect(isDisabledByOperator(retired)).toBe(false);
    expect(isDisabledByOperator({ ...retired, lastFailure: undefined })).toBe(false);
    expect(isDisabledByOperator(disableConnection(retired, 'paused', NOW_MS), 'revoked')).toBe(false);
    expect(isDisabledByOperator({ ...disableConnection(retired, 'paused', NOW_MS), status: 'active' })).toBe(
      false,
    );
  });
});

describe('a connection that an operator enables again', () => {
  test.each([
    ['active', 'that has a token', disableConnection(activeConnection(), 'paused', NOW_MS)],
    ['pending', 'that never had one', disableConnection(pendingConnection(), 'paused', NOW_MS)],
    ['active', 'that was blocked', blockedConnection()],
    ['active', 'that was throttled', coolingDownConnection()],
  ])('is %s when it is one %s, and due at once', (status, _, connection) => {
    const on = enableConnection(connection, NOW_MS + HOUR_MS);

    expect(on).toMatchObject({ status, nextAttemptAtMs: NOW_MS + HOUR_MS, failures: 0 });
    expect(on.lastFailure).toBeUndefined();
  });

  test('loses the lease of a holder that never reported back', () => {
    expect(enableConnection(leased(activeConnection()), NOW_MS + HOUR_MS).lease).toBeUndefined();
  });
});

describe('a connection that is connected again', () => {
  test('starts anew, but keeps its generation, its record of calls and versions, and who is notified', () => {
    const off = disableConnection(
      activeConnection({
        generation: 9,
        mintsMs: [NOW_MS - 1],
        publishesMs: [NOW_MS - 2],
        complaints: { mintsMs: [NOW_MS - 3], challengedGeneration: 8, inARow: 4 },
        refusedCredentials: [{ versionId: 'credentials-1', firstAtMs: NOW_MS, atMs: NOW_MS }],
        incidents: [{ problem: 'blocked', sinceMs: NOW_MS, state: 'notified' }],
        severity: 'page',
      }),
      'disconnected',
      NOW_MS,
    );

    expect(reconnect(off, 'connected', NOW_MS + MINUTE_MS)).toEqual({
      name: off.name,
      status: 'pending',
      source: 'connected',
      generation: 9,
      publishedGeneration: 0,
      lease: undefined,
      nextAttemptAtMs: NOW_MS + MINUTE_MS,
      token: undefined,
      apiDomain: undefined,
      dataCenter: undefined,
      scope: undefined,
      mintsMs: [NOW_MS - 1],
      publishesMs: [NOW_MS - 2],
      complaints: { mintsMs: [NOW_MS - 3], challengedGeneration: undefined, inARow: 0 },
      failures: 0,
      lastFailure: undefined,
      credentialsVersionId: undefined,
      refusedCredentials: [],
      incidents: [{ problem: 'blocked', sinceMs: NOW_MS, state: 'notified' }],
      severity: 'page',
      incarnation: 1,
    });
  });

  test('counts how often a connection was connected anew', () => {
    const once = reconnect(activeConnection(), 'connected', NOW_MS);

    expect(reconnect(once, 'connected', NOW_MS).incarnation).toBe(2);
  });

  test.each([
    [
      'that was revoked waits for others than those',
      revokeConnection(activeConnection(), 'v-2', NOW_MS),
      'v-2',
    ],
    [
      'that was refused waits for others',
      disableConnection(blockedConnection(), 'disconnected', NOW_MS),
      'credentials-1',
    ],
    ['that is blocked waits for others', blockedConnection(), 'credentials-1'],
    [
      'that was in use waits for none',
      disableConnection(activeConnection(), 'disconnected', NOW_MS),
      undefined,
    ],
    [
      'that was paused is asked about again',
      disableConnection(blockedConnection(), 'paused', NOW_MS),
      undefined,
    ],
  ])('with credentials %s', (_, row, expected) => {
    expect(reconnect(row, 'connected', NOW_MS).endedCredentials).toBe(expected);
  });

  test('forgets incidents that its previous account had, and that no one was notified about', () => {
    const incidents = [
      { problem: 'scope-drift', sinceMs: NOW_MS, state: 'notified' },
      { problem: 'blocked', sinceMs: NOW_MS, state: 'begun' },
    ] as const;

    expect(reconnect(activeConnection({ incidents }), 'connected', NOW_MS).incidents).toEqual([]);
  });

  test('counts the version that a dead holder may have written', () => {
    const dead = leased(activeConnection({ publishesMs: [] }));

    expect(reconnect(dead, 'connected', NOW_MS + HOUR_MS).publishesMs).toHaveLength(1);
  });
});

function leased(connection: Connection): Connection {
  return acquireLease(connection, { owner: 'dead', nowMs: NOW_MS, leaseMs: 75_000 });
}

test('a connection that is about to be declared waits for it, without the lease of a holder that died', () => {
  const seen = activeConnection({
    source: 'connected',
    failures: 2,
    lease: { owner: 'dead', untilMs: NOW_MS },
    nextAttemptAtMs: NOW_MS - MINUTE_MS,
  });

  const waiting = awaitDeclaration(seen, NOW_MS);

  expect(waiting).toEqual({
    ...seen,
    lease: undefined,
    publishesMs: [...seen.publishesMs, NOW_MS],
    source: 'declared',
    status: 'disabled',
    nextAttemptAtMs: NOW_MS,
    failures: 0,
    lastFailure: { code: 'undeclared', message: expect.any(String), atMs: NOW_MS },
  });
  expect(isDisabledByOperator(waiting)).toBe(false);
  expect(awaitDeclaration(blockedConnection(), NOW_MS).endedCredentials).toBe('credentials-1');
});
