import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import { correctTimes, LONGEST_LEASE_MS } from '../../../../lambdas/core/connection/impossible-times.ts';
import { leaseMsFor } from '../../../../lambdas/core/connection/lease.ts';
import { checkBudget, MINT_BUDGET, PUBLISH_BUDGET } from '../../../../lambdas/core/connection/mint-budget.ts';
import { NUMBER_SETTINGS } from '../../../../lambdas/refresher/number-settings.ts';
import { activeConnection, HOUR_MS, NOW_MS } from '../../../support/builders.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;
const TOLERATED_MS = MINUTE_MS;
const LATE_MS = NOW_MS + TOLERATED_MS + 1;

const token = { versionId: 'v', issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + HOUR_MS };
const failure = { code: 'timeout', message: '', atMs: LATE_MS } as const;
const refusal = { versionId: 'c', firstAtMs: NOW_MS, atMs: NOW_MS };
const complaints = { mintsMs: [LATE_MS], challengedGeneration: 7, inARow: 1 };

/** Each time that is impossible, at the first millisecond that is distrusted. */
const IMPOSSIBLE: [attribute: string, Partial<Connection>][] = [
  ['tokenIssuedAt', { token: { ...token, issuedAtMs: LATE_MS } }],
  ['tokenExpiresAt', { token: { ...token, expiresAtMs: LATE_MS + HOUR_MS } }],
  ['leaseUntil', { lease: { owner: 'o', untilMs: LATE_MS + LONGEST_LEASE_MS } }],
  ['mints', { mintsMs: [NOW_MS, LATE_MS] }],
  ['publishes', { publishesMs: [LATE_MS] }],
  ['onDemandMints', { complaints }],
  ['lastFailure', { lastFailure: failure }],
  ['refusedCredentials', { refusedCredentials: [refusal, { ...refusal, firstAtMs: LATE_MS }] }],
  ['refusedCredentials', { refusedCredentials: [{ ...refusal, atMs: LATE_MS }] }],
  ['nextAttemptAt', { nextAttemptAtMs: LATE_MS + HOUR_MS }],
  ['incidents', { incidents: [{ problem: 'blocked', sinceMs: LATE_MS, state: 'notified' }] }],
  ['notifyAt', { notifyAtMs: LATE_MS }],
];

describe('a time', () => {
  test.each(IMPOSSIBLE)('that no right clock wrote is noticed: %s', (attribute, values) => {
    const corrected = correctTimes(activeConnection(values), NOW_MS);

    expect(corrected?.attributes).toEqual([attribute]);
    expect(correctTimes(activeConnection(values), NOW_MS + 1)).toBeUndefined();
  });

  test.each(IMPOSSIBLE)('is possible once it is corrected: %s', (_, values) => {
    const connection = correctTimes(activeConnection(values), NOW_MS)?.connection ?? activeConnection();

    expect(correctTimes(connection, NOW_MS)).toBeUndefined();
  });

  test('of the past is possible, however old', () => {
    const old = activeConnection({
      mintsMs: [1],
      publishesMs: [1],
      nextAttemptAtMs: 0,
      lastFailure: { ...failure, atMs: 0 },
    });

    expect(correctTimes(old, NOW_MS)).toBeUndefined();
  });

  test.each([
    ['ten calls of Zoho', { mintsMs: Array.from({ length: 10 }, () => NOW_MS) }, MINT_BUDGET.windowMs],
    ['90 versions', { publishesMs: Array.from({ length: 90 }, () => NOW_MS) }, PUBLISH_BUDGET.windowMs],
  ])('of an attempt may wait for the budget: %s', (_, values, windowMs) => {
    const nextAttemptAtMs = NOW_MS + Math.max(windowMs, HOUR_MS) + TOLERATED_MS;
    const waiting = activeConnection({ ...values, nextAttemptAtMs });

    expect(correctTimes(waiting, NOW_MS)).toBeUndefined();
    expect(correctTimes({ ...waiting, nextAttemptAtMs: nextAttemptAtMs + 1 }, NOW_MS)?.attributes).toEqual([
      'nextAttemptAt',
    ]);
  });

  test('of a lease is that of the longest function that any version allowed: 300 s in 0.2', () => {
    expect(LONGEST_LEASE_MS).toBe(leaseMsFor(300));
    expect(NUMBER_SETTINGS.functionTimeoutSeconds.max).toBeLessThanOrEqual(300);
  });
});

describe('a corrected row', () => {
  const ahead = activeConnection({
    token: { versionId: 'v', issuedAtMs: NOW_MS + DAY_MS, expiresAtMs: NOW_MS + DAY_MS + HOUR_MS },
    nextAttemptAtMs: NOW_MS + DAY_MS + 54 * MINUTE_MS,
    mintsMs: [NOW_MS - MINUTE_MS, NOW_MS + DAY_MS, NOW_MS + DAY_MS + MINUTE_MS],
    publishesMs: [NOW_MS + DAY_MS],
  });

  test('is due now, and its token counts as expired', () => {
    expect(correctTimes(ahead, NOW_MS)).toEqual({
      attributes: ['tokenIssuedAt', 'tokenExpiresAt', 'mints', 'publishes', 'nextAttemptAt'],
      connection: {
        ...ahead,
        token: { versionId: 'v', issuedAtMs: NOW_MS, expiresAtMs: NOW_MS },
        nextAttemptAtMs: NOW_MS,
        mintsMs: [NOW_MS - MINUTE_MS, NOW_MS, NOW_MS],
        publishesMs: [NOW_MS],
      },
    });
  });

  test('keeps a token whose times are possible', () => {
    const connection = correctTimes(activeConnection({ token, mintsMs: [LATE_MS] }), NOW_MS)?.connection;

    expect(connection?.token).toBe(token);
  });

  test('does not make a token younger', () => {
    const issuedAtMs = NOW_MS - 20 * MINUTE_MS;
    const odd = activeConnection({ token: { ...token, issuedAtMs, expiresAtMs: NOW_MS + DAY_MS } });

    expect(correctTimes(odd, NOW_MS)?.connection.token).toMatchObject({ issuedAtMs, expiresAtMs: NOW_MS });
  });

  test('counts every call that was counted, so that no budget grows', () => {
    const mintsMs = Array.from({ length: 10 }, (_, call) => NOW_MS + DAY_MS + call);
    const { connection } = correctTimes({ ...ahead, mintsMs }, NOW_MS) ?? { connection: ahead };

    expect(checkBudget(connection, 'scheduled', NOW_MS)).toEqual({
      allowed: false,
      retryAtMs: NOW_MS + MINT_BUDGET.windowMs,
    });
  });

  test('keeps the lease of a holder that may be at work, for the longest lease from now', () => {
    const leased = { ...ahead, lease: { owner: 'o', untilMs: NOW_MS + DAY_MS } };
    const untilMs = NOW_MS + LONGEST_LEASE_MS;

    expect(correctTimes(leased, NOW_MS)?.connection).toMatchObject({
      lease: { owner: 'o', untilMs },
      nextAttemptAtMs: untilMs,
      publishesMs: [NOW_MS],
    });
  });

  test('has no lease that has ended, whose holder may have written a version', () => {
    const dead = { ...ahead, lease: { owner: 'o', untilMs: NOW_MS } };

    expect(correctTimes(dead, NOW_MS)?.connection).toMatchObject({
      lease: undefined,
      nextAttemptAtMs: NOW_MS,
      publishesMs: [NOW_MS, NOW_MS],
    });
  });

  test('is not asked for again while Zoho throttles it', () => {
    const cooling = { ...ahead, status: 'cooling-down' } as const;

    expect(correctTimes(cooling, NOW_MS)?.connection.nextAttemptAtMs).toBe(NOW_MS + 10 * MINUTE_MS);
    const soon = { ...cooling, nextAttemptAtMs: NOW_MS + 5 };
    expect(correctTimes(soon, NOW_MS)?.connection.nextAttemptAtMs).toBe(NOW_MS + 5);
  });

  test('of a follower keeps the token of the other deployment, and is looked at with every tick', () => {
    const following = { ...ahead, follows: { secretPrefix: 'old', generation: 3 } };

    const corrected = correctTimes(following, NOW_MS);

    expect(corrected?.attributes).toEqual(['mints', 'publishes', 'nextAttemptAt']);
    expect(corrected?.connection).toMatchObject({ token: ahead.token, nextAttemptAtMs: NOW_MS });
    const again = { ...following, mintsMs: [], publishesMs: [], nextAttemptAtMs: NOW_MS };
    expect(correctTimes(again, NOW_MS)).toBeUndefined();
  });

  test('is not one that is disabled, which nothing renews', () => {
    expect(correctTimes({ ...ahead, status: 'disabled' }, NOW_MS)).toBeUndefined();
  });
});
