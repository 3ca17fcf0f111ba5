import { type ReadResult, tryRead } from '../aws/try-read.ts';
import { type MetricRange, readMetricSums } from '../cloudwatch/metric-sums.ts';
import { readScheduleRuns } from '../cloudwatch/schedule-runs.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

const WINDOW_MS = 5 * 60_000;
const PERIOD_SECONDS = 60;

/** The last five minutes. */
export function rangeOfHeartbeats(nowMs: number): MetricRange {
  // CloudWatch excludes the end of the range. The minute in progress counts too.
  return {
    startMs: nowMs - WINDOW_MS,
    endMs: nowMs + PERIOD_SECONDS * 1000,
    periodSeconds: PERIOD_SECONDS,
  };
}

/** The refresher's completed runs in the last five minutes, by two sources. */
export interface RunFacts {
  /** By its own metrics, which are taken from its log. */
  readonly heartbeats: number;
  /** By Lambda's count. Read only without heartbeats. */
  readonly runsOfSchedule: number;
}

/** Counts them. */
export async function readHeartbeats(session: Session): Promise<ReadResult<RunFacts>> {
  const { secretPrefix, functionArn } = await session.deployment();
  const range = rangeOfHeartbeats(session.runtime.clock.now());
  const { cloudWatch } = session.aws;
  return await tryRead(async () => {
    const sums = [{ id: 'heartbeats', metric: 'Heartbeat', statistic: 'SampleCount' }] as const;
    const heartbeats =
      (await readMetricSums(cloudWatch, secretPrefix, { sums, range })).get('heartbeats') ?? 0;
    const runsOfSchedule = heartbeats > 0 ? 0 : await readScheduleRuns(cloudWatch, functionArn, range);
    return { heartbeats, runsOfSchedule };
  });
}

/** Whether the refresher is running, and its metrics arrive. */
export function judgeHeartbeats(runs: ReadResult<RunFacts>): Finding {
  if (runs.kind === 'unavailable') return unavailable('the heartbeat', runs.error);
  const { heartbeats, runsOfSchedule } = runs.value;
  if (heartbeats > 0) return pass(`${runsOf(heartbeats)} in the last 5 minutes`);
  return runsOfSchedule > 0
    ? fail(
        `the refresher runs (${runsOf(runsOfSchedule)} in the last 5 minutes by Lambda's count), but its metrics are missing: alarms about tokens cannot go off`,
        'Run zoho-tokens status, which reads the table. See docs/runbooks/RefresherSilent.md.',
      )
    : fail('the refresher completed no run in the last 5 minutes', 'See docs/runbooks/RefresherSilent.md.');
}

/** Such as `4 completed runs`. */
export function runsOf(count: number): string {
  return `${count} completed run${count === 1 ? '' : 's'}`;
}
