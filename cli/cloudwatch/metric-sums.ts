import {
  type CloudWatchClient,
  type MetricDataQuery,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { METRIC_NAMESPACE, type MetricName, metricDimensions } from '../../lambdas/core/metrics.ts';

/** What is added up: how often a metric was measured, or what was. */
export interface MetricSum {
  /** Its name in the answer: a lower-case letter, then letters and digits. */
  readonly id: string;
  readonly metric: MetricName;
  /** @default that of the whole fleet */
  readonly connection?: string | undefined;
  readonly statistic: 'SampleCount' | 'Sum';
}

/** From its start to its end, which is not part of it, in periods. */
export interface MetricTime {
  readonly startMs: number;
  readonly endMs: number;
  readonly periodSeconds: number;
}

/** CloudWatch's limit. Source: CloudWatch API Reference, GetMetricData. */
const MAX_QUERIES_PER_REQUEST = 500;

/** Adds up metrics of one stack, by their ids; what was never measured is 0 or left out. Throws `InfrastructureError`. */
export async function readMetricSums(
  client: CloudWatchClient,
  secretPrefix: string,
  { sums, time }: { readonly sums: readonly MetricSum[]; readonly time: MetricTime },
): Promise<ReadonlyMap<string, number>> {
  const queries = sums.map((sum) => queryOf(secretPrefix, sum, time.periodSeconds));
  const found = new Map<string, number>();
  for (let at = 0; at < queries.length; at += MAX_QUERIES_PER_REQUEST) {
    const input = {
      MetricDataQueries: queries.slice(at, at + MAX_QUERIES_PER_REQUEST),
      StartTime: new Date(time.startMs),
      EndTime: new Date(time.endMs),
    };
    await callAws({ action: 'cloudwatch:GetMetricData', resource: METRIC_NAMESPACE }, async () => {
      for await (const { MetricDataResults = [] } of paginateGetMetricData({ client }, input))
        for (const { Id = '', Values = [] } of MetricDataResults)
          found.set(
            Id,
            Values.reduce((sum, value) => sum + value, found.get(Id) ?? 0),
          );
    });
  }
  return found;
}

function queryOf(
  secretPrefix: string,
  { id, metric, connection, statistic }: MetricSum,
  periodSeconds: number,
): MetricDataQuery {
  const Metric = {
    Namespace: METRIC_NAMESPACE,
    MetricName: metric,
    Dimensions: metricDimensions(secretPrefix, connection),
  };
  return { Id: id, MetricStat: { Metric, Period: periodSeconds, Stat: statistic } };
}
