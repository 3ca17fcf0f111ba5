import { describe, expect, test } from 'vitest';
import {
  hadCredentials,
  hasValidToken,
  isInService,
  scheduledAtMs,
  shouldHaveValidToken,
} from '../../../../lambdas/core/connection/connection.ts';
import { correctTimes } from '../../../../lambdas/core/connection/impossible-times.ts';
import {
  enableConnection,
  revokeConnection,
} from '../../../../lambdas/core/connection/operator-transitions.ts';
import { DUE_INDEX, EXPIRY_INDEX } from '../../../../lambdas/core/connection/table-indexes.ts';
import {
  activeConnection,
  blockedConnection,
  HOUR_MS,
  NOW_MS,
  pendingConnection,
} from '../../../support/builders.ts';

describe('a connection', () => {
  const { token } = activeConnection();

  test.each([
    ['credentials that were judged', pendingConnection({ credentialsVersionId: 'v' }), true],
    ['a token that was published', pendingConnection({ token }), true],
    ['neither', pendingConnection(), false],
  ])('had credentials if it has %s: %#', (_, connection, expected) => {
    expect(hadCredentials(connection)).toBe(expected);
  });

  test.each([
    [undefined, 5],
    [3, 3],
    [7, 5],
  ])('whose attempt is due at 5 and whose notification at %s is looked at at %i', (notifyAtMs, atMs) => {
    expect(scheduledAtMs({ nextAttemptAtMs: 5, notifyAtMs })).toBe(atMs);
  });

  test('is in service while it is active or cools down', () => {
    const statuses = ['pending', 'active', 'cooling-down', 'blocked', 'disabled', undefined];

    expect(statuses.filter(isInService)).toEqual(['active', 'cooling-down']);
  });

  test('has no valid token without one, or at its expiry', () => {
    expect(hasValidToken({ token: undefined }, 0)).toBe(false);
    expect(hasValidToken({ token }, (token?.expiresAtMs ?? 0) - 1)).toBe(true);
    expect(hasValidToken({ token }, token?.expiresAtMs ?? 0)).toBe(false);
  });

  test('whose authorization has ended is expected to have a valid token once it is authorized again', () => {
    const ended = pendingConnection({ token, endedCredentials: 'credentials-1' });

    expect(shouldHaveValidToken(ended)).toBe(false);
    expect(shouldHaveValidToken({ ...ended, endedCredentials: undefined })).toBe(true);
    expect(shouldHaveValidToken({ ...ended, status: 'active' })).toBe(true);
  });

  test('that is revoked is disabled for that reason, and its credentials count as ended', () => {
    expect(revokeConnection(activeConnection(), 'credentials-3', NOW_MS)).toMatchObject({
      status: 'disabled',
      lastFailure: { code: 'revoked' },
      endedCredentials: 'credentials-3',
    });
  });

  test('that is enabled again forgets which credentials were refused', () => {
    const refusedCredentials = [{ versionId: 'v', firstAtMs: NOW_MS, atMs: NOW_MS }];

    expect(enableConnection(blockedConnection({ refusedCredentials }), NOW_MS).refusedCredentials).toEqual(
      [],
    );
  });
});

describe('impossible times', () => {
  test('are corrected of a blocked connection as well', () => {
    const ahead = blockedConnection({ blockedAtMs: NOW_MS + HOUR_MS });

    expect(correctTimes(ahead, NOW_MS)).toMatchObject({
      attributes: ['blockedAt'],
      connection: { blockedAtMs: NOW_MS },
    });
  });

  test('are corrected of a connection without a token', () => {
    const ahead = pendingConnection({ nextAttemptAtMs: NOW_MS + 3 * HOUR_MS });

    expect(correctTimes(ahead, NOW_MS)?.connection).toMatchObject({
      token: undefined,
      nextAttemptAtMs: NOW_MS,
    });
  });
});

test('the indexes of the table have the names that the template gives them', () => {
  expect([DUE_INDEX, EXPIRY_INDEX]).toEqual(['due', 'expiry']);
});
