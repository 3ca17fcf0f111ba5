import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { acquireLease, isLeased, leaseMsFor } from '../../lambdas/core/connection/lease.ts';
import { decide } from '../../lambdas/core/refresh/refresh-decision.ts';
import { dueConnection, NOW_MS, SECOND_MS, scheduled } from '../support/builders.ts';
import { freeConnection } from './arbitraries.ts';
import { forAll, runs } from './fuzz-runs.ts';

const TIMEOUT_SECONDS = 60;
const LEASE_MS = leaseMsFor(TIMEOUT_SECONDS);

/** One invocation that tries to take the lease. Times are real times unless stated otherwise. */
interface Attempt {
  /** Time since the start of the previous attempt. */
  readonly gapMs: number;
  /** How far the clock of its machine is ahead. */
  readonly clockAheadMs: number;
  /** From reading the row to the conditional write. */
  readonly writeTakesMs: number;
  /** From the write to the commit. Lambda kills the function at its timeout. */
  readonly workTakesMs: number;
  readonly dies: boolean;
}

const attempt: fc.Arbitrary<Attempt> = fc.record({
  gapMs: fc.oneof(fc.nat({ max: 2 * SECOND_MS }), fc.nat({ max: 90 * SECOND_MS })),
  clockAheadMs: fc.oneof(fc.constantFrom(-2_500, 2_500), fc.integer({ min: -2_500, max: 2_500 })),
  writeTakesMs: fc.nat({ max: 10 * SECOND_MS }),
  workTakesMs: fc.oneof(fc.nat({ max: SECOND_MS }), fc.nat({ max: 10 * TIMEOUT_SECONDS * SECOND_MS })),
  dies: fc.boolean(),
});

const attempts = fc.array(attempt, { minLength: 1, maxLength: 40, size: 'max' });

describe('a lease', () => {
  test('is never held twice at the same time, even if clocks differ by five seconds and holders crash', () =>
    forAll([attempts], runs(500), (given) => {
      const held = play(given).holds;

      for (const [index, { fromMs }] of held.entries()) {
        const before = held.slice(0, index).map(({ untilMs }) => untilMs);
        expect(fromMs).toBeGreaterThanOrEqual(Math.max(0, ...before));
      }
    }));

  test('has a generation that is unique for its connection and only grows', () =>
    forAll([attempts], runs(100), (given) => {
      const generations = play(given).holds.map(({ generation }) => generation);

      expect(generations).toEqual(generations.map((_, index) => dueConnection().generation + 1 + index));
    }));

  test('is not lost: it can be taken as soon as its holder is done or its time is over', () =>
    forAll([attempts], runs(100), (given) => {
      const { row, endsAtMs } = play(given);

      const nowMs = Math.max(endsAtMs, row.lease?.untilMs ?? 0);
      expect(isLeased(row, nowMs)).toBe(false);
    }));
});

describe('taking a lease', () => {
  const leaseMs = fc.integer({ min: 45, max: 315 }).map((seconds) => seconds * SECOND_MS);

  test('makes the row due when the lease ends', () =>
    forAll([freeConnection, leaseMs], runs(100), (seen, length) => {
      const leased = acquireLease(seen, { owner: 'attempt', nowMs: NOW_MS, leaseMs: length });

      expect(leased.nextAttemptAtMs).toBe(NOW_MS + length);
      expect(isLeased(leased, NOW_MS + length - 1)).toBe(true);
      expect(isLeased(leased, NOW_MS + length)).toBe(false);
    }));

  test('blocks other attempts until the lease ends, and no longer', () =>
    forAll(
      [freeConnection, leaseMs, fc.double({ min: 0, max: 1, noNaN: true })],
      runs(100),
      (seen, length, part) => {
        const leased = acquireLease(
          { ...seen, status: 'active' },
          { owner: 'attempt', nowMs: NOW_MS, leaseMs: length },
        );

        const during = decide(leased, scheduled, NOW_MS + Math.floor(part * (length - 1)));
        const after = decide(leased, scheduled, NOW_MS + length);

        expect(during).toMatchObject({ action: 'none', outcome: 'in-progress' });
        expect(after).not.toMatchObject({ outcome: 'in-progress' });
        expect(after).not.toMatchObject({ outcome: 'not-due' });
      },
    ));

  test('changes nothing that consumers see', () =>
    forAll([freeConnection], runs(100), (seen) => {
      const leased = acquireLease(seen, { owner: 'attempt', nowMs: NOW_MS, leaseMs: LEASE_MS });

      const { generation, lease, nextAttemptAtMs, mintsMs, publishesMs, ...untouched } = leased;
      expect(seen).toMatchObject(untouched);
      expect(generation).toBe(seen.generation + 1);
      expect(mintsMs.at(-1)).toBe(NOW_MS);
    }));
});

interface Hold {
  readonly generation: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Runs the attempts in order of time against one row with a conditional write, as in the connections table. */
function play(given: readonly Attempt[]): { row: Connection; holds: Hold[]; endsAtMs: number } {
  let row = dueConnection();
  const holds: Hold[] = [];
  let startMs = NOW_MS;
  const steps: { atMs: number; run: () => void }[] = [];
  let endsAtMs = NOW_MS;

  for (const { gapMs, clockAheadMs, writeTakesMs, workTakesMs, dies } of given) {
    startMs += gapMs;
    const writeAtMs = startMs + writeTakesMs;
    const stopAtMs = Math.min(writeAtMs + workTakesMs, startMs + TIMEOUT_SECONDS * SECOND_MS);
    const nowMs = startMs + clockAheadMs;
    let seen = row;
    let leased: ReturnType<typeof acquireLease> | undefined;
    endsAtMs = Math.max(endsAtMs, stopAtMs);
    steps.push({
      atMs: startMs,
      run: () => {
        seen = row;
      },
    });
    steps.push({
      atMs: writeAtMs,
      run: () => {
        if (row.generation !== seen.generation || isLeased(row, nowMs)) return;
        leased = acquireLease(seen, { owner: `attempt-${startMs}-${writeAtMs}`, nowMs, leaseMs: LEASE_MS });
        row = leased;
        holds.push({ generation: leased.generation, fromMs: writeAtMs, untilMs: stopAtMs });
      },
    });
    steps.push({
      atMs: stopAtMs,
      run: () => {
        const isMine = leased !== undefined && row.generation === leased.generation;
        if (isMine && !dies) row = { ...row, lease: undefined };
      },
    });
  }
  for (const step of steps.sort((a, b) => a.atMs - b.atMs)) step.run();
  return { row, holds, endsAtMs };
}
