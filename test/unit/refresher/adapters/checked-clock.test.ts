import { describe, expect, test } from 'vitest';
import { createCheckedClock } from '../../../../lambdas/refresher/adapters/checked-clock.ts';
import { HOUR_MS, NOW_MS, SECOND_MS } from '../../../support/builders.ts';

const DAY_MS = 24 * HOUR_MS;

/** A machine whose clocks the test moves apart. AWS's time is `aws`. */
function startMachine(aheadMs = 0) {
  const at = { aws: NOW_MS, own: NOW_MS + aheadMs, monotonic: 5_000 };
  const clock = createCheckedClock({
    now: () => at.own,
    monotonic: () => at.monotonic,
    abortAfter: () => new AbortController().signal,
  });
  const pass = (ms: number) => {
    at.aws += ms;
    at.own += ms;
    at.monotonic += ms;
  };
  /** A response of AWS, or of a witness, that takes 100 ms. */
  const respond = (take: 'correct' | 'compare', date: string | undefined) => {
    const sentAtMs = clock.elapsed();
    pass(100);
    clock[take](date, sentAtMs);
  };
  return {
    at,
    clock,
    pass,
    respond,
    answerOfAws: () => respond('correct', new Date(at.aws).toUTCString()),
    answerOfZoho: (zohoAheadMs: number) => respond('compare', new Date(at.aws + zohoAheadMs).toUTCString()),
  };
}

/** Within five seconds: a date has whole seconds. */
const nearly = (ms: number): number => expect.closeTo(ms, -4);

describe('the clock of a refresher', () => {
  test("is the machine's until AWS has answered", () => {
    const { clock, pass } = startMachine(DAY_MS);

    pass(SECOND_MS);

    expect(clock.now()).toBe(NOW_MS + DAY_MS + SECOND_MS);
    expect(clock.isChecked()).toBe(false);
  });

  test.each([0, 1_000, -1_000, 1_900, -1_800])(
    "is the machine's if it differs by %d ms from AWS's",
    (aheadMs) => {
      const { clock, at, answerOfAws } = startMachine(aheadMs);

      answerOfAws();

      expect(clock.now()).toBe(at.own);
      expect(clock.isChecked()).toBe(true);
    },
  );

  test.each([DAY_MS, -DAY_MS, 6 * 60_000, -6 * 60_000, 10_000, -10_000])(
    "is AWS's if the machine's is off by %d ms",
    (aheadMs) => {
      const { clock, at, answerOfAws, pass } = startMachine(aheadMs);

      answerOfAws();
      pass(HOUR_MS);

      expect(clock.now()).toEqual(nearly(at.aws));
    },
  );

  test.each([
    [4_000, 4_001],
    [-2_000, -2_001],
  ])("is the machine's up to three seconds from the time that AWS's answer allows: %d ms", (most, more) => {
    const isOwn = (aheadMs: number) => {
      const { clock, at, answerOfAws } = startMachine(aheadMs);
      answerOfAws();
      return clock.now() === at.own;
    };

    expect([isOwn(most), isOwn(more)]).toEqual([true, false]);
  });

  test.each([undefined, '', 'the day before yesterday'])('is not changed by the date %j', (date) => {
    const { clock, at, respond } = startMachine(DAY_MS);

    respond('correct', date);

    expect(clock.now()).toBe(at.own);
    expect(clock.isChecked()).toBe(false);
    expect(clock.takeSkews()).toEqual({ ownMs: 0, zohoMs: 0 });
  });

  test('measures durations that a correction does not change', () => {
    const { clock, answerOfAws } = startMachine(DAY_MS);
    const before = clock.elapsed();

    answerOfAws();

    expect(clock.elapsed() - before).toBe(100);
  });

  test("goes on with AWS's time when the machine's clock is set back", () => {
    const { clock, at, answerOfAws, pass } = startMachine();
    answerOfAws();

    at.own -= DAY_MS;
    pass(HOUR_MS);

    expect(clock.now()).toEqual(nearly(at.aws));
  });

  test("follows the machine's clock when it is set forward, as after a freeze, until AWS answers", () => {
    const { clock, at, answerOfAws } = startMachine();
    answerOfAws();

    at.own += DAY_MS;
    expect(clock.now()).toBe(at.own);
    answerOfAws();
    expect(clock.now()).toEqual(nearly(at.aws));
    at.own -= DAY_MS;
    expect(clock.now()).toBe(at.own);
  });

  test('needs no monotonic clock while time goes forward', () => {
    const at = { own: NOW_MS + DAY_MS };
    const clock = createCheckedClock({ now: () => at.own, abortAfter: () => new AbortController().signal });

    clock.correct(new Date(NOW_MS).toUTCString(), clock.elapsed());
    at.own += HOUR_MS;

    expect(clock.now()).toEqual(nearly(NOW_MS + HOUR_MS));
  });

  test('aborts after a duration of the machine', () => {
    const signal = AbortSignal.abort();
    const asked: number[] = [];
    const clock = createCheckedClock({
      now: () => NOW_MS,
      abortAfter: (ms) => {
        asked.push(ms);
        return signal;
      },
    });

    expect(clock.abortAfter(5)).toBe(signal);
    expect(asked).toEqual([5]);
  });
});

describe('the skews of clocks', () => {
  test("are the largest since the last call, the machine's and Zoho's", () => {
    const { at, clock, answerOfAws, answerOfZoho } = startMachine(DAY_MS);
    answerOfAws();
    at.own -= DAY_MS;
    answerOfAws();
    answerOfZoho(-2 * HOUR_MS);
    answerOfZoho(HOUR_MS);

    expect(clock.takeSkews()).toEqual({ ownMs: nearly(DAY_MS), zohoMs: nearly(-2 * HOUR_MS) });
    answerOfAws();
    expect(clock.takeSkews().ownMs).toEqual(nearly(0));
  });

  test('are none if all agree', () => {
    const { clock, answerOfAws, answerOfZoho } = startMachine();

    answerOfAws();
    answerOfZoho(0);

    expect(clock.takeSkews()).toEqual({ ownMs: 0, zohoMs: 0 });
  });

  test.each([
    ['ahead', 2 * HOUR_MS],
    ['behind', -2 * HOUR_MS],
  ])("show Zoho's clock that is %s, which is not believed", (_, zohoAheadMs) => {
    const { clock, at, answerOfAws, answerOfZoho } = startMachine();
    answerOfAws();

    answerOfZoho(zohoAheadMs);

    expect(clock.takeSkews().zohoMs).toEqual(nearly(zohoAheadMs));
    expect(clock.now()).toBe(at.own);
  });

  test("are zero for every time that an answer allows: within the date's second, or on its way", () => {
    const { clock, pass, respond } = startMachine();
    pass(HOUR_MS);
    const answerWritten = (secondsAgo: number) => {
      respond('compare', new Date(clock.now() - secondsAgo * SECOND_MS).toUTCString());
      pass(900);
      return clock.takeSkews().zohoMs;
    };

    expect([answerWritten(0), answerWritten(1), answerWritten(2)]).toEqual([0, 0, -1_000]);
  });

  test.each([undefined, 'yesterday'])('show nothing for the date %j of Zoho', (date) => {
    const { clock, respond } = startMachine();

    respond('compare', date);

    expect(clock.takeSkews().zohoMs).toBe(0);
  });
});
