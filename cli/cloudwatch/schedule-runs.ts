import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import type { RefresherDoor } from '../../lambdas/core/refresh/refresher-door.ts';
import type { MetricRange } from './metric-sums.ts';

const NAMESPACE = 'AWS/Lambda';
const SCHEDULE: RefresherDoor = 'schedule';

/**
 * How many runs of the schedule ended without an error, as Lambda counts them: without the refresher's log, from which its own
 * metrics are taken. Throws `InfrastructureError`.
 */
export async function readScheduleRuns(
  client: CloudWatchClient,
  functionArn: string,
  { startMs, endMs, periodSeconds }: MetricRange,
): Promise<number> {
  const name = functionArn.split(':').at(-1) ?? '';
  const Dimensions = [
    { Name: 'FunctionName', Value: name },
    { Name: 'Resource', Value: `${name}:${SCHEDULE}` },
  ];
  const query = (MetricName: string) => ({
    Id: MetricName.toLowerCase(),
    MetricStat: {
      Metric: { Namespace: NAMESPACE, MetricName, Dimensions },
      Period: periodSeconds,
      Stat: 'Sum',
    },
  });
  const command = new GetMetricDataCommand({
    MetricDataQueries: [query('Invocations'), query('Errors')],
    StartTime: new Date(startMs),
    EndTime: new Date(endMs),
  });
  const call = { action: 'cloudwatch:GetMetricData', resource: NAMESPACE };
  const { MetricDataResults = [] } = await callAws(call, () => client.send(command));
  const sumOf = (id: string) =>
    MetricDataResults.filter(({ Id }) => Id === id)
      .flatMap(({ Values = [] }) => Values)
      .reduce((sum, value) => sum + value, 0);
  return sumOf('invocations') - sumOf('errors');
}
