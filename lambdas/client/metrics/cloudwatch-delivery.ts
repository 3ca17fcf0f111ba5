import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import { classifyAwsError, hasName } from '../../adapters/aws-error-kinds.ts';
import { METRIC_NAMESPACE, type MetricName, metricDimensions } from '../../core/metrics.ts';
import { withDeadline } from '../bound.ts';
import { type CompleteClock, REAL_TIME } from '../client-clock.ts';
import { explainAwsError } from '../explain-aws-error.ts';
import { NOT_INSTALLED, type PutMetricData } from './load-cloudwatch.ts';
import type { MetricsDelivery, MetricsSource, MinuteCounts, Undelivered } from './metrics-delivery.ts';

/** Without a limit a silent server, or one that gives AWS credentials, would be waited for for ever, and `flush()` with it. */
const DELIVERY_DEADLINE_MS = 15_000;

const MINUTE_MS = 60_000;

/**
 * Sends counts with PutMetricData once a minute, for processes outside Lambda. The 60 minutes that a client may hold are
 * 240 data of about 300 bytes, so that one request is always enough. Source: CloudWatch API Reference, PutMetricData ("no
 * more than 1000 different metrics", 1 MB).
 */
export function createCloudWatchDelivery(
  source: MetricsSource,
  putMetricData: PutMetricData,
  clock: Pick<CompleteClock, 'sleep'> = REAL_TIME,
): MetricsDelivery {
  function deliver(minutes: readonly MinuteCounts[]): Promise<Undelivered> {
    return withDeadline(
      clock,
      DELIVERY_DEADLINE_MS,
      (signal) => send(minutes, signal),
      () => fail(minutes, new DOMException('', 'TimeoutError')),
    );
  }

  async function send(minutes: readonly MinuteCounts[], abortSignal: AbortSignal): Promise<Undelivered> {
    const MetricData = minutes.flatMap((counts) => toMetricData(counts, source));
    try {
      await putMetricData({ Namespace: METRIC_NAMESPACE, MetricData }, { abortSignal });
      return { kept: [], dropped: [] };
    } catch (error) {
      if (abortSignal.aborted) return { kept: minutes, dropped: [] };
      const isForOne = classifyAwsError(error) === 'invalid-request' && minutes.length > 1;
      return isForOne ? await sendEach(minutes, abortSignal) : fail(minutes, error);
    }
  }

  /** CloudWatch rejects a whole request for one datum, usually for its time. Stops at the first failure that may pass. */
  async function sendEach(minutes: readonly MinuteCounts[], abortSignal: AbortSignal): Promise<Undelivered> {
    const dropped: MinuteCounts[] = [];
    for (const [index, counts] of minutes.entries()) {
      const undelivered = await send([counts], abortSignal);
      dropped.push(...undelivered.dropped);
      if (undelivered.kept.length > 0) return { kept: minutes.slice(index), dropped };
    }
    return { kept: [], dropped };
  }

  /** Warns, and drops the counts unless the failure may pass. */
  function fail(minutes: readonly MinuteCounts[], error: unknown): Undelivered {
    const isMissing = hasName(error, NOT_INSTALLED);
    const isFinal = isMissing || classifyAwsError(error) === 'invalid-request';
    const problem = isMissing
      ? '@aws-sdk/client-cloudwatch is not installed. Install it, or create the client with metrics: "off".'
      : explainAwsError(error, 'cloudwatch:PutMetricData', `the namespace ${METRIC_NAMESPACE}`);
    const consequence = isFinal ? 'dropped' : 'sent again every minute for an hour';
    source.warn({
      code: 'metrics_undelivered',
      message: `${problem} The metrics are ${consequence}, and are missing in the alarm UnauthorizedSpike${isFinal ? '' : ' until then'}.`,
    });
    return isFinal ? { kept: [], dropped: minutes } : { kept: minutes, dropped: [] };
  }

  return { maxWaitMs: MINUTE_MS, isUrgent: () => false, deliver };
}

/** The data of one minute, for the fleet and, if it has its own metric, for the connection. Each value is sent once, with how often it was counted. */
function toMetricData(
  counts: MinuteCounts,
  { secretPrefix, connection, hasOwnMetrics }: MetricsSource,
): MetricDatum[] {
  const owners = hasOwnMetrics() ? [undefined, connection] : [undefined];
  const metrics: [MetricName, number[]][] = [
    ['Unauthorized', [counts.accepted, counts.unauthorized]],
    ['SecretUnavailable', [0, counts.secretUnavailable]],
  ];
  return metrics.flatMap(([MetricName, countsOfValues]) => {
    const Counts = countsOfValues.filter((count) => count > 0);
    if (Counts.length === 0) return [];
    return owners.map((whose) => ({
      MetricName,
      Unit: 'Count' as const,
      Timestamp: new Date(Math.floor(counts.firstAtMs / MINUTE_MS) * MINUTE_MS),
      Dimensions: metricDimensions(secretPrefix, whose),
      Values: [0, 1].filter((value) => countsOfValues[value] !== 0),
      Counts,
    }));
  });
}
