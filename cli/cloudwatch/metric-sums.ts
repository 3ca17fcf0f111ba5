import {
  type CloudWatchClient,
  type MetricDataQuery,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import {
  METRIC_NAMESPACE,
  type MetricName,
  metricDimensions,
  SHARD_DIMENSION,
} from '../../lambdas/core/metrics.ts';

/** A sum over a metric: of its values, or of the number of its samples. */
export interface MetricSum {
  /** Its key in the result: a lower-case letter, then letters and digits. */
  readonly id: string;
  readonly metric: MetricName;
  /** @default the metric of all connections together */
  readonly connection?: string | undefined;
  /** Of a fleet. @default the metric of all shards and declared connections */
  readonly shard?: number;
  readonly statistic: 'SampleCount' | 'Sum';
}

/** A time range, divided into periods. The end is exclusive. */
export interface MetricRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly periodSeconds: number;
}

/** CloudWatch's limit. Source: CloudWatch API Reference, GetMetricData. */
const MAX_QUERIES_PER_REQUEST = 500;

/** Sums metrics of one stack, by id. A metric without samples is 0 or missing. Throws `InfrastructureError`. */
export async function readMetricSums(
  client: CloudWatchClient,
  secretPrefix: string,
  { sums, range }: { readonly sums: readonly MetricSum[]; readonly range: MetricRange },
): Promise<ReadonlyMap<string, number>> {
  const queries = sums.map((sum) => queryOf(secretPrefix, sum, range.periodSeconds));
  const found = new Map<string, number>();
  for (let at = 0; at < queries.length; at += MAX_QUERIES_PER_REQUEST) {
    const input = {
      MetricDataQueries: queries.slice(at, at + MAX_QUERIES_PER_REQUEST),
      StartTime: new Date(range.startMs),
      EndTime: new Date(range.endMs),
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
  { id, metric, connection, shard, statistic }: MetricSum,
  periodSeconds: number,
): MetricDataQuery {
  const Metric = {
    Namespace: METRIC_NAMESPACE,
    MetricName: metric,
    Dimensions: [
      ...metricDimensions(secretPrefix, connection),
      ...(shard === undefined ? [] : [{ Name: SHARD_DIMENSION, Value: String(shard) }]),
    ],
  };
  return { Id: id, MetricStat: { Metric, Period: periodSeconds, Stat: statistic } };
}
