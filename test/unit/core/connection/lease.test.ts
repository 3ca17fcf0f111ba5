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
  test('holds until the very moment when it ends', () => {
    const leased = activeConnection({ lease: { owner: 'attempt-1', untilMs: NOW_MS } });

    expect(isLeased(leased, NOW_MS - 1)).toBe(true);
    expect(isLeased(leased, NOW_MS)).toBe(false);
    expect(isLeased(leased, NOW_MS + 1)).toBe(false);
  });

  test('is not there when nobody took it', () => {
    expect(isLeased(activeConnection(), NOW_MS)).toBe(false);
  });
});

describe('a call under a lease', () => {
  const lease = { owner: 'attempt-1', untilMs: NOW_MS + 30_000 };

  test('is over before anybody whose clock is ten seconds ahead can take the next lease', () => {
    expect(outlasts(lease, NOW_MS, 20_000)).toBe(true);
    expect(outlasts(lease, NOW_MS + 1, 20_000)).toBe(false);
    expect(outlasts(lease, NOW_MS, 20_001)).toBe(false);
  });
});

describe('taking a lease', () => {
  test('raises the generation, and leaves the row due when the lease ends', () => {
    const leased = acquireLease(dueConnection({ generation: 7 }), taken);

    expect(leased).toMatchObject({
      generation: 8,
      lease: { owner: 'attempt-1', untilMs: NOW_MS + LEASE_MS },
      nextAttemptAtMs: NOW_MS + LEASE_MS,
    });
  });

  test('counts the call of Zoho before it is made, so that a crash cannot lose it', () => {
    const leased = acquireLease(dueConnection({ mintsMs: [NOW_MS - MINUTE_MS] }), taken);

    expect(leased.mintsMs).toEqual([NOW_MS - MINUTE_MS, NOW_MS]);
  });

  test('leaves everything else as it was', () => {
    const seen = dueConnection({ failures: 2 });

    const { generation, lease, nextAttemptAtMs, mintsMs, ...rest } = acquireLease(seen, taken);

    expect(seen).toMatchObject(rest);
  });

  test('changes nothing in the row that was seen', () => {
    const seen = Object.freeze(dueConnection({ mintsMs: Object.freeze<number[]>([]) }));

    acquireLease(seen, taken);

    expect(seen).toEqual(dueConnection({ mintsMs: [] }));
  });

  test('counts a version of the secret for a holder that died: it may have written one', () => {
    const abandoned = dueConnection({
      lease: { owner: 'dead', untilMs: NOW_MS - 1 },
      publishesMs: [NOW_MS - MINUTE_MS],
    });

    expect(acquireLease(abandoned, taken).publishesMs).toEqual([NOW_MS - MINUTE_MS, NOW_MS]);
  });

  test('counts no version when the last holder reported back', () => {
    const given = dueConnection({ publishesMs: [NOW_MS - MINUTE_MS] });

    expect(acquireLease(given, taken).publishesMs).toEqual([NOW_MS - MINUTE_MS]);
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
  test('is taken away by whoever writes next, and the version that it may have written is counted', () => {
    const dead = dueConnection({
      lease: { owner: 'attempt-1', untilMs: NOW_MS - 1 },
      publishesMs: [NOW_MS - MINUTE_MS],
    });

    expect(dropDeadLease(dead, NOW_MS)).toEqual({
      ...dead,
      lease: undefined,
      publishesMs: [NOW_MS - MINUTE_MS, NOW_MS],
    });
  });

  test('leaves a row without one as it is', () => {
    const free = dueConnection();

    expect(dropDeadLease(free, NOW_MS)).toBe(free);
  });
});
