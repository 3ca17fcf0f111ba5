import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CONSENT_METRICS, type ConsentMetricName } from '../lambdas/core/invites/consent-metrics.ts';
import {
  CONNECTION_DIMENSION,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
  SERVICE_DIMENSION,
} from '../lambdas/core/metrics.ts';

/** A metric over all connections. @default - per minute: sum, or minimum for a gauge */
export function refresherMetric(
  secretPrefix: string,
  name: MetricName | ConsentMetricName,
  options: MetricOptions = {},
): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: name,
    dimensionsMap: { [SERVICE_DIMENSION]: secretPrefix },
    statistic: { ...METRICS, ...CONSENT_METRICS }[name].unit === 'Seconds' ? Stats.MINIMUM : Stats.SUM,
    period: Duration.minutes(1),
    ...options,
  });
}

/** The same metric of one declared connection. Connections added at run time have no metrics of their own. */
export function connectionMetric(
  secretPrefix: string,
  connectionName: string,
  name: MetricName,
  options: MetricOptions = {},
): Metric {
  const dimensionsMap = { [SERVICE_DIMENSION]: secretPrefix, [CONNECTION_DIMENSION]: connectionName };
  return refresherMetric(secretPrefix, name, { dimensionsMap, ...options });
}
