import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { CONSENT_METRICS, type ConsentMetricName } from '../../core/invites/consent-metrics.ts';
import type { ConsentMetrics } from '../../core/invites/consent-ports.ts';
import { METRIC_NAMESPACE } from '../../core/metrics.ts';
import type { Clock } from '../../core/ports.ts';

/** Metrics in CloudWatch's embedded metric format, with the dimension `service` only. */
export function createConsentMetrics({
  secretPrefix,
  clock,
  writeLine,
}: {
  readonly secretPrefix: string;
  readonly clock: Clock;
  /** In Lambda, to standard output. */
  readonly writeLine: (line: string) => void;
}): ConsentMetrics {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: secretPrefix });
  return {
    count: (name: ConsentMetricName) => {
      metrics.addMetric(name, MetricUnit[CONSENT_METRICS[name].unit], 1);
      const record = metrics.serializeMetrics();
      record._aws.Timestamp = clock.now();
      writeLine(JSON.stringify(record));
      metrics.clearMetrics();
    },
  };
}
