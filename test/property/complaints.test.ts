import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMPLAINTS_A_DAY, countComplaintMints } from '../../lambdas/core/connection/complaints.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../lambdas/core/connection/lease.ts';
import { decide, type MintReason, type RefreshRequest } from '../../lambdas/core/refresh/refresh-decision.ts';
import { afterDecline, afterFailure, afterSuccess } from '../../lambdas/core/refresh/refresh-transitions.ts';
import {
  accessToken,
  activeConnection,
  failedAttempt,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  SECOND_MS,
  scheduled,
} from '../support/builders.ts';
import { forAll, runs } from './fuzz-runs.ts';

const DAY_MS = 24 * HOUR_MS;
const LEASE_MS = 75_000;

/** One consumer's complaint, some time after the one before. */
interface Complaint {
  readonly afterMs: number;
  readonly reports: 'published' | 'highest' | 'older' | 'future' | 'nothing';
  /** What becomes of the mint, if there is one. */
  readonly end: 'published' | 'failed' | 'died';
}

/** Consumers that complain at once, a little later, or whenever; and that lie. */
const complaint: fc.Arbitrary<Complaint> = fc.record({
  afterMs: fc.oneof(
    fc.constantFrom(0, 1, 15 * SECOND_MS, 30 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS),
    fc.nat({ max: 40 * MINUTE_MS }),
    fc.nat({ max: 3 * HOUR_MS }),
  ),
  reports: fc.constantFrom('published', 'published', 'published', 'highest', 'older', 'future', 'nothing'),
  end: fc.constantFrom('published', 'published', 'published', 'published', 'failed', 'died'),
});

const complaints = fc.array(complaint, { minLength: 20, maxLength: 80, size: 'max' });

interface Mint {
  readonly atMs: number;
  readonly reason: MintReason;
}

/** A connection whose schedule runs every minute, by the product's own decisions and transitions. */
class PlayedConnection {
  nowMs = NOW_MS;
  row: Connection = activeConnection({ nextAttemptAtMs: NOW_MS + 24 * MINUTE_MS });
  readonly mints: Mint[] = [];

  /** Lets time pass. The schedule works when something is due. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const dueAtMs = Math.max(this.nowMs, this.row.nextAttemptAtMs, this.row.lease?.untilMs ?? 0);
      const tickAtMs = Math.ceil(dueAtMs / MINUTE_MS) * MINUTE_MS;
      if (tickAtMs > untilMs) break;
      this.nowMs = tickAtMs;
      this.ask(scheduled, 'published');
    }
    this.nowMs = untilMs;
  }

  complain({ reports, end }: Pick<Complaint, 'reports' | 'end'>): string {
    const { generation, publishedGeneration } = this.row;
    const rejectedGeneration = {
      published: publishedGeneration,
      highest: generation,
      older: publishedGeneration - 1,
      future: generation + 1,
      nothing: undefined,
    }[reports];
    return this.ask({ kind: 'consumer', rejectedGeneration }, end);
  }

  ask(request: RefreshRequest, end: Complaint['end']): string {
    const { nowMs, row } = this;
    const decision = decide(row, request, nowMs);
    if (decision.action === 'none') {
      this.row = afterDecline(row, request, decision);
      expect(decision.retryAtMs ?? nowMs).toBeLessThanOrEqual(Math.max(row.nextAttemptAtMs, nowMs + HOUR_MS));
      return decision.reason;
    }
    if (decision.action !== 'mint') throw new Error(`An active connection got ${decision.action}.`);
    const { reason } = decision;
    const purpose = reason === 'token-rejected' ? 'complaint' : 'renewal';
    const leased = acquireLease(row, { owner: 'one', nowMs, leaseMs: LEASE_MS }, purpose);
    this.mints.push({ atMs: nowMs, reason });
    this.row = leased;
    if (end === 'published') {
      const token = accessToken({
        generation: leased.generation,
        issuedAtMs: nowMs,
        expiresAtMs: nowMs + HOUR_MS,
        refreshAfterMs: nowMs + 54 * MINUTE_MS,
      });
      this.row = afterSuccess(leased, { token, versionId: 'v', credentialsVersionId: 'credentials-1' });
    }
    if (end === 'failed') {
      const random = () => 0.5;
      this.row = afterFailure({ seen: row, leased }, failedAttempt('timeout'), { nowMs, random });
    }
    return reason;
  }

  play(given: readonly Complaint[]): this {
    for (const { afterMs, ...next } of given) {
      this.pass(afterMs);
      this.complain(next);
    }
    return this;
  }
}

function mostInADay(mints: readonly Mint[]): number {
  const counts = mints.map(
    ({ atMs: fromMs }) => mints.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + DAY_MS).length,
  );
  return Math.max(0, ...counts);
}

describe('any sequence of complaints', () => {
  test('causes at most eight mints in any 24 hours', () =>
    forAll([complaints], runs(80), (given) => {
      const { mints } = new PlayedConnection().play(given);

      expect(mostInADay(mints.filter(({ reason }) => reason === 'token-rejected'))).toBeLessThanOrEqual(8);
    }));

  test('costs at most eight mints more in any 24 hours than the schedule alone, if none fails', () =>
    forAll([complaints], runs(80), (given) => {
      const { mints } = new PlayedConnection().play(given.map((each) => ({ ...each, end: 'published' })));

      const ofSchedule = Math.ceil(DAY_MS / (54 * MINUTE_MS));
      expect(mostInADay(mints)).toBeLessThanOrEqual(ofSchedule + 8);
    }));

  test('never keeps the schedule from renewing a token', () =>
    forAll([complaints], runs(80), (given) => {
      const played = new PlayedConnection();

      for (const { afterMs, ...next } of given) {
        played.pass(afterMs);
        played.complain(next);
        expect(played.row.token?.expiresAtMs).toBeGreaterThan(played.nowMs);
      }
    }));

  test('is honored at once again, after a token lived unchallenged and while the allowance lasts', () =>
    forAll([complaints], runs(80), (given) => {
      const played = new PlayedConnection().play(given);

      played.pass(2 * HOUR_MS);
      fc.pre(played.row.nextAttemptAtMs > played.nowMs);
      fc.pre(countComplaintMints(played.row, played.nowMs) < COMPLAINTS_A_DAY);
      expect(played.row.complaints.inARow).toBe(0);
      expect(played.complain({ reports: 'published', end: 'published' })).toBe('token-rejected');
    }));
});

describe('a token that died', () => {
  test('is replaced four times within two minutes of the first complaint', () => {
    const played = new PlayedConnection();

    for (let second = 0; second < 120; second += 1) {
      played.complain({ reports: 'published', end: 'published' });
      played.pass(SECOND_MS);
    }

    expect(played.mints.map(({ atMs }) => (atMs - NOW_MS) / SECOND_MS)).toEqual([0, 15, 45, 105]);
  });

  test('is not replaced again for complaints about the one before it', () => {
    const played = new PlayedConnection();
    played.complain({ reports: 'published', end: 'published' });

    expect(played.complain({ reports: 'older', end: 'published' })).toBe('newer-token');
    expect(played.complain({ reports: 'nothing', end: 'published' })).toBe('new-token');
    expect(played.complain({ reports: 'future', end: 'published' })).toBe('unknown-generation');
  });

  test('stays counted if its replacement fails, so that a retry is not one more for free', () => {
    const played = new PlayedConnection();

    played.complain({ reports: 'published', end: 'failed' });
    expect(played.complain({ reports: 'published', end: 'published' })).toBe('backing-off');
    played.pass(2 * MINUTE_MS);

    expect(played.mints.map(({ reason }) => reason)).toEqual(['token-rejected', 'due']);
    expect(played.row.complaints).toMatchObject({ mintsMs: [NOW_MS], inARow: 1 });
  });
});
