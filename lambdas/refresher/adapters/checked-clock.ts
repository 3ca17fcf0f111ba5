import { createAwsTime } from '../../adapters/aws-time.ts';
import type { ResponseDates } from '../../adapters/response-dates.ts';
import type { CheckedClock, Clock } from '../../core/ports.ts';

/** The clock of the machine, which may be wrong, and may be changed at any time. */
export interface OwnClock extends Clock {
  /**
   * Milliseconds since some moment, unaffected by changes of the clock.
   *
   * @default - the highest `now()` so far
   */
  monotonic?(): number;
}

/** Where the clock gets the time of others. */
export interface ClockWitnesses extends ResponseDates {
  /** Called with the `Date` of each answer of Zoho, and `elapsed()` from before the request. It never changes the time. */
  compare(date: string | undefined, sentAtMs: number): void;
}

/**
 * The machine's time is used while it is this close to AWS's. Two refreshers are then less than 10 s apart, as leases assume, and
 * the seconds of a `Date` and the way of a response change nothing.
 */
const TOLERANCE_MS = 3_000;

/** The `Date` of a response has whole seconds. */
const DATE_PRECISION_MS = 1_000;

/** The clock of a refresher: the machine's while it agrees with the dates of AWS's responses, otherwise AWS's. */
export function createCheckedClock(own: OwnClock): CheckedClock & ClockWitnesses {
  const aws = createAwsTime({ now: () => own.now(), monotonic: monotonicOf(own) });
  let isChecked = false;
  let skews = { ownMs: 0, zohoMs: 0 };

  function now(): number {
    const ownMs = own.now();
    const awsMs = aws.now();
    return Math.abs(ownMs - awsMs) <= TOLERANCE_MS ? ownMs : awsMs;
  }

  return {
    now,
    elapsed: aws.elapsed,
    abortAfter: (ms) => own.abortAfter(ms),
    isChecked: () => isChecked,
    takeSkews: () => {
      const taken = skews;
      skews = { ownMs: 0, zohoMs: 0 };
      return taken;
    },
    correct: (date, sentAtMs) => {
      if (Number.isNaN(Date.parse(date ?? ''))) return;
      isChecked = true;
      aws.correct(date, sentAtMs);
      skews = { ...skews, ownMs: larger(skews.ownMs, own.now() - aws.now()) };
    },
    compare: (date, sentAtMs) => {
      const earliestMs = Date.parse(date ?? '');
      const latestMs = earliestMs + DATE_PRECISION_MS + aws.elapsed() - sentAtMs;
      const nowMs = now();
      const aheadMs = nowMs < earliestMs ? earliestMs - nowMs : nowMs > latestMs ? latestMs - nowMs : 0;
      skews = { ...skews, zohoMs: larger(skews.zohoMs, aheadMs) };
    },
  };
}

function monotonicOf(own: OwnClock): () => number {
  let latestMs = Number.NEGATIVE_INFINITY;
  return () => {
    latestMs = Math.max(latestMs, own.now());
    return own.monotonic?.() ?? latestMs;
  };
}

function larger(one: number, other: number): number {
  return Math.abs(other) > Math.abs(one) ? other : one;
}
