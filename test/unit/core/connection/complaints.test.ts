import { describe, expect, test } from 'vitest';
import {
  COMPLAINTS_A_DAY,
  countComplaintMints,
  isRejectingFreshTokens,
  judgeComplaint,
  recordChallenge,
  recordComplaint,
  recordRenewal,
} from '../../../../lambdas/core/connection/complaints.ts';
import { type Complaints, NO_COMPLAINTS } from '../../../../lambdas/core/connection/connection.ts';
import { PUBLISH_BUDGET } from '../../../../lambdas/core/connection/mint-budget.ts';
import { activeConnection, HOUR_MS, MINUTE_MS, NOW_MS, SECOND_MS } from '../../../support/builders.ts';

const WINDOW_MS = PUBLISH_BUDGET.windowMs;

/** A row whose token is this old, and whose consumers have complained like this. */
function tokenOf(ageMs: number, complaints: Partial<Complaints> = {}) {
  const issuedAtMs = NOW_MS - ageMs;
  return activeConnection({
    token: { versionId: 'version', issuedAtMs, expiresAtMs: issuedAtMs + HOUR_MS },
    complaints: { ...NO_COMPLAINTS, ...complaints },
  });
}

describe('a complaint about the published token', () => {
  test('is honored at once if the one before was replaced on schedule, even if this clock is behind', () => {
    expect(judgeComplaint(tokenOf(0), NOW_MS)).toEqual({ honored: true });
    expect(judgeComplaint(tokenOf(-5_000), NOW_MS)).toEqual({ honored: true });
  });

  test.each([
    [1, 15 * SECOND_MS, false],
    [2, 30 * SECOND_MS, false],
    [3, MINUTE_MS, false],
    [4, 5 * MINUTE_MS, true],
    [5, 15 * MINUTE_MS, true],
    [6, 30 * MINUTE_MS, true],
  ])(
    'after %d in a row is honored when the token is %d ms old (reported before: %s)',
    (inARow, spacingMs, isReported) => {
      const retryAtMs = NOW_MS + 1;

      expect(judgeComplaint(tokenOf(spacingMs, { inARow }), NOW_MS)).toEqual({ honored: true });
      expect(judgeComplaint(tokenOf(spacingMs - 1, { inARow }), NOW_MS)).toEqual({
        honored: false,
        isReported,
        retryAtMs,
      });
    },
  );

  test('is honored if there is no token whose age could be judged', () => {
    const row = activeConnection({ token: undefined, complaints: { ...NO_COMPLAINTS, inARow: 2 } });

    expect(judgeComplaint(row, NOW_MS)).toEqual({ honored: true });
  });

  test('after seven in a row is never honored: the schedule renews the token before', () => {
    expect(judgeComplaint(tokenOf(HOUR_MS, { inARow: 7 }), NOW_MS)).toEqual({
      honored: false,
      isReported: true,
      retryAtMs: Number.POSITIVE_INFINITY,
    });
  });

  test('is honored eight times a day, and again when the oldest no longer counts', () => {
    const oldest = NOW_MS - 20 * HOUR_MS;
    const others = Array.from({ length: COMPLAINTS_A_DAY - 2 }, (_, hour) => NOW_MS - hour * HOUR_MS);
    const judge = (mintsMs: number[], nowMs: number) => judgeComplaint(tokenOf(HOUR_MS, { mintsMs }), nowMs);

    expect(judge([oldest, ...others], NOW_MS)).toEqual({ honored: true });
    expect(judge([...others, oldest, NOW_MS], NOW_MS)).toEqual({
      honored: false,
      isReported: true,
      retryAtMs: oldest + WINDOW_MS,
    });
    expect(judge([...others, oldest, NOW_MS], oldest + WINDOW_MS)).toEqual({ honored: true });
  });
});

describe('the record of complaints', () => {
  test('counts one that leads to a mint, and forgets those of yesterday', () => {
    const connection = tokenOf(0, { mintsMs: [NOW_MS - WINDOW_MS, NOW_MS - WINDOW_MS + 1], inARow: 2 });

    expect(recordComplaint(connection, NOW_MS)).toEqual({
      mintsMs: [NOW_MS - WINDOW_MS + 1, NOW_MS],
      challengedGeneration: 7,
      inARow: 3,
    });
    expect(countComplaintMints(connection, NOW_MS)).toBe(1);
    expect(recordComplaint(tokenOf(0, { inARow: 7 }), NOW_MS)).toMatchObject({ inARow: 7 });
  });

  test('trusts tokens again once one is renewed that no one complained about', () => {
    expect(recordRenewal(tokenOf(0, { inARow: 4, challengedGeneration: 6 }))).toMatchObject({ inARow: 0 });
    expect(recordRenewal(tokenOf(0, { inARow: 4, challengedGeneration: 7 }))).toMatchObject({ inARow: 4 });
  });

  test('is the same record if a renewal changes nothing', () => {
    const row = activeConnection();

    expect(recordRenewal(row)).toBe(row.complaints);
  });

  test('remembers a complaint that was declined, once', () => {
    const challenged = tokenOf(0, { challengedGeneration: 7 });

    expect(recordChallenge(tokenOf(0, { challengedGeneration: 6 }))).toEqual(challenged.complaints);
    expect(recordChallenge(challenged)).toBe(challenged.complaints);
    expect(recordChallenge(activeConnection({ token: undefined }))).toBe(NO_COMPLAINTS);
  });
});

describe('consumers that reject fresh tokens', () => {
  test.each([
    ['complain about the published token, which a complaint would not replace', 7, 4, true],
    ['have not complained about the published token', 6, 4, false],
    ['have complained once before', 7, 1, false],
  ])('%s', (_, challengedGeneration, inARow, expected) => {
    expect(isRejectingFreshTokens(tokenOf(0, { challengedGeneration, inARow }), NOW_MS)).toBe(expected);
  });

  test('are no problem of a connection without a token', () => {
    const mintsMs = Array.from({ length: COMPLAINTS_A_DAY }, () => NOW_MS);
    const complained = tokenOf(0, { challengedGeneration: 7, inARow: 4, mintsMs });
    const connection = { ...complained, token: undefined };

    expect(isRejectingFreshTokens(connection, NOW_MS)).toBe(false);
  });
});
