import type { MetricName } from '../../core/metrics.ts';
import type { ApiCallReporter } from './api-call-reporter.ts';
import { minuteOf } from './api-call-tally.ts';
import { toEmfLine } from './emf-line.ts';

export interface EmfApiCallsOptions {
  /** Value of the `service` dimension: the prefix of the secrets, which is what tells two installations apart. */
  readonly secretPrefix: string;
  /** `now()`: milliseconds since the epoch. */
  readonly clock: { now(): number };
  /** Takes one line of CloudWatch's embedded metric format. In Lambda, standard output. */
  readonly writeLine: (line: string) => void;
  /**
   * Calls back soon. Asked again only after it did.
   * @default once after 1 s of real time, without keeping the process alive
   */
  readonly scheduleFlush?: (callback: () => void) => void;
}

/**
 * Values that one metric may have in one record. Source: Powertools for AWS Lambda, which holds itself to it
 * (`MAX_METRIC_VALUES_SIZE`; its issue 1046 for Python quotes CloudWatch's specification of the embedded metric format).
 */
const MAX_VALUES = 100;

const METRIC: MetricName = 'Unauthorized';

interface HeldCalls {
  /** Time of the first value, which is that of the whole record. */
  readonly firstAtMs: number;
  readonly values: (0 | 1)[];
}

/**
 * Reports API calls from inside Lambda, as lines of CloudWatch's embedded metric format: no call, no latency, nothing
 * to fail.
 *
 * Lambda freezes a function between two invocations and may end it there, so a 401 is written at once. Calls that went
 * well are held back until one line has 100 of them, until the clock's minute is over, or for about a second: at most
 * 99 a connection are lost with an environment, unless `flush()` is called at the end of an invocation. A line that
 * cannot be written is lost.
 */
export function createEmfApiCalls(options: EmfApiCallsOptions): ApiCallReporter {
  const { clock, scheduleFlush = inASecond } = options;
  const held = new Map<string, HeldCalls>();
  let heldMinuteMs = Number.NaN;
  let flushIsScheduled = false;

  const write = (connection: string, calls: HeldCalls): void => {
    held.delete(connection);
    try {
      const { firstAtMs: atMs, values: value } = calls;
      options.writeLine(
        toEmfLine({ secretPrefix: options.secretPrefix, connection, name: METRIC, value, atMs }),
      );
    } catch {
      // Standard output is gone: there is nobody left to tell.
    }
  };
  const writeAll = (): void => {
    for (const [connection, calls] of held) write(connection, calls);
  };
  const add = (connection: string, unauthorized: boolean): void => {
    const nowMs = clock.now();
    if (minuteOf(nowMs) !== heldMinuteMs) writeAll();
    heldMinuteMs = minuteOf(nowMs);

    const calls = held.get(connection) ?? { firstAtMs: nowMs, values: [] };
    held.set(connection, calls);
    calls.values.push(unauthorized ? 1 : 0);
    if (unauthorized || calls.values.length === MAX_VALUES) write(connection, calls);
  };
  const scheduleIfNeeded = (): void => {
    if (held.size === 0 || flushIsScheduled) return;
    flushIsScheduled = true;
    scheduleFlush(() => {
      flushIsScheduled = false;
      writeAll();
    });
  };

  return {
    record: (connection, { unauthorized }) => {
      try {
        add(connection, unauthorized);
        scheduleIfNeeded();
      } catch {
        // A call of Zoho must not fail because it could not be counted.
      }
    },
    flush: () => {
      writeAll();
      return Promise.resolve();
    },
  };
}

function inASecond(callback: () => void): void {
  setTimeout(callback, 1000).unref();
}
