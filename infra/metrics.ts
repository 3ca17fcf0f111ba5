import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, METRICS, type MetricName, SERVICE_DIMENSION } from '../lambdas/core/metrics.ts';

/** A metric of the refresher over all its connections: sum (of gauges: minimum) per minute unless told otherwise. */
export function refresherMetric(secretPrefix: string, name: MetricName, options: MetricOptions = {}): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: name,
    dimensionsMap: { [SERVICE_DIMENSION]: secretPrefix },
    statistic: METRICS[name].unit === 'Seconds' ? Stats.MINIMUM : Stats.SUM,
    period: Duration.minutes(1),
    ...options,
  });
}
