import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../../../lambdas/core/connection/lease.ts';
import type { FailureCode } from '../../../../lambdas/core/failures.ts';
import { decline } from '../../../../lambdas/core/refresh/refresh-decision.ts';
import {
  afterDecline,
  afterFailure,
  afterSuccess,
  type FailedAttempt,
  withFailure,
} from '../../../../lambdas/core/refresh/refresh-transitions.ts';
import {
  accessToken,
  activeConnection,
  blockedConnection,
  byOperator,
  coolingDownConnection,
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

const LATER_MS = NOW_MS + 5 * MINUTE_MS;
const random = () => 0.5;
const lookWithoutCredentials = { credentialsVersionId: undefined };
const atNow = { nowMs: NOW_MS, random };

describe('a token that was published', () => {
  const published = {
    token: accessToken(),
    versionId: 'version-of-8',
    credentialsVersionId: 'credentials-2',
  };

  test('gives the lease back, plans the next refresh, and becomes what the row knows', () => {
    const next = afterSuccess(leaseOf(dueConnection()), published);

    expect(next).toMatchObject({
      status: 'active',
      generation: 8,
      publishedGeneration: 8,
      lease: undefined,
      nextAttemptAtMs: NOW_MS + 54 * MINUTE_MS,
      token: { versionId: 'version-of-8', issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + HOUR_MS },
      apiDomain: 'https://www.zohoapis.eu',
      dataCenter: 'eu',
      scope: 'ZohoCRM.modules.ALL',
      credentialsVersionId: 'credentials-2',
    });
  });

  test.each([
    ['blocked', blockedConnection()],
    ['throttled', coolingDownConnection()],
    ['pending', pendingConnection()],
  ])('heals a connection that was %s, and its failures are forgotten', (_, connection) => {
    const next = afterSuccess(leaseOf(connection), published);

    expect(next).toMatchObject({ status: 'active', failures: 0, lastFailure: undefined });
  });

  test('counts as a mint and as a version', () => {
    const next = afterSuccess(leaseOf(dueConnection({ mintsMs: [], publishesMs: [] })), published);

    expect(next.mintsMs).toEqual([NOW_MS]);
    expect(next.publishesMs).toEqual([NOW_MS]);
  });
});

describe('a failed attempt', () => {
  test('leaves the published token alone', () => {
    const seen = dueConnection();

    const next = afterFailureOf(seen, 'invalid_code');

    expect(next).toMatchObject({
      token: seen.token,
      publishedGeneration: seen.publishedGeneration,
      apiDomain: seen.apiDomain,
      dataCenter: seen.dataCenter,
      scope: seen.scope,
    });
  });

  test('gives the lease back, and keeps the generation', () => {
    const next = afterFailureOf(dueConnection({ generation: 7 }), 'timeout');

    expect(next).toMatchObject({ lease: undefined, generation: 8 });
  });

  test('is written down with its code, its message and its time', () => {
    expect(afterFailureOf(dueConnection(), 'timeout').lastFailure).toEqual({
      code: 'timeout',
      message: 'what timeout means',
      atMs: NOW_MS,
    });
  });

  test('counts the call of Zoho, unless it is certain that there was none', () => {
    const seen = dueConnection({ mintsMs: [NOW_MS - MINUTE_MS] });

    expect(afterFailureOf(seen, 'timeout').mintsMs).toEqual([NOW_MS - MINUTE_MS, NOW_MS]);
    expect(afterFailureOf(seen, 'aws_throttled', { zohoWasAsked: false }).mintsMs).toEqual([
      NOW_MS - MINUTE_MS,
    ]);
  });

  test('counts the version that it may have written', () => {
    const seen = dueConnection({ publishesMs: [] });

    expect(afterFailureOf(seen, 'aws_unavailable').publishesMs).toEqual([]);
    expect(afterFailureOf(seen, 'aws_unavailable', { versionMayBeWritten: true }).publishesMs).toEqual([
      NOW_MS,
    ]);
  });

  test('takes over a higher generation that it found in the secret, and no lower one', () => {
    const seen = dueConnection({ generation: 7 });

    expect(afterFailureOf(seen, 'superseded', { generationFound: 40 }).generation).toBe(40);
    expect(afterFailureOf(seen, 'superseded', { generationFound: 3 }).generation).toBe(8);
  });
});

describe('a token that Zoho gave and that could not be published', () => {
  test.each(['blocked', 'cooling-down', 'pending'] as const)(
    'ends %s: the credentials are good, and it is tried again soon',
    (status) => {
      const seen = dueConnection({ status, credentialsVersionId: 'credentials-1' });
      const attempt = { tokenWasMinted: true, credentialsVersionId: 'credentials-1' };

      const next = afterFailureOf(seen, 'superseded', attempt);

      expect(next.status).toBe('active');
      expect(next.nextAttemptAtMs).toBeLessThanOrEqual(NOW_MS + 15_000);
    },
  );
});

describe('a failure that will pass', () => {
  test.each([
    'timeout',
    'server_error',
    'unknown_zoho_error',
    'aws_access_denied',
    'aws_kms_denied',
  ] as const)('backs off and leaves the connection active: %s', (code) => {
    expect(afterFailureOf(dueConnection(), code)).toMatchObject({
      status: 'active',
      failures: 1,
      nextAttemptAtMs: NOW_MS + 7_500,
    });
  });

  test('backs off further every time', () => {
    const lastFailure = { ...failureOf('timeout'), atMs: NOW_MS };

    const next = afterFailureOf(dueConnection({ failures: 2, lastFailure }), 'server_error');

    expect(next).toMatchObject({ failures: 3, nextAttemptAtMs: NOW_MS + 30_000 });
  });

  test('leaves a pending connection pending', () => {
    expect(afterFailureOf(pendingConnection(), 'timeout').status).toBe('pending');
  });
});

describe('a throttle', () => {
  test('leaves Zoho alone for ten minutes and more', () => {
    expect(afterFailureOf(dueConnection(), 'throttled')).toMatchObject({
      status: 'cooling-down',
      failures: 1,
      nextAttemptAtMs: NOW_MS + 10.5 * MINUTE_MS,
    });
  });

  test('doubles that when Zoho throttles again', () => {
    expect(afterFailureOf(coolingDownConnection({ failures: 1 }), 'throttled')).toMatchObject({
      failures: 2,
      nextAttemptAtMs: NOW_MS + 20.5 * MINUTE_MS,
    });
  });

  test('after an outage starts a count of its own', () => {
    const lastFailure = { ...failureOf('timeout'), atMs: NOW_MS };

    expect(afterFailureOf(dueConnection({ failures: 9, lastFailure }), 'throttled').failures).toBe(1);
  });

  test('is never taken for a dead credential', () => {
    const next = afterFailureOf(coolingDownConnection({ failures: 50 }), 'throttled');

    expect(next.status).toBe('cooling-down');
  });
});

describe('a definite refusal', () => {
  const definite = [
    'invalid_code',
    'invalid_grant',
    'invalid_token',
    'invalid_client',
    'invalid_client_secret',
    'malformed_credentials',
    'unknown_data_center',
  ] as const;

  test.each(definite)('blocks, and remembers which credentials were refused: %s', (code) => {
    const next = afterFailureOf(dueConnection(), code, { credentialsVersionId: 'credentials-2' });

    expect(next).toMatchObject({
      status: 'blocked',
      credentialsVersionId: 'credentials-2',
      nextAttemptAtMs: NOW_MS + 5 * MINUTE_MS,
    });
  });

  test('of an old version does not hide that the credentials are new: they were not judged', () => {
    const next = afterFailureOf(dueConnection(), 'timeout', { credentialsVersionId: 'credentials-2' });

    expect(next.credentialsVersionId).toBe('credentials-1');
  });
});

describe('a blocked connection', () => {
  test.each(['timeout', 'throttled', 'aws_unavailable'] as const)(
    'stays blocked for the same reason when its hourly probe fails otherwise: %s',
    (code) => {
      const blocked = blockedConnection();

      expect(afterFailureOf(blocked, code)).toMatchObject({
        status: 'blocked',
        lastFailure: blocked.lastFailure,
        failures: blocked.failures,
        nextAttemptAtMs: NOW_MS + 5 * MINUTE_MS,
      });
    },
  );

  test('stays blocked for the same reason when its credentials could not be read', () => {
    const blocked = blockedConnection();
    const failure = failureOf('aws_unavailable');

    const next = withFailure(blocked, { failure, ...lookWithoutCredentials }, atNow);

    expect(next).toEqual({ ...blocked, nextAttemptAtMs: NOW_MS + 5 * MINUTE_MS });
  });

  test('is tried again soon when its new credentials met an outage', () => {
    const next = afterFailureOf(blockedConnection(), 'timeout', { credentialsVersionId: 'credentials-2' });

    expect(next.nextAttemptAtMs).toBe(NOW_MS + 7_500);
    expect(next.credentialsVersionId).toBe('credentials-1');
  });

  test('cools down when its new credentials met a throttle: nothing definite is known of them', () => {
    const next = afterFailureOf(blockedConnection(), 'throttled', { credentialsVersionId: 'credentials-2' });

    expect(next.status).toBe('cooling-down');
  });

  test('becomes pending when its credentials are gone', () => {
    const failure = failureOf('no_credentials');

    const next = withFailure(blockedConnection(), { failure, ...lookWithoutCredentials }, atNow);

    expect(next).toMatchObject({ status: 'pending', nextAttemptAtMs: NOW_MS + 5 * MINUTE_MS });
  });

  test('keeps the reason for the block at every look that finds nothing new', () => {
    const blocked = blockedConnection();

    expect(afterDecline(blocked, scheduled, decline('refused-credentials', LATER_MS))).toEqual({
      ...blocked,
      nextAttemptAtMs: LATER_MS,
    });
  });
});

describe('a decline', () => {
  test.each([
    ['refused-credentials', scheduled, LATER_MS],
    ['budget-exhausted', scheduled, LATER_MS],
    ['refused-credentials', byOperator, NOW_MS],
    ['budget-exhausted', rejected(7), NOW_MS],
    ['leased', scheduled, NOW_MS],
    ['not-due', scheduled, NOW_MS],
  ] as const)('for %s, to %o, leaves the next attempt at %d', (reason, request, nextAttemptAtMs) => {
    const seen = dueConnection();

    const next = afterDecline(seen, request, decline(reason, LATER_MS));

    expect(next).toEqual({ ...seen, nextAttemptAtMs });
  });

  test('that does not say when asking again may help leaves the row as it is', () => {
    const seen = dueConnection();

    expect(afterDecline(seen, scheduled, decline('budget-exhausted'))).toBe(seen);
  });
});

describe('a look at the credentials that did not work out', () => {
  test('leaves a connection without credentials pending, to be looked at in five minutes', () => {
    const failure = failureOf('no_credentials');

    const next = withFailure(pendingConnection(), { failure, ...lookWithoutCredentials }, atNow);

    expect(next).toMatchObject({
      status: 'pending',
      nextAttemptAtMs: NOW_MS + 5 * MINUTE_MS,
      lastFailure: { code: 'no_credentials' },
    });
  });
});

describe('a connection that is no longer declared', () => {
  const failure = failureOf('undeclared');

  test.each([
    ['active', activeConnection()],
    ['throttled', coolingDownConnection()],
    ['pending', pendingConnection()],
    ['blocked', blockedConnection()],
  ])('is disabled when it was %s, and the reason is written down', (_, connection) => {
    const next = withFailure(connection, { failure, ...lookWithoutCredentials }, atNow);

    expect(next).toMatchObject({ status: 'disabled', lastFailure: { code: 'undeclared' } });
  });

  test('is rescheduled, so that a lease on what it was is refused, however late it comes', () => {
    const seen = activeConnection({ nextAttemptAtMs: NOW_MS - MINUTE_MS });

    const next = withFailure(seen, { failure, ...lookWithoutCredentials }, atNow);

    expect(next.nextAttemptAtMs).toBe(NOW_MS);
  });
});

function leaseOf(connection: Connection) {
  return acquireLease(connection, { owner: 'attempt-1', nowMs: NOW_MS, leaseMs: 75_000 });
}

function afterFailureOf(
  seen: Connection,
  code: FailureCode,
  overrides: Partial<FailedAttempt> = {},
): Connection {
  return afterFailure({ seen, leased: leaseOf(seen) }, failedAttempt(code, overrides), atNow);
}
