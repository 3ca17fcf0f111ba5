import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../../../lambdas/core/connection/lease.ts';
import {
  disableConnection,
  enableConnection,
} from '../../../../lambdas/core/connection/operator-transitions.ts';
import {
  decide,
  decideWithCredentials,
  nextLookAtMs,
} from '../../../../lambdas/core/refresh/refresh-decision.ts';
import {
  afterFailure,
  afterSuccess,
  withFailure,
} from '../../../../lambdas/core/refresh/refresh-transitions.ts';
import {
  recentRefusals,
  recordAcceptance,
  recordRefusal,
} from '../../../../lambdas/core/refresh/refused-credentials.ts';
import {
  accessToken,
  blockedConnection,
  byOperator,
  dueConnection,
  failedAttempt,
  failureOf,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
  rejected,
  scheduled,
} from '../../../support/builders.ts';

const BY_CHANCE = { nowMs: NOW_MS, random: () => 0.5 };
const refusedAgo = (versionId: string, agoMs: number) => ({ versionId, atMs: NOW_MS - agoMs });

/** Two refused versions, of which `credentials-2` was refused last. */
const twiceRefused = blockedConnection({
  credentialsVersionId: 'credentials-2',
  refusedCredentials: [
    refusedAgo('credentials-1', 11 * MINUTE_MS),
    refusedAgo('credentials-2', 10 * MINUTE_MS),
  ],
});

describe('refused credentials', () => {
  test.each([
    ['the schedule', scheduled],
    ['a consumer', rejected(7)],
    ['an operator', byOperator],
  ])('are not new when they are read again after others were refused, for %s', (_, request) => {
    for (const versionId of ['credentials-1', 'credentials-2'])
      expect(decideWithCredentials(twiceRefused, request, versionId, NOW_MS)).toMatchObject({
        action: 'none',
        outcome: 'blocked',
      });
  });

  test('may be tried again an hour after they were refused themselves', () => {
    const at = (nowMs: number) => decideWithCredentials(twiceRefused, scheduled, 'credentials-1', nowMs);

    expect(at(NOW_MS + 49 * MINUTE_MS - 1)).toMatchObject({ action: 'none' });
    expect(at(NOW_MS + 49 * MINUTE_MS)).toMatchObject({ action: 'mint' });
  });

  test('leave other credentials to be tried at once', () => {
    expect(decideWithCredentials(twiceRefused, scheduled, 'credentials-3', NOW_MS)).toMatchObject({
      action: 'mint',
    });
  });

  test.each([
    ['active', dueConnection({ refusedCredentials: twiceRefused.refusedCredentials })],
    ['pending', pendingConnection({ refusedCredentials: twiceRefused.refusedCredentials })],
  ])('are looked for before Zoho is asked while the connection is %s again', (_, connection) => {
    expect(decide(connection, scheduled, NOW_MS)).toMatchObject({ action: 'check-credentials' });
    expect(decideWithCredentials(connection, scheduled, 'credentials-2', NOW_MS)).toMatchObject({
      action: 'none',
      outcome: 'blocked',
      retryAtMs: NOW_MS + 5 * MINUTE_MS,
    });
  });

  test('cost an active connection no look once the hour is over', () => {
    const connection = dueConnection({ refusedCredentials: [refusedAgo('credentials-1', HOUR_MS)] });

    expect(decide(connection, scheduled, NOW_MS)).toMatchObject({ action: 'mint' });
  });

  test('are looked at again at the moment when the first of them may be tried', () => {
    const connection = dueConnection({
      refusedCredentials: [
        refusedAgo('credentials-0', HOUR_MS),
        refusedAgo('credentials-1', HOUR_MS - 2 * MINUTE_MS),
        refusedAgo('credentials-2', HOUR_MS - 3 * MINUTE_MS),
      ],
    });

    expect(nextLookAtMs(connection, NOW_MS)).toBe(NOW_MS + 2 * MINUTE_MS);
  });
});

describe('the record of refused credentials', () => {
  test('grows by the version that Zoho refused', () => {
    const seen = dueConnection({ refusedCredentials: [refusedAgo('credentials-0', MINUTE_MS)] });

    const next = afterFailure({ seen, leased: leaseOf(seen) }, failedAttempt('invalid_code'), BY_CHANCE);

    expect(next.refusedCredentials).toEqual([
      refusedAgo('credentials-0', MINUTE_MS),
      refusedAgo('credentials-1', 0),
    ]);
  });

  test('stays as it is when the version is not known', () => {
    const failure = { failure: failureOf('malformed_credentials'), credentialsVersionId: undefined };

    expect(withFailure(twiceRefused, failure, BY_CHANCE)).toMatchObject({
      credentialsVersionId: 'credentials-2',
      refusedCredentials: twiceRefused.refusedCredentials,
    });
  });

  test('stays as it is after a failure that is no refusal', () => {
    const seen = dueConnection();

    const next = afterFailure({ seen, leased: leaseOf(seen) }, failedAttempt('timeout'), BY_CHANCE);

    expect(next.refusedCredentials).toEqual([]);
  });

  test('loses the version that Zoho accepted, and keeps the others', () => {
    const published = { token: accessToken(), versionId: 'new', credentialsVersionId: 'credentials-1' };

    expect(afterSuccess(leaseOf(twiceRefused), published).refusedCredentials).toEqual([
      refusedAgo('credentials-2', 10 * MINUTE_MS),
    ]);
  });

  test('loses the version that Zoho accepted although the publish failed', () => {
    const attempt = failedAttempt('aws_unavailable', { tokenWasMinted: true });

    const next = afterFailure({ seen: twiceRefused, leased: leaseOf(twiceRefused) }, attempt, BY_CHANCE);

    expect(next.refusedCredentials).toEqual([refusedAgo('credentials-2', 10 * MINUTE_MS)]);
  });

  test('is forgotten when an operator resumes the connection', () => {
    expect(
      enableConnection(disableConnection(twiceRefused, 'paused', NOW_MS), NOW_MS).refusedCredentials,
    ).toEqual([]);
  });

  test('holds a version once, with the time of the last refusal', () => {
    const once = recordRefusal([], 'credentials-1', NOW_MS);

    expect(recordRefusal(once, 'credentials-1', NOW_MS + 1)).toEqual([
      { versionId: 'credentials-1', atMs: NOW_MS + 1 },
    ]);
  });

  test('holds the last hour only, and at most 50 versions', () => {
    const old = [refusedAgo('credentials-0', HOUR_MS), refusedAgo('credentials-1', HOUR_MS - 1)];
    const many = Array.from({ length: 50 }, (_, index) => refusedAgo(`version-${index}`, 1));

    expect(recentRefusals(old, NOW_MS)).toEqual([refusedAgo('credentials-1', HOUR_MS - 1)]);
    expect(recordRefusal(many, 'newest', NOW_MS)).toHaveLength(50);
    expect(recordRefusal(many, 'newest', NOW_MS).at(-1)).toEqual({ versionId: 'newest', atMs: NOW_MS });
    expect(recordRefusal(old, 'newest', NOW_MS)).toHaveLength(2);
  });

  test('of a version that was never refused is unchanged by its acceptance', () => {
    expect(recordAcceptance(twiceRefused.refusedCredentials, undefined)).toEqual(
      twiceRefused.refusedCredentials,
    );
  });
});

function leaseOf(connection: Connection) {
  return acquireLease(connection, { owner: 'owner-1', nowMs: NOW_MS, leaseMs: 75_000 });
}
