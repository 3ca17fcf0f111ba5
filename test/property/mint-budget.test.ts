import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMPLAINTS_A_DAY } from '../../lambdas/core/connection/complaints.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { acquireLease, leaseMsFor } from '../../lambdas/core/connection/lease.ts';
import {
  type BudgetKind,
  checkBudget,
  MINT_BUDGET,
  PUBLISH_BUDGET,
  recordMint,
  recordPublish,
} from '../../lambdas/core/connection/mint-budget.ts';
import { decide } from '../../lambdas/core/refresh/refresh-decision.ts';
import { afterFailure, afterSuccess } from '../../lambdas/core/refresh/refresh-transitions.ts';
import { planRefresh } from '../../lambdas/core/refresh/renewal-times.ts';
import { DEFAULT_CONFIG } from '../../lambdas/refresher/config.ts';
import {
  accessToken,
  byOperator,
  dueConnection,
  failedAttempt,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  scheduled,
} from '../support/builders.ts';
import { connection } from './arbitraries.ts';
import { forAll, runs } from './fuzz-runs.ts';

const LEASE_MS = leaseMsFor(DEFAULT_CONFIG.functionTimeoutSeconds);
/** The windows of Zoho and Secrets Manager as documented, without a safety margin. */
const ZOHO_WINDOW_MS = 10 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Several attempts in quick succession, as in a stampede. */
interface Burst {
  readonly kind: BudgetKind;
  readonly attempts: number;
  /** Time before the burst: milliseconds, or until our own budget allows one more. */
  readonly waitMs: number | 'until-allowed';
  /** From the recorded time to the arrival at Zoho, or in the secret. */
  readonly arriveAfterMs: number;
  /** How far the clock of this machine is ahead. */
  readonly clockAheadMs: number;
}

function burstsOf(longestWaitMs: number, sizes: { most: number; bursts: number }): fc.Arbitrary<Burst[]> {
  return fc.array(
    fc.record({
      kind: fc.constantFrom<BudgetKind>('scheduled', 'operator', 'consumer'),
      attempts: fc.integer({ min: 1, max: sizes.most }),
      waitMs: fc.oneof(
        fc.constant('until-allowed' as const),
        fc.nat({ max: MINUTE_MS }),
        fc.nat({ max: longestWaitMs }),
      ),
      arriveAfterMs: fc.oneof(fc.constantFrom(0, LEASE_MS), fc.nat({ max: LEASE_MS })),
      clockAheadMs: fc.oneof(fc.constantFrom(-2_500, 2_500), fc.integer({ min: -2_500, max: 2_500 })),
    }),
    { minLength: 1, maxLength: sizes.bursts, size: 'max' },
  );
}

interface Admitted {
  readonly kind: BudgetKind;
  readonly arrivedAtMs: number;
}

type Budgeted = Pick<Connection, 'mintsMs' | 'publishesMs'>;

/** Runs the bursts in order of time. Returns the allowed attempts and when they really arrived. */
function play(bursts: readonly Burst[], record: (row: Budgeted, stampMs: number) => Budgeted): Admitted[] {
  let row: Budgeted = { mintsMs: [], publishesMs: [] };
  let realMs = NOW_MS;
  const admitted: Admitted[] = [];
  for (const { kind, attempts, waitMs, arriveAfterMs, clockAheadMs } of bursts) {
    const check = checkBudget(row, kind, realMs + clockAheadMs);
    const untilAllowedMs = check.allowed ? 0 : check.retryAtMs - (realMs + clockAheadMs);
    realMs += waitMs === 'until-allowed' ? untilAllowedMs : waitMs;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const stampMs = realMs + clockAheadMs;
      if (!checkBudget(row, kind, stampMs).allowed) continue;
      row = record(row, stampMs);
      admitted.push({ kind, arrivedAtMs: realMs + arriveAfterMs });
      realMs += 1;
    }
  }
  return admitted;
}

/** The largest number of arrivals within any window of this length. */
function mostWithin(windowMs: number, timesMs: readonly number[]): number {
  const counts = timesMs.map(
    (fromMs) => timesMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + windowMs).length,
  );
  return Math.max(0, ...counts);
}

const arrivals = (admitted: readonly Admitted[]) => admitted.map(({ arrivedAtMs }) => arrivedAtMs);

describe('the mint budget', () => {
  const bursts = burstsOf(15 * MINUTE_MS, { most: 12, bursts: 12 });
  const mint = (row: Budgeted, stampMs: number) => ({ ...row, mintsMs: recordMint(row.mintsMs, stampMs) });

  test('allows at most ten calls to reach Zoho in ten minutes, however late they arrive and whatever the clocks say', () =>
    forAll([bursts], runs(1000), (given) => {
      expect(mostWithin(ZOHO_WINDOW_MS, arrivals(play(given, mint)))).toBeLessThanOrEqual(10);
    }));

  test('allows operators at most eight calls among them, and consumers six', () =>
    forAll([bursts], runs(500), (given) => {
      const admitted = play(given, mint);
      const by = (asked: BudgetKind) => arrivals(admitted.filter(({ kind }) => kind === asked));

      expect(mostWithin(ZOHO_WINDOW_MS, by('operator'))).toBeLessThanOrEqual(8);
      expect(mostWithin(ZOHO_WINDOW_MS, by('consumer'))).toBeLessThanOrEqual(6);
    }));

  test.each([
    ['two calls for the schedule after any refresh by operators', 'operator', 'scheduled', 2],
    ['two calls for operators after any refresh by consumers', 'consumer', 'operator', 2],
  ] as const)('leaves %s', (_, first, next, calls) =>
    forAll([connection], runs(100), (row) => {
      fc.pre(checkBudget({ ...row, publishesMs: [] }, first, NOW_MS).allowed);

      let left: Budgeted = { mintsMs: recordMint(row.mintsMs, NOW_MS), publishesMs: [] };
      for (let attempt = 0; attempt < calls; attempt += 1) {
        expect(checkBudget(left, next, NOW_MS)).toEqual({ allowed: true });
        left = { ...left, mintsMs: recordMint(left.mintsMs, NOW_MS) };
      }
    }),
  );
});

describe('the publish budget', () => {
  const bursts = burstsOf(DAY_MS, { most: 60, bursts: 8 });
  const publish = (row: Budgeted, stampMs: number) => ({
    ...row,
    publishesMs: recordPublish(row.publishesMs, stampMs),
  });

  test('allows at most ninety versions a day, of operators sixty', () =>
    forAll([bursts], runs(100), (given) => {
      const written = play(given, publish);
      const byOperators = written.filter(({ kind }) => kind === 'operator');

      expect(mostWithin(DAY_MS, arrivals(written))).toBeLessThanOrEqual(90);
      expect(mostWithin(DAY_MS, arrivals(byOperators))).toBeLessThanOrEqual(60);
    }));

  test('is never the reason why a complaint within its allowance is declined, whatever the margin', () => {
    const timing = fc.record({
      refreshMarginMs: fc.integer({ min: 5 * MINUTE_MS, max: 29 * MINUTE_MS }),
      refreshJitterMs: fc.nat({ max: 5 * MINUTE_MS }),
    });
    const complaints = fc.array(fc.nat({ max: 2 * DAY_MS }), { maxLength: 16 });
    return forAll(
      [timing, complaints, fc.double({ min: 0, max: 0.999, noNaN: true })],
      runs(100),
      (given, times, draw) => {
        const mints = [...times.toSorted((a, b) => a - b), Number.POSITIVE_INFINITY];
        let row: Budgeted & { complaintsMs: number[] } = { mintsMs: [], publishesMs: [], complaintsMs: [] };
        let nowMs = 0;
        while (nowMs < 2 * DAY_MS) {
          const dueMs = planRefresh({ issuedAtMs: nowMs, expiresAtMs: nowMs + HOUR_MS }, given, () => draw);
          const complainedMs = mints[0] ?? 0;
          nowMs = Math.min(dueMs, complainedMs);
          const recentMs = row.complaintsMs.filter((atMs) => atMs + PUBLISH_BUDGET.windowMs > nowMs);
          if (nowMs === complainedMs) mints.shift();
          if (dueMs > nowMs && recentMs.length === COMPLAINTS_A_DAY) continue;
          const isComplaint = dueMs > nowMs;
          expect(checkBudget(row, isComplaint ? 'consumer' : 'scheduled', nowMs)).toEqual({ allowed: true });
          row = {
            mintsMs: [],
            publishesMs: recordPublish(row.publishesMs, nowMs),
            complaintsMs: isComplaint ? [...recentMs, nowMs] : recentMs,
          };
        }
      },
    );
  });

  const step = fc.record({
    waitMs: fc.oneof(fc.constant(0), fc.nat({ max: 20 * MINUTE_MS })),
    end: fc.constantFrom('published' as const, 'published, then died' as const, 'failed' as const),
    request: fc.constantFrom(scheduled, byOperator),
  });

  test('allows at most ninety versions a day, even if their writers crash', () =>
    forAll(
      [fc.integer({ min: 85, max: 90 }), fc.array(step, { minLength: 8, maxLength: 20 })],
      runs(300),
      (publishedBefore, steps) => {
        expect(versionsWritten(publishedBefore, steps)).toBeLessThanOrEqual(90);
      },
    ));
});

describe('a refusal by either budget', () => {
  const kind = fc.constantFrom<BudgetKind>('scheduled', 'operator', 'consumer');

  test('says when the next attempt is allowed', () =>
    forAll([connection, kind], runs(500), (row, asked) => {
      const check = checkBudget(row, asked, NOW_MS);

      if (check.allowed) return;
      expect(check.retryAtMs).toBeGreaterThan(NOW_MS);
      expect(checkBudget(row, asked, check.retryAtMs)).toEqual({ allowed: true });
      expect(checkBudget(row, asked, check.retryAtMs - 1)).toMatchObject({ allowed: false });
    }));

  test('lasts no longer than a window', () =>
    forAll([connection, kind], runs(100), (row, asked) => {
      expect(checkBudget(row, asked, NOW_MS + PUBLISH_BUDGET.windowMs)).toEqual({ allowed: true });
      expect(checkBudget({ ...row, publishesMs: [] }, asked, NOW_MS + MINT_BUDGET.windowMs)).toEqual({
        allowed: true,
      });
    }));

  test('never makes the schedule wait longer than an operator, or an operator longer than a consumer', () =>
    forAll([connection], runs(100), (row) => {
      const waits = (['scheduled', 'operator', 'consumer'] as const).map((asking) => {
        const check = checkBudget(row, asking, NOW_MS);
        return check.allowed ? NOW_MS : check.retryAtMs;
      });

      expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    }));
});

type End = 'published' | 'published, then died' | 'failed';

/** How many versions the secret has after a series of leases, each taken as soon as a decision allows it. */
function versionsWritten(
  publishedBefore: number,
  steps: readonly { waitMs: number; end: End; request: typeof scheduled }[],
): number {
  let written = publishedBefore;
  let nowMs = NOW_MS;
  let row = dueConnection({
    token: undefined,
    mintsMs: [],
    publishesMs: Array.from({ length: publishedBefore }, (_, index) => NOW_MS - HOUR_MS + index),
  });
  for (const { waitMs, end, request } of steps) {
    nowMs = Math.max(nowMs, row.lease?.untilMs ?? 0) + waitMs;
    if (decide({ ...row, nextAttemptAtMs: nowMs }, request, nowMs).action !== 'mint') continue;
    const seen = row;
    const leased = acquireLease(seen, { owner: 'attempt', nowMs, leaseMs: LEASE_MS });
    if (end !== 'failed') written += 1;
    row = leased;
    if (end === 'published') {
      const token = accessToken({ generation: leased.generation, issuedAtMs: nowMs });
      row = afterSuccess(leased, { token, versionId: 'version', credentialsVersionId: 'credentials-1' });
    }
    if (end === 'failed') {
      row = afterFailure({ seen, leased }, failedAttempt('timeout'), { nowMs, random: () => 0 });
    }
  }
  return written;
}
