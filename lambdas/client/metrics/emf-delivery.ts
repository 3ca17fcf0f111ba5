import {
  CONNECTION_DIMENSION,
  METRIC_NAMESPACE,
  type MetricName,
  SERVICE_DIMENSION,
} from '../../core/metrics.ts';
import type { MetricsDelivery, MetricsSource, MinuteCounts } from './metrics-delivery.ts';

/**
 * Values that one metric may have in one record. Source: Powertools for AWS Lambda (`MAX_METRIC_VALUES_SIZE`; its issue
 * 1046 for Python quotes CloudWatch's specification of the embedded metric format).
 */
const MAX_VALUES = 100;

/**
 * Writes counts as lines of CloudWatch's embedded metric format, which Lambda's log turns into metrics: no request, no
 * latency.
 *
 * Lambda freezes a function between invocations and may end it there, so a 401 and an unavailable secret are written at
 * once. Accepted calls wait until there are 100 of them, or for a second: an environment that ends loses at most 99 of
 * them, unless `flush()` is called at the end of the invocation.
 */
export function createEmfDelivery(source: MetricsSource, writeLine: (line: string) => void): MetricsDelivery {
  return {
    maxWaitMs: 1000,
    isUrgent: ({ accepted, unauthorized, secretUnavailable }) =>
      unauthorized > 0 || secretUnavailable > 0 || accepted >= MAX_VALUES,
    deliver: (minutes) => {
      try {
        for (const line of minutes.flatMap((counts) => toEmfLines(counts, source))) writeLine(line);
        return { kept: [], dropped: [] };
      } catch {
        source.warn({
          code: 'metrics_undelivered',
          message: 'Metrics cannot be written to standard output and are dropped. Check where it leads.',
        });
        return { kept: [], dropped: minutes };
      }
    },
  };
}

/**
 * The lines of one minute, each with the time of the minute's first event. A 401 has a line of its own: the runbook
 * UnauthorizedSpike counts such lines.
 */
function toEmfLines(counts: MinuteCounts, source: MetricsSource): string[] {
  const { accepted, unauthorized, secretUnavailable, firstAtMs } = counts;
  const line = (name: MetricName, value: number | number[]) => toEmfLine(source, name, value, firstAtMs);
  const lines: string[] = [];
  for (let left = accepted; left > 0; left -= MAX_VALUES)
    lines.push(line('Unauthorized', new Array<number>(Math.min(left, MAX_VALUES)).fill(0)));
  for (let left = unauthorized; left > 0; left -= 1) lines.push(line('Unauthorized', [1]));
  for (let left = secretUnavailable; left > 0; left -= 1) lines.push(line('SecretUnavailable', 1));
  return lines;
}

/** One line, for the fleet and, if it has its own metric, for the connection. The line always names the connection. */
function toEmfLine(
  { secretPrefix, connection, hasOwnMetrics }: MetricsSource,
  name: MetricName,
  value: number | readonly number[],
  atMs: number,
): string {
  return JSON.stringify({
    _aws: {
      Timestamp: atMs,
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [
            [SERVICE_DIMENSION],
            ...(hasOwnMetrics() ? [[SERVICE_DIMENSION, CONNECTION_DIMENSION]] : []),
          ],
          Metrics: [{ Name: name, Unit: 'Count' }],
        },
      ],
    },
    [SERVICE_DIMENSION]: secretPrefix,
    [CONNECTION_DIMENSION]: connection,
    [name]: value,
  });
}
