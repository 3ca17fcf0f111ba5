import type { ClientMetrics } from '../metrics/client-metrics.ts';
import { chooseMetrics, type MetricsChoice } from '../metrics/create-client-metrics.ts';

/**
 * Counts the calls of connections without a metric of their own together: what is held does not grow with their number. The lines of
 * Lambda's log name each connection, and are written within a second.
 */
export const countTogether = (
  metrics: ClientMetrics,
  secretPrefix: string,
  choice: MetricsChoice | undefined,
): ClientMetrics => {
  if (chooseMetrics(choice) !== 'cloudwatch') return metrics;
  const fleet = { secretPrefix, connection: '', hasOwnMetrics: () => false };
  return {
    record: (source, event) => metrics.record(source.hasOwnMetrics() ? source : fleet, event),
    flush: metrics.flush,
    get droppedCalls() {
      return metrics.droppedCalls;
    },
  };
};
