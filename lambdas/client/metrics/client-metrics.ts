import type { PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { METRIC_NAMESPACE } from '../../core/metrics.ts';
import type { ApiCallReporter } from './api-call-reporter.ts';
import { ApiCallTally, countCalls, type TalliedCalls } from './api-call-tally.ts';
import { onBeforeExit } from './before-exit.ts';
import { deliverApiCalls, toMetricDatum, type Undelivered } from './cloudwatch-delivery.ts';
import { describePutMetricDataError, type PutMetricDataError } from './cloudwatch-errors.ts';

/**
 * Sends one request of PutMetricData, e.g. `putMetricData` of the SDK's `CloudWatch`; rejects with the SDK's errors. A
 * function rather than a client, so that nothing of the SDK is loaded where nothing is ever sent.
 */
export type PutMetricData = (
  input: PutMetricDataInput,
  options: { readonly abortSignal: AbortSignal },
) => Promise<unknown>;

export interface CloudWatchApiCallsOptions {
  readonly putMetricData: PutMetricData;
  /** Value of the `service` dimension: the prefix of the secrets, which is what tells two installations apart. */
  readonly secretPrefix: string;
  /**
   * `now()`: milliseconds since the epoch. `abortAfter(ms)`: a signal that ends a request, with all of the SDK's
   * attempts, when so many milliseconds have passed.
   * @default abortAfter in real time
   */
  readonly clock: { now(): number; abortAfter?(ms: number): AbortSignal };
  /**
   * Minutes, of those with calls in them, that are kept while CloudWatch does not take them. At least 1.
   * @default 60
   */
  readonly maxHeldMinutes?: number;
  /**
   * Calls back after a minute. Asked again only after it did, and only while there is something to send.
   * @default once after 60 s of real time, without keeping the process alive
   */
  readonly schedule?: (callback: () => void) => void;
  /** Told when CloudWatch did not take counts, at most twice a flush: once for what is kept, once for what is dropped. */
  readonly onError?: (error: PutMetricDataError) => void;
}

export interface CloudWatchApiCalls extends ApiCallReporter {
  /** API calls that CloudWatch never heard of, or not in full: held for too long, or refused for good. */
  readonly droppedCalls: number;
  /** Sends what is held and then nothing more by itself: no timer, no listener. Resolves whatever came of it. */
  close(): Promise<void>;
}

/**
 * CloudWatch takes time stamps "as much as two weeks before the current date" (CloudWatch API Reference,
 * PutMetricData). An hour less, because one datum that is too old has its whole request refused, and clocks differ.
 */
const MAX_AGE_MS = (14 * 24 - 1) * 3_600_000;

/** Nobody waits for metrics, but `flush()` must end: without a limit the SDK waits for a silent server for ever. */
const REQUEST_TIMEOUT_MS = 15_000;

/**
 * Reports API calls from where there is no Lambda (ECS, servers) by PutMetricData: once a minute, on `flush()`, and
 * before the process ends by itself. A process that ends otherwise (a signal, `process.exit`) calls `flush()` first.
 *
 * What CloudWatch does not take is kept and sent again. PutMetricData has no idempotency: when an answer was lost
 * rather than a request, its counts arrive twice. That does not change the rate, which both parts of it share.
 */
export function createCloudWatchApiCalls(options: CloudWatchApiCallsOptions): CloudWatchApiCalls {
  const { putMetricData, clock, maxHeldMinutes = 60, schedule = inAMinute, onError } = options;
  if (!Number.isInteger(maxHeldMinutes) || maxHeldMinutes < 1) {
    throw new RangeError(`maxHeldMinutes must be a whole number of at least 1, not ${maxHeldMinutes}.`);
  }
  const tally = new ApiCallTally(maxHeldMinutes);
  let inFlight: Promise<void> | undefined;
  let following: Promise<void> | undefined;
  let timerIsSet = false;
  let stopListening: (() => void) | undefined;
  let closed = false;
  let hasCallsSinceExit = false;

  const put = (calls: readonly TalliedCalls[]) =>
    putMetricData(
      {
        Namespace: METRIC_NAMESPACE,
        MetricData: calls.map((each) => toMetricDatum(options.secretPrefix, each)),
      },
      { abortSignal: clock.abortAfter?.(REQUEST_TIMEOUT_MS) ?? AbortSignal.timeout(REQUEST_TIMEOUT_MS) },
    );
  const sendHeld = async (): Promise<void> => {
    const { kept, refused } = await deliverApiCalls(tally.takeAll(clock.now() - MAX_AGE_MS), put);
    tally.giveBack(kept?.calls ?? []);
    tally.drop(refused?.calls ?? []);
    report(kept);
    report(refused);
  };
  const report = (undelivered: Undelivered | undefined): void => {
    if (undelivered === undefined) return;
    try {
      onError?.(describePutMetricDataError(undelivered.error, countCalls(undelivered.calls)));
    } catch {
      // A fault of the listener's own.
    }
  };
  /** A second flush while one is under way follows it, for what was counted since; a third shares the second. */
  const flush = (): Promise<void> => {
    if (inFlight !== undefined) {
      following ??= inFlight.then(() => {
        following = undefined;
        return flush();
      });
      return following;
    }
    inFlight = sendHeld()
      .finally(() => {
        inFlight = undefined;
        watch();
      })
      .catch(() => {
        // A fault of what was injected (the clock, the timer): `flush` resolves whatever came of it.
      });
    return inFlight;
  };
  /** Timer and listener are there only while something is held: a reporter that is no longer used can be collected. */
  const watch = (): void => {
    if (tally.isEmpty || closed) {
      stopListening?.();
      stopListening = undefined;
      return;
    }
    stopListening ??= onBeforeExit(flushBeforeExit);
    if (timerIsSet) return;
    timerIsSet = true;
    schedule(() => {
      timerIsSet = false;
      if (!closed) void flush();
    });
  };
  /** Once for what was counted: a process whose CloudWatch is down must still come to its end. */
  const flushBeforeExit = (): void => {
    if (!hasCallsSinceExit) return;
    hasCallsSinceExit = false;
    void flush();
  };

  return {
    record: (connection, { unauthorized }) => {
      try {
        tally.count(clock.now(), connection, unauthorized);
        hasCallsSinceExit = true;
        watch();
      } catch {
        // A call of Zoho must not fail because it could not be counted.
      }
    },
    flush,
    get droppedCalls() {
      return tally.droppedCalls;
    },
    close: () => {
      closed = true;
      return flush();
    },
  };
}

function inAMinute(callback: () => void): void {
  setTimeout(callback, 60_000).unref();
}
