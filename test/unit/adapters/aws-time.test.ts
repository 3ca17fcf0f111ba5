import { describe, expect, it } from 'vitest';
import { createAwsTime } from '../../../lambdas/adapters/aws-time.ts';
import { HOUR_MS, NOW_MS, SECOND_MS } from '../../support/builders.ts';

/** A system's clock and a monotonic one, which the test moves apart. */
function startTime() {
  const at = { system: NOW_MS, monotonic: 5_000 };
  const time = createAwsTime({
    now: () => at.system,
    monotonic: () => at.monotonic,
  });
  const pass = (ms: number) => {
    at.system += ms;
    at.monotonic += ms;
  };
  return { at, time, pass };
}

const dateAt = (ms: number) => new Date(ms).toUTCString();

describe('the time of AWS', () => {
  it("is the system's until a response is dated otherwise", () => {
    const { time, pass } = startTime();

    pass(SECOND_MS);

    expect(time.now()).toBe(NOW_MS + SECOND_MS);
  });

  it.each([
    ['two hours ahead', 2 * HOUR_MS],
    ['two hours behind', -2 * HOUR_MS],
  ])('is that of a response, for a clock that is %s', (_, aheadMs) => {
    const { time, pass } = startTime();
    const sentAtMs = time.elapsed();
    pass(100);

    time.correct(dateAt(NOW_MS - aheadMs), sentAtMs);

    expect(time.now()).toBe(NOW_MS - aheadMs + 1_100);
  });

  it.each(['the same second', undefined, 'no date'])('is not changed by a date that is %s', (date) => {
    const { time } = startTime();

    time.correct(date === 'the same second' ? dateAt(NOW_MS) : date, time.elapsed());

    expect(time.now()).toBe(NOW_MS);
  });

  it('is that of a response, also when some time has passed', () => {
    const { time, pass } = startTime();
    pass(10 * SECOND_MS);
    const sentAtMs = time.elapsed();
    pass(100);

    time.correct(dateAt(NOW_MS - 2 * HOUR_MS), sentAtMs);

    expect(time.now()).toBe(NOW_MS - 2 * HOUR_MS + 1_100);
  });

  it('does not go back when the clock of the system jumps and is corrected', () => {
    const { at, time } = startTime();
    at.system += 2 * HOUR_MS;
    time.elapsed();
    at.system -= 2 * HOUR_MS;

    expect(time.elapsed()).toBe(2 * HOUR_MS);
  });

  it('is not changed by a response that was on its way while the process was frozen', () => {
    const { at, time } = startTime();
    const sentAtMs = time.elapsed();
    at.system += 2 * HOUR_MS;

    time.correct(dateAt(NOW_MS), sentAtMs);

    expect(time.now()).toBe(NOW_MS + 2 * HOUR_MS);
  });

  it.each([
    ['is set forward, or the process was frozen', 2 * HOUR_MS, 0, 2 * HOUR_MS],
    ['is set back', -2 * HOUR_MS, 0, 0],
    ['is set back while the process is frozen', 0, 2 * HOUR_MS, 2 * HOUR_MS],
  ])("moves as far as the clock that moved further: the system's %s", (_, system, monotonic, expected) => {
    const { at, time, pass } = startTime();
    at.system += system;
    at.monotonic += monotonic;
    const then = time.now();

    pass(SECOND_MS);

    expect([then, time.now()]).toEqual([NOW_MS + expected, NOW_MS + expected + SECOND_MS]);
  });

  it('does not gain time from clocks that are read often and differ by a little', () => {
    const { at, time } = startTime();

    for (let step = 0; step < 1_000; step += 1) {
      if (step % 2 === 0) at.system += 2;
      else at.monotonic += 2;
      time.now();
    }

    expect(time.now()).toBe(NOW_MS + 1_000);
  });

  it.each([
    ['the monotonic one is a little fast', 0, 0.6],
    ["the system's has fractions", 0.6, 0],
  ])('has whole milliseconds, also if %s', (_, system, monotonic) => {
    const { at, time } = startTime();

    at.system += 100 + system;
    at.monotonic += 100 + monotonic;
    const before = [time.now(), time.elapsed()];
    time.correct(dateAt(NOW_MS - 2 * HOUR_MS), time.elapsed());

    expect([...before, time.now()]).toEqual([NOW_MS + 100, 100, NOW_MS - 2 * HOUR_MS + 1_000]);
  });

  it('is corrected without changing how much time has elapsed', () => {
    const { time } = startTime();
    const before = time.elapsed();

    time.correct(dateAt(NOW_MS - 2 * HOUR_MS), before);

    expect(time.elapsed()).toBe(before);
  });
});
