import {
  CONNECTION_DIMENSION,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
  SERVICE_DIMENSION,
} from '../../core/metrics.ts';

/** A consumer's metric at one moment. */
export interface ConsumerMetric {
  readonly secretPrefix: string;
  readonly connection: string;
  readonly name: MetricName;
  /** One value, or at most 100. */
  readonly value: number | readonly number[];
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** One line of CloudWatch's embedded metric format, for the fleet and for the connection. */
export function toEmfLine({ secretPrefix, connection, name, value, atMs }: ConsumerMetric): string {
  return JSON.stringify({
    _aws: {
      Timestamp: atMs,
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [[SERVICE_DIMENSION], [SERVICE_DIMENSION, CONNECTION_DIMENSION]],
          Metrics: [{ Name: name, Unit: METRICS[name].unit }],
        },
      ],
    },
    [SERVICE_DIMENSION]: secretPrefix,
    [CONNECTION_DIMENSION]: connection,
    [name]: value,
  });
}
