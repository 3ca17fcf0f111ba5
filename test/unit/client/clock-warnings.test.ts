import { describe, expect, it } from 'vitest';
import { warnAboutExpiry, warnAboutSystemClock } from '../../../lambdas/client/clock-warnings.ts';
import type { ClientWarning } from '../../../lambdas/client/warn-once.ts';
import { MINUTE_MS, NOW_MS } from '../../support/builders.ts';
import { timesOf } from '../../support/client-times.ts';

function warningsOf(check: (warn: (warning: ClientWarning) => void) => void): ClientWarning[] {
  const warnings: ClientWarning[] = [];
  check((warning) => warnings.push(warning));
  return warnings;
}

/** The warnings after a response of AWS has said the time. */
function warningsOfSystem(aheadMs: number): ClientWarning[] {
  const { clock, time } = timesOf({ now: () => NOW_MS + aheadMs, sleep: () => Promise.resolve() });
  time.correct(new Date(NOW_MS - 1_000).toUTCString(), time.elapsed());
  return warningsOf((warn) => warnAboutSystemClock(warn, clock, time));
}

describe('a clock of the system', () => {
  it.each([
    [121 * MINUTE_MS, '121 min ahead of'],
    [-6 * MINUTE_MS, '6 min behind'],
  ])('that differs from that of AWS by %i ms is reported', (aheadMs, how) => {
    expect(warningsOfSystem(aheadMs)).toEqual([
      {
        code: 'clock_wrong',
        reason: 'system',
        message: `The clock of this machine is ${how} AWS's. Correct it.`,
      },
    ]);
  });

  it.each([5 * MINUTE_MS, -5 * MINUTE_MS, 0])('that differs by %i ms is not', (aheadMs) => {
    expect(warningsOfSystem(aheadMs)).toEqual([]);
  });
});

describe('a token that is valid by the clock of the refresher', () => {
  it.each([
    [MINUTE_MS - 1, 0],
    [MINUTE_MS, 1],
  ])('and expired %i ms ago by that of the client is reported %i times', (expiredMs, times) => {
    expect(warningsOf((warn) => warnAboutExpiry(warn, 'crm-prod', expiredMs))).toHaveLength(times);
  });
});
