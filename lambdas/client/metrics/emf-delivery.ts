import {
  CONNECTION_DIMENSION,
  METRIC_NAMESPACE,
  type MetricName,
  SERVICE_DIMENSION,
} from '../../core/metrics.ts';
import type { Warn } from '../warn-once.ts';
import type { MetricsDelivery, MinuteCounts } from './metrics-delivery.ts';

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
export const createEmfDelivery = (writeLine: (line: string) => void, warn: Warn): MetricsDelivery => ({
  maxWaitMs: 1000,
  isUrgent: ({ accepted, unauthorized, secretUnavailable }) =>
    unauthorized > 0 || secretUnavailable > 0 || accepted >= MAX_VALUES,
  deliver: (counts, drop) => {
    try {
      for (const line of counts.flatMap(toEmfLines)) writeLine(line);
    } catch {
      warn({
        code: 'metrics_undelivered',
        message: 'Standard output takes no metrics: they are dropped. Check where it leads.',
      });
      drop(counts);
    }
    return [];
  },
});

/**
 * The lines of one minute, each with the time of the minute's first event, for the fleet and, if it has its own metric, for
 * the connection. The line always names the connection. A 401 has a line of its own: the runbook UnauthorizedSpike counts
 * such lines.
 */
const toEmfLines = ({
  source,
  firstAtMs,
  accepted,
  unauthorized,
  secretUnavailable,
}: MinuteCounts): string[] => {
  const fleet = [SERVICE_DIMENSION];
  const line = (Name: MetricName, value: number | readonly number[]) =>
    JSON.stringify({
      _aws: {
        Timestamp: firstAtMs,
        CloudWatchMetrics: [
          {
            Namespace: METRIC_NAMESPACE,
            Dimensions: source.hasOwnMetrics() ? [fleet, [...fleet, CONNECTION_DIMENSION]] : [fleet],
            Metrics: [{ Name, Unit: 'Count' }],
          },
        ],
      },
      [SERVICE_DIMENSION]: source.secretPrefix,
      [CONNECTION_DIMENSION]: source.connection,
      [Name]: value,
    });
  const zeros = new Array<number>(accepted).fill(0);
  const lines: string[] = [];
  while (zeros.length > 0) lines.push(line('Unauthorized', zeros.splice(0, MAX_VALUES)));
  return [
    ...lines,
    ...new Array<string>(unauthorized).fill(line('Unauthorized', [1])),
    ...new Array<string>(secretUnavailable).fill(line('SecretUnavailable', 1)),
  ];
};
