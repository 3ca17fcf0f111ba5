import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../../../lambdas/core/connection/lease.ts';
import { decide, type RefreshRequest } from '../../../../lambdas/core/refresh/refresh-decision.ts';
import { afterDecline, afterSuccess } from '../../../../lambdas/core/refresh/refresh-transitions.ts';
import { paceRenewal } from '../../../../lambdas/core/refresh/renewal-pace.ts';
import { planRefresh, type Random, TICK_MS } from '../../../../lambdas/core/refresh/renewal-times.ts';
import { seededRandom } from '../../../../sandbox/deployment/random.ts';
import {
  accessToken,
  activeConnection,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  rejected,
  SECOND_MS,
  scheduled,
} from '../../../support/builders.ts';

const TIMING = { refreshMarginMs: 5 * MINUTE_MS, refreshJitterMs: MINUTE_MS };
const DAY_MS = 24 * HOUR_MS;

type Pace = typeof paceRenewal;

/** Version 0.2 renewed each token after half its life, however short. */
const paceOf02: Pace = (plannedMs) => plannedMs;

interface Day {
  readonly renewals: number;
  /** Without a valid token. */
  readonly deadMinutes: number;
  /** The longest time without one. */
  readonly longestDeadMinutes: number;
}

/** Runs days of a connection through the decisions of the refresher, a tick a minute, and measures the last one. */
function run({
  lifeMs,
  pace = paceRenewal,
  days = 3,
  asks = [],
  ticks = 'a little late',
  random = seededRandom(7),
}: {
  /** The life of the nth token. */
  readonly lifeMs: (n: number) => number;
  readonly pace?: Pace;
  readonly days?: number;
  /** What is asked on demand in every minute, beside the tick. */
  readonly asks?: readonly RefreshRequest[];
  readonly ticks?: 'on the minute' | 'a little late';
  readonly random?: Random;
}): Day {
  let row: Connection = activeConnection({
    token: undefined,
    publishesMs: [],
    mintsMs: [],
    nextAttemptAtMs: 0,
  });
  const issued: { readonly atMs: number; readonly lifeMs: number }[] = [];
  const ask = (request: RefreshRequest, nowMs: number) => {
    const decision = decide(row, request, nowMs);
    if (decision.action === 'none') row = afterDecline(row, request, decision);
    if (decision.action !== 'mint') return;
    const purpose = decision.reason === 'token-rejected' ? 'complaint' : 'renewal';
    const leased = acquireLease(row, { owner: 'me', nowMs, leaseMs: 75 * SECOND_MS }, purpose);
    const life = { issuedAtMs: nowMs, expiresAtMs: nowMs + lifeMs(issued.length) };
    issued.push({ atMs: nowMs, lifeMs: life.expiresAtMs - life.issuedAtMs });
    const token = accessToken({
      ...life,
      generation: leased.generation,
      refreshAfterMs: pace(planRefresh(life, TIMING, random), nowMs, leased.publishesMs),
    });
    row = afterSuccess(leased, { token, versionId: 'v', credentialsVersionId: 'credentials-1' });
  };
  const endMs = NOW_MS + days * DAY_MS;
  for (let tickMs = NOW_MS; tickMs < endMs; tickMs += TICK_MS) {
    ask(scheduled, ticks === 'on the minute' ? tickMs : tickMs + Math.floor(random() * 2 * SECOND_MS));
    for (const request of asks) ask(request, tickMs + 30 * SECOND_MS);
  }
  return measure(issued, endMs - DAY_MS, endMs);
}

function measure(issued: readonly { atMs: number; lifeMs: number }[], fromMs: number, toMs: number): Day {
  let validUntilMs = Number.NEGATIVE_INFINITY;
  const gaps: number[] = [];
  for (const { atMs, lifeMs } of [...issued, { atMs: toMs, lifeMs: 0 }]) {
    const goneMs = Math.min(atMs, toMs) - Math.max(validUntilMs, fromMs);
    if (goneMs > 0) gaps.push(goneMs);
    validUntilMs = Math.max(validUntilMs, atMs + lifeMs);
  }
  return {
    renewals: issued.filter(({ atMs }) => atMs >= fromMs).length,
    deadMinutes: minutesOf(gaps.reduce((sum, gap) => sum + gap, 0)),
    longestDeadMinutes: minutesOf(Math.max(0, ...gaps)),
  };
}

const minutesOf = (ms: number) => Math.round(ms / MINUTE_MS);
const always = (lifeMs: number) => () => lifeMs;
const expired: RefreshRequest = { kind: 'consumer', rejectedGeneration: undefined, claim: 'expired' };

describe('a day with tokens of ten minutes', () => {
  const lifeMs = always(10 * MINUTE_MS);

  test('was 985 minutes without a token, in one piece', () => {
    const day = run({ lifeMs, pace: paceOf02, days: 1, ticks: 'on the minute' });

    expect(day).toEqual({ renewals: 90, deadMinutes: 985, longestDeadMinutes: 985 });
  });

  test.each([
    [1, 'on the minute'],
    [1, 'a little late'],
    [3, 'a little late'],
  ] as const)(
    'is about 570 minutes without a token, at most seven in one piece: day %i, ticks %s',
    (days, ticks) => {
      const day = run({ lifeMs, days, ticks });

      expect(day.renewals).toBe(88);
      expect(Math.abs(day.deadMinutes - 572)).toBeLessThan(5);
      expect(day.longestDeadMinutes).toBe(7);
    },
  );

  test.each([1, 3])('is the same while consumers ask for a token every minute: day %i', (days) => {
    const day = run({ lifeMs, days, asks: [expired] });

    expect(day.deadMinutes).toBeLessThan(580);
    expect(day.longestDeadMinutes).toBeLessThanOrEqual(8);
  });

  test.each([1, 3])('is hardly worse while consumers reject them as well: day %i', (days) => {
    const day = run({ lifeMs, days, asks: [expired, rejected()] });

    expect(day.deadMinutes).toBeLessThan(600);
    expect(day.longestDeadMinutes).toBeLessThanOrEqual(8);
  });
});

describe('a day with tokens of another life', () => {
  test.each([
    ['a second', SECOND_MS, 1439, 17],
    ['a minute', MINUTE_MS, 1352, 16],
    ['17 minutes', 17 * MINUTE_MS, 0, 0],
    ['20 minutes', 20 * MINUTE_MS, 0, 0],
    ['30 minutes', 30 * MINUTE_MS, 0, 0],
    ['45 minutes', 45 * MINUTE_MS, 0, 0],
    ['54 minutes', 54 * MINUTE_MS, 0, 0],
    ['an hour', HOUR_MS, 0, 0],
  ])('of %s', (_, lifeMs, deadMinutes, longestDeadMinutes) => {
    const day = run({ lifeMs: always(lifeMs) });

    expect(day).toMatchObject({ longestDeadMinutes });
    expect(Math.abs(day.deadMinutes - deadMinutes)).toBeLessThan(3);
    expect(day.renewals).toBeLessThanOrEqual(90);
  });

  test.each([
    ['alternates', 2, 0],
    ['is an hour for one token in five', 5, 7],
  ])('that %s between ten minutes and an hour', (_, every, longestDeadMinutes) => {
    const day = run({ lifeMs: (n) => (n % every === 0 ? HOUR_MS : 10 * MINUTE_MS) });

    expect(day.longestDeadMinutes).toBe(longestDeadMinutes);
    expect(day.deadMinutes).toBeLessThan(120);
  });
});
