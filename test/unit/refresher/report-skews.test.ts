import { describe, expect, test } from 'vitest';
import { reportSkews } from '../../../lambdas/refresher/report-skews.ts';
import { FakeRefresher } from './fake-refresher.ts';

function report(skews: { ownMs: number; zohoMs: number }) {
  const world = new FakeRefresher();
  const { clock, metrics, log } = world.context;
  const isOwnWrong = reportSkews({ clock: { ...clock, takeSkews: () => skews }, metrics, log });
  return { isOwnWrong, metrics: world.metrics, logged: world.logged };
}

describe('a clock', () => {
  test.each([60_000, -60_000, 0])('that is off by %d ms is not reported', (ms) => {
    expect(report({ ownMs: ms, zohoMs: ms })).toEqual({ isOwnWrong: false, metrics: [], logged: [] });
  });

  test.each([
    [60_001, 60],
    [-86_400_400, -86_400],
  ])('of the machine that is off by %d ms is counted and logged', (ownMs, secondsAhead) => {
    expect(report({ ownMs, zohoMs: 0 })).toEqual({
      isOwnWrong: true,
      metrics: [[{ ClockSkewSeconds: Math.abs(secondsAhead) }]],
      logged: [
        ['warn', "this machine's clock is wrong", { secondsAhead, reason: expect.stringContaining('AWS') }],
      ],
    });
  });

  test.each([
    [60_600, 61],
    [-60_600, -61],
  ])('of Zoho that is off by %d ms is logged only', (zohoMs, secondsAhead) => {
    expect(report({ ownMs: 0, zohoMs })).toEqual({
      isOwnWrong: false,
      metrics: [],
      logged: [
        ['warn', "Zoho's clock differs from AWS's", { secondsAhead, reason: expect.stringContaining('AWS') }],
      ],
    });
  });
});
