import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { correctTimes } from '../../lambdas/core/connection/impossible-times.ts';
import { countWithin, MINT_BUDGET, PUBLISH_BUDGET } from '../../lambdas/core/connection/mint-budget.ts';
import { HOUR_MS, NOW_MS } from '../support/builders.ts';
import { connection } from './arbitraries.ts';
import { forAll, runs } from './fuzz-runs.ts';

/** How far the clocks were ahead that wrote the times of a row. */
const aheadMs = fc.oneof(fc.constant(0), fc.nat({ max: 48 * HOUR_MS }));
const clocks = fc.record({
  token: aheadMs,
  lease: aheadMs,
  attempt: aheadMs,
  failure: aheadMs,
  calls: fc.infiniteStream(aheadMs),
});

/** The row as these clocks would have written it. */
function writtenBy(
  row: Connection,
  by: { token: number; lease: number; attempt: number; failure: number; calls: Iterator<number> },
): Connection {
  const later = (timesMs: readonly number[]) => timesMs.map((timeMs) => timeMs + by.calls.next().value);
  const { token, lease, lastFailure, complaints } = row;
  return {
    ...row,
    token: token && {
      ...token,
      issuedAtMs: token.issuedAtMs + by.token,
      expiresAtMs: token.expiresAtMs + by.token,
    },
    lease: lease && { ...lease, untilMs: lease.untilMs + by.lease },
    nextAttemptAtMs: row.nextAttemptAtMs + by.attempt,
    lastFailure: lastFailure && { ...lastFailure, atMs: lastFailure.atMs + by.failure },
    mintsMs: later(row.mintsMs),
    publishesMs: later(row.publishesMs),
    complaints: { ...complaints, mintsMs: later(complaints.mintsMs) },
  };
}

describe('a row that was written by clocks that were ahead', () => {
  test('is possible once it is corrected, and no budget has grown', () =>
    forAll([connection, clocks], runs(500), (row, by) => {
      const written = writtenBy(row, by);
      const corrected = correctTimes(written, NOW_MS)?.connection;
      if (corrected === undefined) return;

      expect(correctTimes(corrected, NOW_MS)).toBeUndefined();
      expect(countWithin(MINT_BUDGET, corrected.mintsMs, NOW_MS)).toBe(
        countWithin(MINT_BUDGET, written.mintsMs, NOW_MS),
      );
      expect(countWithin(PUBLISH_BUDGET, corrected.publishesMs, NOW_MS)).toBeGreaterThanOrEqual(
        countWithin(PUBLISH_BUDGET, written.publishesMs, NOW_MS),
      );
      expect(corrected.complaints.mintsMs).toHaveLength(written.complaints.mintsMs.length);
      expect([corrected.generation, corrected.publishedGeneration, corrected.status]).toEqual([
        written.generation,
        written.publishedGeneration,
        written.status,
      ]);
    }));

  test('is not touched if they were right', () =>
    forAll([connection], runs(300), (row) => {
      expect(correctTimes(row, NOW_MS)).toBeUndefined();
    }));

  test('keeps the lease of every holder that may be at work', () =>
    forAll([connection, clocks], runs(300), (row, by) => {
      const written = writtenBy(row, by);
      const corrected = correctTimes(written, NOW_MS)?.connection ?? written;
      const mayWork = written.lease !== undefined && written.lease.untilMs > NOW_MS;

      expect(corrected.lease?.owner).toBe(
        mayWork ? 'another' : corrected === written ? written.lease?.owner : undefined,
      );
      if (corrected.lease !== undefined && mayWork) {
        expect(corrected.lease.untilMs).toBeGreaterThan(NOW_MS);
        expect(corrected.lease.untilMs).toBeLessThanOrEqual(written.lease?.untilMs ?? 0);
      }
    }));
});
