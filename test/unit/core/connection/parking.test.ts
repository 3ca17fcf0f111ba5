import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../../../lambdas/core/connection/lease.ts';
import { blockAnew } from '../../../../lambdas/core/connection/operator-transitions.ts';
import { isParked, withBlockedAt } from '../../../../lambdas/core/connection/parking.ts';
import { decideWithCredentials, nextLookAtMs } from '../../../../lambdas/core/refresh/refresh-decision.ts';
import { afterFailure } from '../../../../lambdas/core/refresh/refresh-transitions.ts';
import {
  activeConnection,
  blockedConnection,
  byOperator,
  failedAttempt,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  rejected,
  scheduled,
} from '../../../support/builders.ts';

const PARK_AFTER_MS = 168 * HOUR_MS;
const LONG_AGO_MS = NOW_MS - 200 * HOUR_MS;

/** A parked connection that Zoho refused last so long ago. */
const parked = (refusedAgoMs: number, overrides: Partial<Connection> = {}) =>
  blockedConnection({
    blockedAtMs: LONG_AGO_MS,
    mintsMs: [NOW_MS - refusedAgoMs],
    lastFailure: { code: 'invalid_code', message: 'refused', atMs: NOW_MS - refusedAgoMs },
    refusedCredentials: [{ versionId: 'credentials-1', firstAtMs: LONG_AGO_MS, atMs: NOW_MS - refusedAgoMs }],
    ...overrides,
  });

describe('a connection is parked', () => {
  test.each([
    ['when it has been blocked for so long', 'blocked', PARK_AFTER_MS, true],
    ['not a moment earlier', 'blocked', PARK_AFTER_MS - 1, false],
    ['not when it is no longer blocked', 'active', PARK_AFTER_MS, false],
  ] as const)('%s', (_, status, forMs, expected) => {
    expect(isParked({ status, blockedAtMs: NOW_MS - forMs }, PARK_AFTER_MS, NOW_MS)).toBe(expected);
  });

  test('not while it is unknown since when it is blocked', () => {
    expect(isParked(blockedConnection(), 0, NOW_MS)).toBe(false);
  });
});

describe('the time since which it is blocked', () => {
  const at = (blockedAtMs: number | undefined) => blockedConnection({ blockedAtMs });

  test.each<[fact: string, before: Connection, after: Connection, expected: number | undefined]>([
    ['is that of the write that blocks it', activeConnection(), at(undefined), NOW_MS],
    ['is not one from an earlier incident', activeConnection(), at(LONG_AGO_MS), NOW_MS],
    ['is kept while it is blocked', at(LONG_AGO_MS), at(LONG_AGO_MS), LONG_AGO_MS],
    ['is that of the next write if an earlier version blocked it', at(undefined), at(undefined), NOW_MS],
    [
      'is forgotten when it recovers',
      at(LONG_AGO_MS),
      activeConnection({ blockedAtMs: LONG_AGO_MS }),
      undefined,
    ],
  ])('%s', (_, before, after, expected) => {
    expect(withBlockedAt(before, after, NOW_MS).blockedAtMs).toBe(expected);
  });

  test('is not changed by a lease', () => {
    const leased = acquireLease(at(undefined), { owner: 'me', nowMs: NOW_MS, leaseMs: 75_000 });

    expect(withBlockedAt(at(undefined), leased, NOW_MS)).toBe(leased);
  });
});

describe('a parked connection', () => {
  const decide = (row: Connection, request = scheduled, version = 'credentials-1') =>
    decideWithCredentials(row, request, version, NOW_MS, PARK_AFTER_MS);

  test('is looked at once an hour', () => {
    expect(nextLookAtMs(parked(HOUR_MS), NOW_MS, PARK_AFTER_MS)).toBe(NOW_MS + HOUR_MS);
    expect(decide(parked(2 * HOUR_MS))).toMatchObject({
      reason: 'refused-credentials',
      retryAtMs: NOW_MS + HOUR_MS,
    });
  });

  test.each([
    ['the schedule', scheduled],
    ['a consumer', rejected(7)],
  ])('causes %s to ask Zoho once a day, not once an hour', (_, request) => {
    expect(decide(parked(24 * HOUR_MS - 1), request).action).toBe('none');
    expect(decide(parked(24 * HOUR_MS), request)).toMatchObject({ action: 'mint', reason: 'probe' });
  });

  test('whose refusal is only in its last failure is asked about once a day as well', () => {
    const old = (agoMs: number) =>
      parked(agoMs, { refusedCredentials: [], lastFailure: { code: 'invalid_code', message: 'm', atMs: 0 } });

    expect(decide(old(24 * HOUR_MS - 1)).action).toBe('none');
    expect(decide(old(24 * HOUR_MS)).action).toBe('mint');
  });

  test('is asked about at once by an operator, and with new credentials', () => {
    expect(decide(parked(MINUTE_MS), byOperator)).toMatchObject({ action: 'mint', reason: 'probe' });
    expect(decide(parked(MINUTE_MS), scheduled, 'credentials-2')).toMatchObject({
      reason: 'new-credentials',
    });
  });

  test('is not parked any more when it is resumed, and Zoho is asked at once', () => {
    const row = blockAnew(parked(2 * HOUR_MS), NOW_MS);

    expect(isParked(row, PARK_AFTER_MS, NOW_MS)).toBe(false);
    expect(row).toMatchObject({ status: 'blocked', blockedAtMs: NOW_MS, nextAttemptAtMs: NOW_MS });
    expect(decide(row).action).toBe('mint');
  });

  test.each([
    ['stays parked when Zoho refuses the same credentials again', 'credentials-1', LONG_AGO_MS, HOUR_MS],
    ['is not parked when Zoho refuses new ones', 'credentials-2', NOW_MS, 45_000],
  ])('%s', (_, credentialsVersionId, blockedAtMs, nextMs) => {
    const seen = parked(24 * HOUR_MS);
    const leased = acquireLease(seen, { owner: 'me', nowMs: NOW_MS, leaseMs: 75_000 });
    const attempt = failedAttempt('invalid_code', { credentialsVersionId });
    const moment = { nowMs: NOW_MS, random: () => 0, parkAfterMs: PARK_AFTER_MS };

    const next = afterFailure({ seen, leased }, attempt, moment);

    expect(next).toMatchObject({ status: 'blocked', blockedAtMs, nextAttemptAtMs: NOW_MS + nextMs });
  });
});
