import { describe, expect, test } from 'vitest';
import type { Connection, RefusedCredentials } from '../../../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../../../lambdas/core/connection/lease.ts';
import {
  disableConnection,
  enableConnection,
} from '../../../../lambdas/core/connection/operator-transitions.ts';
import type { FailureCode } from '../../../../lambdas/core/failures.ts';
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
  askedAgainAtMs,
  isRefusedOnce,
  recentRefusals,
  recordAcceptance,
  recordRefusal,
} from '../../../../lambdas/core/refresh/refused-credentials.ts';
import {
  accessToken,
  activeConnection,
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
const SECOND_MS = 1_000;

/** A version that was refused first and last this long ago. */
const refusedAgo = (versionId: string, agoMs: number, firstAgoMs = agoMs): RefusedCredentials => ({
  versionId,
  firstAtMs: NOW_MS - firstAgoMs,
  atMs: NOW_MS - agoMs,
});

/** Two versions that have been refused for hours, of which `credentials-2` was refused last. */
const twiceRefused = blockedConnection({
  credentialsVersionId: 'credentials-2',
  refusedCredentials: [
    refusedAgo('credentials-1', 11 * MINUTE_MS, 5 * HOUR_MS),
    refusedAgo('credentials-2', 10 * MINUTE_MS, 5 * HOUR_MS),
  ],
});

/** The row after Zoho refused the credentials of a connection at these seconds, each time asked by the schedule. */
function refusedAt(
  seconds: readonly number[],
  {
    from = dueConnection(),
    code = 'invalid_code' as FailureCode,
    versionId = 'credentials-1',
    isMassRefusal = false,
  } = {},
): Connection {
  return seconds.reduce((seen, second) => {
    const nowMs = NOW_MS + second * SECOND_MS;
    const leased = acquireLease(seen, { owner: 'owner-1', nowMs, leaseMs: 75_000 });
    const attempt = failedAttempt(code, { credentialsVersionId: versionId, isMassRefusal });
    return afterFailure({ seen, leased }, attempt, { nowMs, random: () => 0.5 });
  }, from);
}

describe('a connection whose credentials Zoho refuses after it accepted them', () => {
  const ticks = (count: number) => Array.from({ length: count }, (_, minute) => minute * 60);
  const asked = (row: Connection, second: number) =>
    decideWithCredentials(row, scheduled, 'credentials-1', NOW_MS + second * SECOND_MS).action === 'mint';

  test('is asked again after about 1, 3 and 8 minutes, then every 6 until an hour has passed, then every hour', () => {
    const times: number[] = [];
    ticks(240).reduce((row, second) => {
      if (second !== 0 && !asked(row, second)) return row;
      times.push(second / 60);
      return refusedAt([second], { from: row });
    }, dueConnection());

    expect(times).toEqual([0, 1, 3, 8, 14, 20, 26, 32, 38, 44, 50, 56, 62, 122, 182]);
  });

  test.each(Array.from({ length: 60 }, (_, index) => index + 1))(
    'has a token at most 3 minutes after a wrong refusal of %d minutes, however close to a tick that ends',
    (minutes) => {
      const endsAt = minutes * 60 + 1;
      const expiresAtMs = NOW_MS + 5 * MINUTE_MS;
      const token = { versionId: 'v', issuedAtMs: expiresAtMs - HOUR_MS, expiresAtMs };
      const recoversAt = ticks(180).reduce<{ row: Connection; at?: number }>(
        ({ row, at }, second) => {
          const isAsked = at === undefined && (second === 0 || asked(row, second));
          if (!isAsked) return { row, ...(at === undefined ? {} : { at }) };
          return second < endsAt ? { row: refusedAt([second], { from: row }) } : { row, at: second };
        },
        { row: dueConnection({ token }) },
      ).at;

      const withoutToken = Math.max(0, (recoversAt ?? Number.NaN) - 5 * 60);
      expect(withoutToken).toBeLessThanOrEqual((minutes + 3) * 60);
    },
  );

  test('is not blocked while the token is valid and the refusal is not confirmed', () => {
    expect(refusedAt([0, 60])).toMatchObject({
      status: 'active',
      failures: 2,
      lastFailure: {
        code: 'invalid_code',
        message: expect.stringMatching(/^Not confirmed: .*what invalid_code means$/),
      },
      token: dueConnection().token,
    });
  });

  test('is blocked when Zoho repeats the refusal two and a half minutes after the first', () => {
    expect(refusedAt([0, 60, 149]).status).toBe('active');
    expect(refusedAt([0, 60, 150])).toMatchObject({
      status: 'blocked',
      lastFailure: { code: 'invalid_code', message: 'what invalid_code means' },
    });
  });

  test.each([
    [
      'the token has expired',
      { from: dueConnection({ token: { versionId: 'v', issuedAtMs: 0, expiresAtMs: NOW_MS } }) },
    ],
    ['there is no token', { from: dueConnection({ token: undefined }) }],
    ['Zoho has never accepted these credentials', { versionId: 'credentials-2' }],
    ['our own parser refuses them', { code: 'malformed_credentials' as FailureCode }],
    ['their data center does not exist', { code: 'unknown_data_center' as FailureCode }],
    ['the connection was never authorized', { from: pendingConnection() }],
  ])('is blocked at once if %s', (_, given) => {
    expect(refusedAt([0], given).status).toBe('blocked');
  });

  test('is active, and no longer cools down', () => {
    const cooling = dueConnection({ status: 'cooling-down', ...refusedEarlier('throttled') });

    expect(refusedAt([0], { from: cooling }).status).toBe('active');
  });

  test('is not blocked for an hour if Zoho refuses many connections at once, even without a valid token', () => {
    const expired = dueConnection({ token: { versionId: 'v', issuedAtMs: 0, expiresAtMs: NOW_MS } });
    const refusedFor = (seconds: number) => refusedAt([0, seconds], { from: expired, isMassRefusal: true });

    expect(refusedFor(3599)).toMatchObject({
      status: 'active',
      lastFailure: { message: expect.stringContaining('a problem of Zoho') },
    });
    expect(refusedFor(3600).status).toBe('blocked');
  });

  test('is asked again at the next tick after new credentials, whatever was refused before', () => {
    expect(decideWithCredentials(refusedAt([0]), scheduled, 'credentials-2', NOW_MS + SECOND_MS).action).toBe(
      'mint',
    );
  });

  test.each([
    ['the schedule', scheduled, 'none'],
    ['a consumer', rejected(7), 'none'],
    ['an operator', byOperator, 'mint'],
  ] as const)('is asked at once for an operator only: %s', (_, request, action) => {
    expect(decideWithCredentials(refusedAt([0]), request, 'credentials-1', NOW_MS + SECOND_MS).action).toBe(
      action,
    );
  });

  test('answers consumers that the refresh failed while the token is valid, and that it is blocked later', () => {
    const answered = (row: Connection) =>
      decideWithCredentials(row, rejected(7), 'credentials-1', NOW_MS + SECOND_MS);
    const expired = { token: { versionId: 'v', issuedAtMs: 0, expiresAtMs: NOW_MS + SECOND_MS } };

    expect(answered(refusedAt([0]))).toMatchObject({
      reason: 'refused-once',
      outcome: 'failed',
      retryAtMs: NOW_MS + 45_000,
    });
    expect(answered({ ...refusedAt([0]), ...expired })).toMatchObject({
      reason: 'refused-credentials',
      outcome: 'blocked',
    });
    expect(answered(refusedAt([-180, -120, 0]))).toMatchObject({
      reason: 'refused-credentials',
      outcome: 'blocked',
    });
  });

  test('is not asked within ten minutes of an answer that settles nothing, because that may be a throttle', () => {
    const blocked = refusedAt([0, 60, 180]);
    const throttled = refusedAt([480], { from: blocked, code: 'throttled' });

    expect(throttled.status).toBe('blocked');
    expect(asked(throttled, 480 + 599)).toBe(false);
    expect(asked(throttled, 480 + 600)).toBe(true);
  });

  test('is asked an hour at the latest after the last refusal, whatever its clock said at the first', () => {
    const aheadMs = 24 * HOUR_MS;
    const refusal = { versionId: 'credentials-1', firstAtMs: NOW_MS + aheadMs, atMs: NOW_MS };

    expect(askedAgainAtMs(refusal)).toBe(NOW_MS + HOUR_MS);
  });

  test.each([
    [44, 1],
    [45, 120],
    [165, 300],
    [465, 345],
    [3599, 345],
    [3600, 3600],
  ])('after a refusal %i s after the first: %i s later', (sinceFirst, later) => {
    const firstAtMs = NOW_MS - sinceFirst * SECOND_MS;

    expect(askedAgainAtMs({ versionId: 'v', firstAtMs, atMs: NOW_MS })).toBe(NOW_MS + later * SECOND_MS);
  });

  test('is asked as a probe', () => {
    expect(
      decideWithCredentials(refusedAt([0]), scheduled, 'credentials-1', NOW_MS + 45 * SECOND_MS),
    ).toMatchObject({ action: 'mint', reason: 'probe' });
  });

  test('is blocked at once if neither the refused version nor the accepted one is known', () => {
    const failure = { failure: failureOf('invalid_code'), isMassRefusal: false };
    const seen = dueConnection({ credentialsVersionId: undefined });

    expect(withFailure(seen, { ...failure, credentialsVersionId: undefined }, BY_CHANCE).status).toBe(
      'blocked',
    );
  });
});

describe('a refusal that is not confirmed', () => {
  const lastFailure = { ...failureOf('invalid_code'), atMs: NOW_MS };
  test.each([
    ['active', true],
    ['cooling-down', true],
    ['blocked', false],
    ['pending', false],
    ['disabled', false],
  ] as const)('belongs to a connection that is in service: %s is %s', (status, expected) => {
    expect(isRefusedOnce(activeConnection({ status, lastFailure }))).toBe(expected);
  });

  test.each([
    ['invalid_client', true],
    ['timeout', false],
    ['throttled', false],
  ] as const)('is one of Zoho: %s is %s', (code, expected) => {
    expect(isRefusedOnce(activeConnection({ lastFailure: { ...lastFailure, code } }))).toBe(expected);
  });

  test('is none without a failure', () => {
    expect(isRefusedOnce(activeConnection())).toBe(false);
  });
});

describe('refused credentials', () => {
  test.each([
    ['the schedule', scheduled],
    ['a consumer', rejected(7)],
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
      retryAtMs: NOW_MS + 5 * MINUTE_MS,
    });
  });

  test('cost an active connection no look once Zoho may be asked again', () => {
    const connection = dueConnection({
      refusedCredentials: [refusedAgo('credentials-1', HOUR_MS, 2 * HOUR_MS)],
    });

    expect(decide(connection, scheduled, NOW_MS)).toMatchObject({ action: 'mint' });
  });

  test('are looked at again at the moment when the first of them may be tried', () => {
    const long = 3 * HOUR_MS;
    const connection = dueConnection({
      refusedCredentials: [
        refusedAgo('credentials-0', HOUR_MS, long),
        refusedAgo('credentials-1', HOUR_MS - 2 * MINUTE_MS, long),
        refusedAgo('credentials-2', HOUR_MS - 3 * MINUTE_MS, long),
      ],
    });

    expect(nextLookAtMs(connection, NOW_MS)).toBe(NOW_MS + 2 * MINUTE_MS);
  });

  test('are looked at again in five minutes if Zoho never judged any', () => {
    const seen = blockedConnection({
      credentialsVersionId: undefined,
      mintsMs: [NOW_MS - 57 * MINUTE_MS],
      lastFailure: { ...failureOf('malformed_credentials'), atMs: NOW_MS - 57 * MINUTE_MS },
    });

    expect(nextLookAtMs(seen, NOW_MS)).toBe(NOW_MS + 5 * MINUTE_MS);
  });
});

describe('the record of refused credentials', () => {
  test('grows by the version that Zoho refused', () => {
    const seen = dueConnection({ refusedCredentials: [refusedAgo('credentials-0', 30 * SECOND_MS)] });

    const next = afterFailure({ seen, leased: leaseOf(seen) }, failedAttempt('invalid_code'), BY_CHANCE);

    expect(next.refusedCredentials).toEqual([
      refusedAgo('credentials-0', 30 * SECOND_MS),
      refusedAgo('credentials-1', 0),
    ]);
  });

  test('stays as it is when the version is not known', () => {
    const failure = {
      failure: failureOf('malformed_credentials'),
      credentialsVersionId: undefined,
      isMassRefusal: false,
    };

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
      refusedAgo('credentials-2', 10 * MINUTE_MS, 5 * HOUR_MS),
    ]);
  });

  test('loses the version that Zoho accepted although the publish failed', () => {
    const attempt = failedAttempt('aws_unavailable', { tokenWasMinted: true });

    const next = afterFailure({ seen: twiceRefused, leased: leaseOf(twiceRefused) }, attempt, BY_CHANCE);

    expect(next.refusedCredentials).toEqual([refusedAgo('credentials-2', 10 * MINUTE_MS, 5 * HOUR_MS)]);
  });

  test('is forgotten when an operator resumes the connection', () => {
    expect(
      enableConnection(disableConnection(twiceRefused, 'paused', NOW_MS), NOW_MS).refusedCredentials,
    ).toEqual([]);
  });

  test('holds a version once, with the times of the first and the last refusal', () => {
    const once = recordRefusal([], 'credentials-1', NOW_MS);

    for (const atMs of [NOW_MS + 1, NOW_MS + 2 * HOUR_MS])
      expect(recordRefusal(once, 'credentials-1', atMs)).toEqual([
        { versionId: 'credentials-1', firstAtMs: NOW_MS, atMs },
      ]);
  });

  test('holds those that still count, and at most 50 versions', () => {
    const old = [
      refusedAgo('credentials-0', HOUR_MS, 2 * HOUR_MS),
      refusedAgo('credentials-1', HOUR_MS - 1, 2 * HOUR_MS),
    ];
    const many = Array.from({ length: 50 }, (_, index) => refusedAgo(`version-${index}`, 1));

    expect(recentRefusals(old, NOW_MS)).toEqual([refusedAgo('credentials-1', HOUR_MS - 1, 2 * HOUR_MS)]);
    expect(recordRefusal(many, 'newest', NOW_MS)).toHaveLength(50);
    expect(recordRefusal(many, 'newest', NOW_MS).at(-1)).toEqual({
      versionId: 'newest',
      firstAtMs: NOW_MS,
      atMs: NOW_MS,
    });
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

function refusedEarlier(code: FailureCode): Partial<Connection> {
  return { failures: 1, lastFailure: { ...failureOf(code), atMs: NOW_MS - HOUR_MS } };
}
