import { expect, it } from 'vitest';
import { createTokenLife } from '../../../lambdas/client/token-life.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS, SECOND_MS } from '../../support/builders.ts';
import { timesOf } from '../../support/client-times.ts';

/** The life of a token of generation 7 that expired some time ago. */
function startLife(expiredMs: number) {
  const at = { nowMs: NOW_MS - MINUTE_MS };
  const { time } = timesOf({
    now: () => at.nowMs,
    monotonic: () => at.nowMs,
    sleep: () => Promise.resolve(),
  });
  const life = createTokenLife(time);
  at.nowMs = NOW_MS;
  const token = { generation: 7, expiresAtMs: NOW_MS - expiredMs };
  const pass = (ms: number) => {
    at.nowMs += ms;
  };
  return { life, time, token, pass };
}

it('of a token ends when it expires', () => {
  const { life, token } = startLife(-MINUTE_MS);

  expect(life.leftMs(token)).toBe(MINUTE_MS);
});

it.each([
  ['a moment ago is believed for five seconds', 1_000, 5 * SECOND_MS],
  ['twenty seconds ago is believed for as long', 20 * SECOND_MS, 20 * SECOND_MS],
  ['two hours ago is believed for a minute', 2 * HOUR_MS, MINUTE_MS],
])('of a token that the refresher calls valid although it expired %s', (_, expiredMs, trustMs) => {
  const { life, token, pass } = startLife(expiredMs);

  life.trust(7);

  expect(life.leftMs(token)).toBe(trustMs);
  pass(trustMs);
  expect(life.leftMs(token)).toBe(0);
});

it('of another token than the one that the refresher calls valid is by the clock', () => {
  const { life, token } = startLife(HOUR_MS);

  life.trust(8);

  expect(life.leftMs(token)).toBe(-HOUR_MS);
});

it('is not prolonged when the time is corrected meanwhile', () => {
  const { life, time, token, pass } = startLife(2 * HOUR_MS);
  life.trust(7);

  time.correct(new Date(NOW_MS - 2 * HOUR_MS - 50 * MINUTE_MS).toUTCString(), time.elapsed());

  expect(life.leftMs(token)).toBe(50 * MINUTE_MS - SECOND_MS);
  pass(50 * MINUTE_MS);
  expect(life.leftMs(token)).toBeLessThan(0);
});
