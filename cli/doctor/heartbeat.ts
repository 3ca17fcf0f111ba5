import { paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { METRIC_NAMESPACE, SERVICE_DIMENSION } from '../../lambdas/core/metrics.ts';
import { type Look, look } from '../aws/look.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unseen } from './finding.ts';

const WINDOW_MS = 5 * 60_000;
const PERIOD_SECONDS = 60;

/** Counts the runs that the refresher has completed in the last five minutes. */
export async function readHeartbeats(session: Session): Promise<Look<number>> {
  const { secretPrefix } = await session.deployment();
  const nowMs = session.machine.clock.now();
  const Metric = {
    Namespace: METRIC_NAMESPACE,
    MetricName: 'Heartbeat',
    Dimensions: [{ Name: SERVICE_DIMENSION, Value: secretPrefix }],
  };
  const input = {
    StartTime: new Date(nowMs - WINDOW_MS),
    // The end is left out by CloudWatch: the minute that has begun counts too.
    EndTime: new Date(nowMs + PERIOD_SECONDS * 1000),
    MetricDataQueries: [
      { Id: 'heartbeats', MetricStat: { Metric, Period: PERIOD_SECONDS, Stat: 'SampleCount' } },
    ],
  };
  const call = { action: 'cloudwatch:GetMetricData', resource: METRIC_NAMESPACE };
  return await look(() =>
    callAws(call, async () => {
      const counts: number[] = [];
      for await (const { MetricDataResults = [] } of paginateGetMetricData(
        { client: session.aws.cloudWatch },
        input,
      ))
        counts.push(...MetricDataResults.flatMap(({ Values = [] }) => Values));
      return counts.reduce((sum, count) => sum + count, 0);
    }),
  );
}

/** Whether the refresher is alive. */
export function judgeHeartbeats(heartbeats: Look<number>): Finding {
  if (heartbeats.kind === 'unseen') return unseen('the heartbeat', heartbeats.error);
  return heartbeats.value > 0
    ? pass(`${heartbeats.value} completed run${heartbeats.value === 1 ? '' : 's'} in the last 5 minutes`)
    : fail('the refresher has completed no run in the last 5 minutes', 'docs/runbooks/RefresherSilent.md');
}
