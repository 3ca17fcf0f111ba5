import { describe, expect, test } from 'vitest';
import {
  acquireLease,
  dropDeadLease,
  isLeased,
  LEASE_MARGIN_SECONDS,
  leaseMsFor,
  outlasts,
} from '../../../../lambdas/core/connection/lease.ts';
import { decide } from '../../../../lambdas/core/refresh/refresh-decision.ts';
import { activeConnection, dueConnection, MINUTE_MS, NOW_MS, scheduled } from '../../../support/builders.ts';

const LEASE_MS = 75_000;
const taken = { owner: 'attempt-1', nowMs: NOW_MS, leaseMs: LEASE_MS };

describe('the length of a lease', () => {
  test('is the timeout of the function and 15 seconds, so that a holder is dead before its lease is', () => {
    expect(LEASE_MARGIN_SECONDS).toBe(15);
    expect(leaseMsFor(60)).toBe(75_000);
    expect(leaseMsFor(300)).toBe(315_000);
  });
});

describe('a lease', () => {
  const lease = { owner: 'attempt-1', untilMs: NOW_MS };

  test.each([
    [activeConnection({ lease }), NOW_MS - 1, true],
    [activeConnection({ lease }), NOW_MS, false],
    [activeConnection({ lease }), NOW_MS + 1, false],
    [activeConnection(), NOW_MS, false],
  ])('holds until the moment when it ends, if it was taken: %#', (connection, nowMs, holds) => {
    expect(isLeased(connection, nowMs)).toBe(holds);
  });

  test.each([
    [0, 20_000, true],
    [1, 20_000, false],
    [0, 20_001, false],
  ])(
    'outlasts a call by ten seconds, for machines whose clocks are ahead: %#',
    (passedMs, lengthMs, outlasting) => {
      expect(outlasts({ ...lease, untilMs: NOW_MS + 30_000 }, NOW_MS + passedMs, lengthMs)).toBe(outlasting);
    },
  );
});

describe('taking a lease', () => {
  test('raises the generation, counts the call to Zoho before it is made, and leaves the row due when the lease ends', () => {
    const seen = dueConnection({ generation: 7, failures: 2, mintsMs: [NOW_MS - MINUTE_MS] });

    expect(acquireLease(seen, taken)).toEqual({
      ...seen,
      generation: 8,
      lease: { owner: 'attempt-1', untilMs: NOW_MS + LEASE_MS },
      nextAttemptAtMs: NOW_MS + LEASE_MS,
      mintsMs: [NOW_MS - MINUTE_MS, NOW_MS],
    });
  });

  test('changes nothing in the row that was seen', () => {
    const seen = Object.freeze(dueConnection({ mintsMs: Object.freeze<number[]>([]) }));

    acquireLease(seen, taken);

    expect(seen).toEqual(dueConnection({ mintsMs: [] }));
  });
});

describe('a holder that died', () => {
  const abandoned = acquireLease(dueConnection(), taken);
  const endsAtMs = NOW_MS + LEASE_MS;

  test('still keeps others out until its lease ends', () => {
    expect(decide(abandoned, scheduled, endsAtMs - 1)).toMatchObject({
      action: 'none',
      outcome: 'in-progress',
      retryAtMs: endsAtMs,
    });
  });

  test('leaves its work due at the moment when its lease ends', () => {
    expect(decide(abandoned, scheduled, endsAtMs)).toMatchObject({ action: 'mint' });
  });
});

describe('the lease of a holder that never reported back', () => {
  const publishesMs = [NOW_MS - MINUTE_MS];
  const free = dueConnection({ publishesMs });
  const dead = { ...free, lease: { owner: 'dead', untilMs: NOW_MS - 1 } };

  test('is removed by the next write, which counts the version that may have been written', () => {
    const counted = [NOW_MS - MINUTE_MS, NOW_MS];

    expect(dropDeadLease(dead, NOW_MS)).toEqual({ ...free, publishesMs: counted });
    expect(acquireLease(dead, taken).publishesMs).toEqual(counted);
  });

  test('is the only one for which a version is counted', () => {
    expect(dropDeadLease(free, NOW_MS)).toBe(free);
    expect(acquireLease(free, taken).publishesMs).toEqual(publishesMs);
  });
});
