import { describe, expect, test } from 'vitest';
import { CONNECTION_STATUSES } from '../../../../lambdas/core/connection/connection.ts';
import {
  decide,
  decideWithCredentials,
  nextLookAtMs,
} from '../../../../lambdas/core/refresh/refresh-decision.ts';
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
  scheduled,
} from '../../../support/builders.ts';

const MINT = { action: 'mint' };
const LOOK = { action: 'check-credentials' };

describe('a scheduled refresh', () => {
  test('mints for a connection that is due', () => {
    expect(decide(dueConnection(), scheduled, NOW_MS)).toEqual(MINT);
  });

  test('does nothing before a connection is due: an index may be behind', () => {
    const nextAttemptAtMs = NOW_MS + 1;

    expect(decide(activeConnection({ nextAttemptAtMs }), scheduled, NOW_MS)).toEqual({
      action: 'none',
      outcome: 'not-due',
      retryAtMs: nextAttemptAtMs,
    });
  });

  test('mints when a cool-down is over', () => {
    expect(decide(coolingDownConnection({ nextAttemptAtMs: NOW_MS }), scheduled, NOW_MS)).toEqual(MINT);
  });

  test.each([
    ['pending', pendingConnection()],
    ['blocked', blockedConnection()],
  ])('looks at the credentials of a %s connection before it asks Zoho', (_, connection) => {
    expect(decide(connection, scheduled, NOW_MS)).toEqual(LOOK);
  });

  test('waits for the budget', () => {
    const mintsMs = Array.from({ length: 10 }, () => NOW_MS - MINUTE_MS);

    expect(decide(dueConnection({ mintsMs }), scheduled, NOW_MS)).toEqual({
      action: 'none',
      outcome: 'budget-exhausted',
      retryAtMs: NOW_MS - MINUTE_MS + 690_000,
    });
  });
});

describe('whoever asks', () => {
  test.each([
    ['the schedule', scheduled],
    ['a consumer', rejected(7)],
    ['an operator', byOperator],
  ])('%s is told in-progress while another holds the lease', (_, request) => {
    const untilMs = NOW_MS + 1;
    const leased = dueConnection({ lease: { owner: 'another', untilMs }, nextAttemptAtMs: untilMs });

    expect(decide(leased, request, NOW_MS)).toEqual({
      action: 'none',
      outcome: 'in-progress',
      retryAtMs: untilMs,
    });
  });

  test.each([
    ['the schedule', scheduled],
    ['a consumer', rejected(7)],
    ['an operator', byOperator],
  ])('%s gets nothing for a disabled connection', (_, request) => {
    expect(decide(dueConnection({ status: 'disabled' }), request, NOW_MS)).toEqual({
      action: 'none',
      outcome: 'blocked',
    });
  });

  test.each([
    ['a consumer', rejected(7)],
    ['an operator', byOperator],
  ])('%s waits while Zoho throttles us', (_, request) => {
    const throttled = coolingDownConnection();

    expect(decide(throttled, request, NOW_MS)).toEqual({
      action: 'none',
      outcome: 'throttled',
      retryAtMs: throttled.nextAttemptAtMs,
    });
  });
});

describe('a consumer whose token was rejected', () => {
  test('gets a new one when it was the published one', () => {
    expect(decide(activeConnection({ publishedGeneration: 7 }), rejected(7), NOW_MS)).toEqual(MINT);
  });

  test('only has to read again when a newer one is published', () => {
    expect(decide(activeConnection({ publishedGeneration: 7 }), rejected(6), NOW_MS)).toEqual({
      action: 'none',
      outcome: 'already-fresh',
    });
  });

  test('is told already-fresh even while the next one is being minted', () => {
    const leased = activeConnection({ lease: { owner: 'another', untilMs: NOW_MS + 1 } });

    expect(decide(leased, rejected(6), NOW_MS)).toMatchObject({ outcome: 'already-fresh' });
  });

  test.each(CONNECTION_STATUSES.filter((status) => status !== 'disabled'))(
    'is served the newer token of a connection that is %s',
    (status) => {
      expect(decide(activeConnection({ status }), rejected(6), NOW_MS)).toMatchObject({
        outcome: 'already-fresh',
      });
    },
  );

  test('gets a new one when the newer one has expired meanwhile', () => {
    const token = { versionId: 'v', issuedAtMs: NOW_MS - HOUR_MS, expiresAtMs: NOW_MS };

    expect(decide(dueConnection({ token, publishedGeneration: 7 }), rejected(6), NOW_MS)).toEqual(MINT);
  });

  test('gets a new one when its holder died before it could write down what it published', () => {
    expect(decide(activeConnection({ publishedGeneration: 7 }), rejected(8), NOW_MS)).toEqual(MINT);
  });

  test('that cannot say which one waits for a minute after the last one was published', () => {
    const token = { versionId: 'v', issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + HOUR_MS };
    const connection = activeConnection({ token });

    expect(decide(connection, rejected(), NOW_MS + MINUTE_MS - 1)).toMatchObject({
      outcome: 'already-fresh',
    });
    expect(decide(connection, rejected(), NOW_MS + MINUTE_MS)).toEqual(MINT);
  });

  test('does not spend the budget on an outage: a back-off holds for it too', () => {
    const failing = activeConnection({ failures: 1, nextAttemptAtMs: NOW_MS + 5_000 });

    expect(decide(failing, rejected(7), NOW_MS)).toEqual({
      action: 'none',
      outcome: 'failed',
      retryAtMs: NOW_MS + 5_000,
    });
  });

  test.each([
    ['blocked', blockedConnection],
    ['pending', pendingConnection],
  ])(
    'has the credentials of a %s connection looked at: its failures are not an outage',
    (_, connectionOf) => {
      const failing = connectionOf({ failures: 1, nextAttemptAtMs: NOW_MS + MINUTE_MS });

      expect(decide(failing, rejected(7), NOW_MS)).toEqual(LOOK);
    },
  );

  test('is let in again when the back-off is over', () => {
    expect(decide(dueConnection({ failures: 1 }), rejected(7), NOW_MS)).toEqual(MINT);
  });

  test('has six of the ten mints, not all of them', () => {
    const mintsMs = Array.from({ length: 6 }, () => NOW_MS - MINUTE_MS);
    const connection = activeConnection({ mintsMs, nextAttemptAtMs: NOW_MS });

    expect(decide(connection, rejected(7), NOW_MS)).toMatchObject({ outcome: 'budget-exhausted' });
    expect(decide(connection, scheduled, NOW_MS)).toEqual(MINT);
  });
});

describe('an operator', () => {
  test('gets a new token although the published one is fresh', () => {
    const token = { versionId: 'v', issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + HOUR_MS };

    expect(decide(activeConnection({ token }), byOperator, NOW_MS)).toEqual(MINT);
  });

  test('need not wait for a back-off', () => {
    const failing = activeConnection({ failures: 3, nextAttemptAtMs: NOW_MS + MINUTE_MS });

    expect(decide(failing, byOperator, NOW_MS)).toEqual(MINT);
  });

  test('has the credentials of a connection without a token looked at, at once', () => {
    const pending = pendingConnection({ nextAttemptAtMs: NOW_MS + MINUTE_MS });

    expect(decide(pending, byOperator, NOW_MS)).toEqual(LOOK);
  });

  test('has the credentials of a blocked connection looked at, at once', () => {
    const blocked = blockedConnection({ nextAttemptAtMs: NOW_MS + MINUTE_MS });

    expect(decide(blocked, byOperator, NOW_MS)).toEqual(LOOK);
  });
});

describe('a blocked connection', () => {
  const refusedAtMs = NOW_MS - 10 * MINUTE_MS;

  test('is left alone while its credentials are the refused ones', () => {
    expect(decideWithCredentials(blockedConnection(), scheduled, 'credentials-1', NOW_MS)).toEqual({
      action: 'none',
      outcome: 'blocked',
      retryAtMs: NOW_MS + 5 * MINUTE_MS,
    });
  });

  test.each([
    ['the schedule', scheduled],
    ['a consumer', rejected(7)],
    ['an operator', byOperator],
  ])('is tried at once with new credentials, for %s', (_, request) => {
    expect(decideWithCredentials(blockedConnection(), request, 'credentials-2', NOW_MS)).toEqual(MINT);
  });

  test('asks Zoho again after an hour, in case Zoho was wrong, and not a moment earlier', () => {
    const atMs = (nowMs: number) =>
      decideWithCredentials(blockedConnection(), scheduled, 'credentials-1', nowMs);

    expect(atMs(refusedAtMs + HOUR_MS - 1)).toMatchObject({ action: 'none', outcome: 'blocked' });
    expect(atMs(refusedAtMs + HOUR_MS)).toEqual(MINT);
  });

  test.each([
    ['a consumer', rejected(7)],
    ['an operator', byOperator],
  ])('is not hammered because %s insists', (_, request) => {
    expect(decideWithCredentials(blockedConnection(), request, 'credentials-1', NOW_MS)).toMatchObject({
      action: 'none',
      outcome: 'blocked',
    });
  });

  test('counts the hour from when its credentials were found malformed, although Zoho was not asked', () => {
    const lastFailure = { ...failureOf('malformed_credentials'), atMs: NOW_MS };
    const malformed = blockedConnection({ mintsMs: [], lastFailure });

    expect(decideWithCredentials(malformed, scheduled, 'credentials-1', NOW_MS + HOUR_MS - 1)).toMatchObject({
      outcome: 'blocked',
    });
    expect(decideWithCredentials(malformed, scheduled, 'credentials-1', NOW_MS + HOUR_MS)).toEqual(MINT);
  });

  test('is within the budget, with new credentials too', () => {
    const blocked = blockedConnection({ mintsMs: Array.from({ length: 10 }, () => NOW_MS) });

    expect(decideWithCredentials(blocked, scheduled, 'credentials-2', NOW_MS)).toMatchObject({
      outcome: 'budget-exhausted',
    });
  });

  test('is looked at every five minutes, and at the hour', () => {
    const blocked = blockedConnection();

    expect(nextLookAtMs(blocked, NOW_MS)).toBe(NOW_MS + 5 * MINUTE_MS);
    expect(nextLookAtMs(blocked, refusedAtMs + 58 * MINUTE_MS)).toBe(refusedAtMs + HOUR_MS);
    expect(nextLookAtMs(blocked, refusedAtMs + HOUR_MS)).toBe(refusedAtMs + HOUR_MS + 5 * MINUTE_MS);
    expect(nextLookAtMs(blocked, refusedAtMs + 2 * HOUR_MS)).toBe(refusedAtMs + 2 * HOUR_MS + 5 * MINUTE_MS);
  });
});

describe('a pending connection', () => {
  const askedLately = { credentialsVersionId: 'credentials-1', mintsMs: [NOW_MS - 58 * MINUTE_MS] };

  test('asks Zoho as soon as there are credentials', () => {
    expect(decideWithCredentials(pendingConnection(), scheduled, 'credentials-1', NOW_MS)).toEqual(MINT);
  });

  test('asks Zoho with credentials that were taken away and put back', () => {
    const restored = pendingConnection(askedLately);

    expect(decideWithCredentials(restored, scheduled, 'credentials-1', NOW_MS)).toEqual(MINT);
  });

  test('is looked at every five minutes, whenever Zoho was asked last', () => {
    expect(nextLookAtMs(pendingConnection(), NOW_MS)).toBe(NOW_MS + 5 * MINUTE_MS);
    expect(nextLookAtMs(pendingConnection(askedLately), NOW_MS)).toBe(NOW_MS + 5 * MINUTE_MS);
  });
});
