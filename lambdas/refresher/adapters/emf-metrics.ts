import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import {
  CONNECTION_DIMENSION,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
  ROUTINE_METRICS,
  SHARD_DIMENSION,
} from '../../core/metrics.ts';
import type { Clock, MetricsRecorder } from '../../core/ports.ts';

export interface EmfMetricsOptions {
  /** Value of the `service` dimension: the prefix of the secrets, which distinguishes two deployments. */
  readonly secretPrefix: string;
  /** Whether a connection gets metrics of its own. CloudWatch charges for each of them. */
  readonly hasOwnMetrics: (connection: string) => boolean;
  /** Whether {@link ROUTINE_METRICS} are written. */
  readonly routineMetrics: boolean;
  readonly clock: Clock;
  /** Writes one line of CloudWatch's embedded metric format. In Lambda, to standard output. */
  readonly writeLine: (line: string) => void;
}

/** Metrics in CloudWatch's embedded metric format: no call, no latency, nothing to fail. */
export function createEmfMetrics(options: EmfMetricsOptions): MetricsRecorder {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: options.secretPrefix });

  function write(values: Partial<Record<MetricName, number>>, addDimensions: () => void): void {
    const written = (Object.entries(values) as [MetricName, number][]).filter(
      ([name]) => options.routineMetrics || !ROUTINE_METRICS.includes(name),
    );
    if (written.length === 0) return;
    for (const [name, value] of written) {
      metrics.addMetric(name, MetricUnit[METRICS[name].unit], value);
    }
    addDimensions();
    const record = metrics.serializeMetrics();
    record._aws.Timestamp = options.clock.now();
    options.writeLine(JSON.stringify(record));
    metrics.clearMetrics();
    metrics.clearDimensions();
    metrics.clearMetadata();
  }

  return {
    record: (values, connection) =>
      write(values, () => {
        if (connection !== undefined && options.hasOwnMetrics(connection)) {
          metrics.addDimensions({});
          metrics.addDimensions({ [CONNECTION_DIMENSION]: connection });
        } else if (connection !== undefined) {
          metrics.addMetadata(CONNECTION_DIMENSION, connection);
        }
      }),

    recordShard: (values, shard) => write(values, () => metrics.addDimension(SHARD_DIMENSION, String(shard))),
  };
}
