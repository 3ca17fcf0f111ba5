import type { ClientMetrics } from '../metrics/client-metrics.ts';
import { chooseMetrics, type MetricsChoice } from '../metrics/create-client-metrics.ts';

/**
 * Counts the calls of connections without a metric of their own together: what is held does not grow with their number. The counts of
 * others keep no client in memory, which takes ten times as much as they do and may have been dropped. The lines of Lambda's log name each
 * connection, and are written within a second.
 */
export const countTogether = (
  metrics: ClientMetrics,
  secretPrefix: string,
  choice: MetricsChoice | undefined,
): ClientMetrics => {
  if (chooseMetrics(choice) !== 'cloudwatch') return metrics;
  const fleet = { secretPrefix, connection: '', hasOwnMetrics: () => false };
  return {
    record: (source, event) => {
      const { connection } = source;
      const own = { secretPrefix, connection, hasOwnMetrics: () => true };
      metrics.record(source.hasOwnMetrics() ? own : fleet, event);
    },
    flush: metrics.flush,
    get droppedCalls() {
      return metrics.droppedCalls;
    },
  };
};
