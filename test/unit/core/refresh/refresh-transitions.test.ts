import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../../../lambdas/core/connection/lease.ts';
import type { FailureCode } from '../../../../lambdas/core/failures.ts';
import { decline } from '../../../../lambdas/core/refresh/declines.ts';
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

const atNow = { nowMs: NOW_MS, random: () => 0.5 };
const IN_FIVE_MINUTES_MS = NOW_MS + 5 * MINUTE_MS;
const otherCredentials = { credentialsVersionId: 'credentials-2' };
const afterTimeout = { lastFailure: { ...failureOf('timeout'), atMs: NOW_MS } };
const blocked = blockedConnection();

describe('a token that was published', () => {
  const published = { token: accessToken(), versionId: 'version-of-8', ...otherCredentials };

  test('releases the lease, plans the next refresh, and is recorded in the row', () => {
    expect(afterSuccess(leaseOf(dueConnection()), published)).toMatchObject({
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
    ['blocked', blocked],
    ['throttled', coolingDownConnection()],
    ['pending', pendingConnection()],
  ])('activates a connection that was %s, and resets its failures', (_, connection) => {
    const next = afterSuccess(leaseOf(connection), published);

    expect(next).toMatchObject({ status: 'active', failures: 0, lastFailure: undefined });
  });

  test('records the api_domain that is ignored, until Zoho sends none of that kind', () => {
    const ignored = afterSuccess(leaseOf(dueConnection()), { ...published, ignoredApiDomain: 'a.example' });
    const next = afterSuccess(leaseOf(ignored), published);

    expect([ignored.ignoredApiDomain, next.ignoredApiDomain]).toEqual(['a.example', undefined]);
  });

  test('counts as a mint and as a version', () => {
    const next = afterSuccess(leaseOf(dueConnection({ mintsMs: [], publishesMs: [] })), published);

    expect(next).toMatchObject({ mintsMs: [NOW_MS], publishesMs: [NOW_MS] });
  });
});

describe('a failed attempt', () => {
  test('keeps the published token', () => {
    const seen = dueConnection();
    const { token, publishedGeneration, apiDomain, dataCenter, scope } = seen;

    expect(afterFailureOf(seen, 'invalid_code')).toMatchObject({
      ...{ token, publishedGeneration, apiDomain, dataCenter, scope },
    });
  });

  test('releases the lease, keeps the generation, and is recorded with its code, message and time', () => {
    expect(afterFailureOf(dueConnection({ generation: 7 }), 'timeout')).toMatchObject({
      lease: undefined,
      generation: 8,
      lastFailure: { code: 'timeout', message: 'what timeout means', atMs: NOW_MS },
    });
  });

  test.each<[string, Partial<FailedAttempt>, Partial<Connection>]>([
    ['counts the call to Zoho', {}, { mintsMs: [NOW_MS - 1, NOW_MS] }],
    [
      'counts no call when it is certain that there was none',
      { zohoWasAsked: false },
      { mintsMs: [NOW_MS - 1] },
    ],
    ['counts no version when none was written', {}, { publishesMs: [] }],
    ['counts a version that may have been written', { versionMayBeWritten: true }, { publishesMs: [NOW_MS] }],
    ['adopts a higher generation that it found in the secret', { generationFound: 40 }, { generation: 40 }],
    ['adopts no lower generation', { generationFound: 3 }, { generation: 8 }],
  ])('%s', (_, attempt, expected) => {
    const seen = dueConnection({ generation: 7, mintsMs: [NOW_MS - 1], publishesMs: [] });

    expect(afterFailureOf(seen, 'superseded', attempt)).toMatchObject(expected);
  });

  test('counts the versions of the last day although its clock was set forward by a day', () => {
    const before = [NOW_MS - HOUR_MS, NOW_MS - MINUTE_MS];
    const seen = dueConnection({ publishesMs: before });
    const leased = leaseOf(seen);
    const aDayLater = { ...atNow, nowMs: NOW_MS + 24 * HOUR_MS };

    const next = afterFailure(
      { seen, leased },
      failedAttempt('aws_unavailable', { versionMayBeWritten: true }),
      aDayLater,
    );

    expect(next.publishesMs).toEqual([...before, leased.lease.untilMs]);
  });

  test.each(['blocked', 'cooling-down', 'pending'] as const)(
    'after Zoho issued a token ends %s: the credentials are valid, and it is retried soon',
    (status) => {
      const next = afterFailureOf(dueConnection({ status }), 'superseded', { tokenWasMinted: true });

      expect(next.status).toBe('active');
      expect(next.nextAttemptAtMs).toBeLessThanOrEqual(NOW_MS + 15_000);
    },
  );
});

describe('a token that was issued and not published', () => {
  test('records the credentials that Zoho has accepted', () => {
    const seen = dueConnection();
    const attempt = { tokenWasMinted: true, ...otherCredentials };

    const next = afterFailure(
      { seen, leased: leaseOf(seen) },
      failedAttempt('aws_unavailable', attempt),
      atNow,
    );

    expect(next.credentialsVersionId).toBe('credentials-2');
  });

  test('records none if they are not known, or if none was issued', () => {
    const seen = dueConnection();
    const fail = (attempt: Partial<FailedAttempt>) =>
      afterFailure({ seen, leased: leaseOf(seen) }, failedAttempt('aws_unavailable', attempt), atNow);

    expect(fail({ tokenWasMinted: true, credentialsVersionId: undefined }).credentialsVersionId).toBe(
      'credentials-1',
    );
    expect(fail(otherCredentials).credentialsVersionId).toBe('credentials-1');
  });
});

describe('the row after a failure', () => {
  test.each<[string, FailureCode, Connection, Partial<Connection>]>([
    ...(
      ['timeout', 'server_error', 'unknown_zoho_error', 'aws_access_denied', 'aws_kms_denied'] as const
    ).map((code): [string, FailureCode, Connection, Partial<Connection>] => [
      'backs off and stays active',
      code,
      dueConnection(),
      { status: 'active', failures: 1, nextAttemptAtMs: NOW_MS + 7_500 },
    ]),
    [
      'backs off further every time',
      'server_error',
      dueConnection({ failures: 2, ...afterTimeout }),
      { failures: 3, nextAttemptAtMs: NOW_MS + 30_000 },
    ],
    [
      'waits for ten minutes and more, because each attempt mints a token',
      'token_too_long',
      dueConnection(),
      { status: 'active', failures: 1, nextAttemptAtMs: NOW_MS + 10.5 * MINUTE_MS },
    ],
    [
      'waits for up to half an hour',
      'token_too_long',
      dueConnection({ failures: 2, lastFailure: { ...failureOf('token_too_long'), atMs: NOW_MS } }),
      { status: 'active', failures: 3, nextAttemptAtMs: NOW_MS + 30.5 * MINUTE_MS },
    ],
    [
      'waits on if an operator asks earlier and gets no answer',
      'timeout',
      dueConnection({
        failures: 1,
        lastFailure: { ...failureOf('token_too_long'), atMs: NOW_MS - 9 * MINUTE_MS },
      }),
      {
        failures: 1,
        lastFailure: { ...failureOf('token_too_long'), atMs: NOW_MS - 9 * MINUTE_MS },
        nextAttemptAtMs: NOW_MS + MINUTE_MS,
      },
    ],
    [
      'backs off once that time is over',
      'timeout',
      dueConnection({
        failures: 1,
        lastFailure: { ...failureOf('token_too_long'), atMs: NOW_MS - 10 * MINUTE_MS },
      }),
      { failures: 1, nextAttemptAtMs: NOW_MS + 7_500 },
    ],
    ['stays pending', 'timeout', pendingConnection(), { status: 'pending' }],
    [
      'cools down for ten minutes and more',
      'throttled',
      dueConnection(),
      { status: 'cooling-down', failures: 1, nextAttemptAtMs: NOW_MS + 10.5 * MINUTE_MS },
    ],
    [
      'cools down for twice as long after a second throttle',
      'throttled',
      coolingDownConnection({ failures: 1 }),
      { failures: 2, nextAttemptAtMs: NOW_MS + 20.5 * MINUTE_MS },
    ],
    [
      'counts a throttle after an outage separately',
      'throttled',
      dueConnection({ failures: 9, ...afterTimeout }),
      { failures: 1 },
    ],
    [
      'is never blocked by throttles',
      'throttled',
      coolingDownConnection({ failures: 50 }),
      { status: 'cooling-down' },
    ],
  ])('%s: %s', (_, code, seen, expected) => {
    expect(afterFailureOf(seen, code)).toMatchObject(expected);
  });
});

describe('a definite refusal', () => {
  test.each([
    'invalid_code',
    'invalid_grant',
    'invalid_token',
    'invalid_client',
    'invalid_client_secret',
    'malformed_credentials',
    'unknown_data_center',
  ] as const)('blocks, and records which credentials were refused: %s', (code) => {
    expect(afterFailureOf(dueConnection(), code, otherCredentials)).toMatchObject({
      status: 'blocked',
      credentialsVersionId: 'credentials-2',
      nextAttemptAtMs: NOW_MS + 45_000,
    });
  });

  test('is the only failure that records the version: other failures do not judge it', () => {
    const next = afterFailureOf(dueConnection(), 'timeout', otherCredentials);

    expect(next.credentialsVersionId).toBe('credentials-1');
  });
});

describe('a refusal of credentials that others have replaced', () => {
  const replaced = { successorVersionId: 'credentials-2' };
  const refuse = (seen: Connection) =>
    afterFailure({ seen, leased: leaseOf(seen) }, failedAttempt('invalid_code', replaced), atNow);

  test('blocks nothing, and the others are tried at the next tick', () => {
    expect(refuse(dueConnection({ token: undefined }))).toMatchObject({
      status: 'active',
      lease: undefined,
      nextAttemptAtMs: NOW_MS,
      credentialsVersionId: 'credentials-2',
      refusedCredentials: [{ versionId: 'credentials-1', firstAtMs: NOW_MS, atMs: NOW_MS }],
      lastFailure: {
        code: 'invalid_code',
        message:
          'Zoho refuses the refresh token. A newer one of Zoho is stored, and is tried within a minute.',
        atMs: NOW_MS,
      },
    });
  });

  test('ends a cool-down', () => {
    expect(refuse(coolingDownConnection()).status).toBe('active');
  });

  test('leaves a blocked connection blocked until the others are accepted as new ones', () => {
    expect(refuse(blocked)).toMatchObject({
      status: 'blocked',
      nextAttemptAtMs: NOW_MS,
      credentialsVersionId: 'credentials-1',
    });
  });

  test('does not need to know which were refused', () => {
    const next = withFailure(
      dueConnection(),
      { ...failedAttempt('invalid_code', replaced), credentialsVersionId: undefined },
      atNow,
    );

    expect(next).toMatchObject({ status: 'active', refusedCredentials: [] });
  });
});

describe('a blocked connection', () => {
  const unchanged = { ...blocked, nextAttemptAtMs: IN_FIVE_MINUTES_MS };

  test.each(['timeout', 'throttled', 'aws_unavailable', 'token_too_long'] as const)(
    'stays blocked for the same reason when its hourly probe fails for another: %s',
    (code) => {
      const { status, lastFailure, failures, nextAttemptAtMs } = unchanged;

      expect(afterFailureOf(blocked, code)).toMatchObject({ status, lastFailure, failures, nextAttemptAtMs });
    },
  );

  test('stays blocked for the same reason when its credentials could not be read', () => {
    expect(withFailureOf(blocked, 'aws_unavailable')).toEqual(unchanged);
  });

  test('is retried soon when its new credentials met an outage', () => {
    expect(afterFailureOf(blocked, 'timeout', otherCredentials)).toMatchObject({
      nextAttemptAtMs: NOW_MS + 7_500,
      credentialsVersionId: 'credentials-1',
    });
  });

  test('cools down when its new credentials met a throttle, which does not judge them', () => {
    expect(afterFailureOf(blocked, 'throttled', otherCredentials).status).toBe('cooling-down');
  });
});

describe('a decline', () => {
  test.each([
    ['refused-credentials', scheduled, IN_FIVE_MINUTES_MS],
    ['budget-exhausted', scheduled, IN_FIVE_MINUTES_MS],
    ['refused-credentials', byOperator, NOW_MS],
    ['budget-exhausted', byOperator, NOW_MS],
    ['leased', rejected(7), NOW_MS],
    ['leased', scheduled, NOW_MS],
    ['not-due', scheduled, NOW_MS],
    ['paced', rejected(7), NOW_MS],
  ] as const)('for %s, to %o, changes the next attempt to %d and nothing else', (reason, request, atMs) => {
    const next = afterDecline(blocked, request, decline(reason, IN_FIVE_MINUTES_MS));

    expect(next).toEqual({ ...blocked, nextAttemptAtMs: atMs });
  });

  test.each(['too-soon', 'tokens-rejected', 'budget-exhausted'] as const)(
    'for %s, to a consumer, remembers once that it complained about this token',
    (reason) => {
      const complained = afterDecline(blocked, rejected(7), decline(reason, IN_FIVE_MINUTES_MS));

      expect(complained).toEqual({
        ...blocked,
        complaints: { mintsMs: [], challengedGeneration: 7, inARow: 0 },
      });
      expect(afterDecline(complained, rejected(7), decline(reason, NOW_MS))).toBe(complained);
    },
  );

  test('without a time to retry at keeps the row as it is', () => {
    expect(afterDecline(blocked, scheduled, decline('budget-exhausted'))).toBe(blocked);
  });
});

describe('a failure without a lease', () => {
  test.each([pendingConnection(), blocked])(
    'for missing credentials makes the connection pending',
    (seen) => {
      expect(withFailureOf(seen, 'no_credentials')).toMatchObject({
        status: 'pending',
        nextAttemptAtMs: IN_FIVE_MINUTES_MS,
        lastFailure: { code: 'no_credentials' },
      });
    },
  );

  test.each([
    ['active', activeConnection()],
    ['throttled', coolingDownConnection()],
    ['pending', pendingConnection()],
    ['blocked', blocked],
  ])(
    'disables a connection that was %s and is undeclared, and reschedules it: a late lease is refused',
    (_, seen) => {
      const next = withFailureOf({ ...seen, nextAttemptAtMs: NOW_MS - MINUTE_MS }, 'undeclared');

      expect(next).toMatchObject({
        status: 'disabled',
        nextAttemptAtMs: NOW_MS,
        lastFailure: { code: 'undeclared' },
      });
    },
  );
});

function leaseOf(connection: Connection) {
  return acquireLease(connection, { owner: 'attempt-1', nowMs: NOW_MS, leaseMs: 75_000 });
}

function afterFailureOf(seen: Connection, code: FailureCode, overrides: Partial<FailedAttempt> = {}) {
  return afterFailure({ seen, leased: leaseOf(seen) }, failedAttempt(code, overrides), atNow);
}

function withFailureOf(seen: Connection, code: FailureCode) {
  return withFailure(
    seen,
    { failure: failureOf(code), credentialsVersionId: undefined, isMassRefusal: false },
    atNow,
  );
}
