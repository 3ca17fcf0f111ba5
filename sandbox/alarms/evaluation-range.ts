import type { MetricWindow } from '../aws/metric-store.ts';

/** The periods that one evaluation of an alarm retrieves: `count` of them, end to end. */
export interface EvaluationRange extends MetricWindow {
  readonly count: number;
}

/** How often an alarm is evaluated. */
const EVALUATION_INTERVAL_MS = 60_000;

/** The longest time, N periods together, for which an alarm is evaluated every minute. */
export const LONGEST_EVALUATION_MS = 24 * 60 * 60_000;

/**
 * The number of datapoints that are retrieved beyond the N that are evaluated: an assumption. The guide says that their
 * number "depends on the length of the alarm period" and on the resolution, and shows 5 for an N of 3 and a period of 5
 * minutes, but has no formula. (Two also fits reports that an alarm on one day looks back three days.)
 */
const EXTRA_DATAPOINTS = 2;

/**
 * The time range of an evaluation: N periods and two before them, up to the last full minute. The
 * window slides: for "any period of one minute or longer, an alarm is evaluated every minute"; with a period of 5 minutes
 * "at the end of minute 5 the alarm evaluates based on data from minutes 1 to 5. Then at the end of minute 6, […] minutes 2
 * to 6". So the periods are not those of a graph, which start at multiples of their length. Source: CloudWatch User Guide,
 * "Alarm evaluation", "Alarm evaluation window" (a sliding window is the default), "Limits" (at 12:15:00 datapoints of
 * 12:00, 12:05 and 12:10, at 12:16:00 of 12:01, 12:06 and 12:11) and "Configuring how CloudWatch alarms treat missing data"
 * (the evaluation range). Alarms over more than a day are evaluated once an hour: not here.
 */
export function evaluationRangeAt(
  nowMs: number,
  { periodMs, evaluationPeriods }: { readonly periodMs: number; readonly evaluationPeriods: number },
): EvaluationRange {
  const endMs = Math.floor(nowMs / EVALUATION_INTERVAL_MS) * EVALUATION_INTERVAL_MS;
  const count = evaluationPeriods + EXTRA_DATAPOINTS;
  return { startMs: endMs - count * periodMs, endMs, periodMs, count };
}
