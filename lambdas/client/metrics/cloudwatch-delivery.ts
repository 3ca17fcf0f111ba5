import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import { classifyAwsError } from '../../adapters/aws-error-kinds.ts';
import { METRIC_NAMESPACE, type MetricName, metricDimensions } from '../../core/metrics.ts';
import { withDeadline } from '../bound.ts';
import { type CompleteClock, REAL_TIME } from '../client-clock.ts';
import { explainAwsError } from '../explain-aws-error.ts';
import type { Warn } from '../warn-once.ts';
import type { PutMetricData } from './load-cloudwatch.ts';
import { type MetricsDelivery, MISSING, type MinuteCounts } from './metrics-delivery.ts';

/** Without a limit a silent server, or one that gives AWS credentials, would be waited for for ever, and `flush()` with it. */
const DELIVERY_DEADLINE_MS = 15_000;

const MINUTE_MS = 60_000;

/**
 * One request may have 1000 data of about 300 bytes. Counts become at most four. Source: CloudWatch API Reference,
 * PutMetricData ("no more than 1000 different metrics", 1 MB).
 */
const MAX_COUNTS_PER_REQUEST = 250;

/** Sends counts with PutMetricData once a minute, for processes outside Lambda. */
export const createCloudWatchDelivery = (
  putMetricData: PutMetricData,
  warn: Warn,
  clock: Pick<CompleteClock, 'sleep'> = REAL_TIME,
): MetricsDelivery => {
  const deliver = (all: Counts, drop: (lost: Counts) => void): Promise<Counts> => {
    const send = async (counts: Counts, abortSignal: AbortSignal): Promise<Counts> => {
      if (counts.length > MAX_COUNTS_PER_REQUEST) return await sendHalves(counts, abortSignal);
      const MetricData = counts.flatMap(toMetricData);
      try {
        await putMetricData({ Namespace: METRIC_NAMESPACE, MetricData }, { abortSignal });
        return [];
      } catch (error) {
        if (abortSignal.aborted) return counts;
        // CloudWatch rejects a whole request for one datum, usually for its time.
        const isForOne = isRejection(error) && counts.length > 1;
        return isForOne ? await sendHalves(counts, abortSignal) : fail(counts, error);
      }
    };

    /** Stops at the first failure that may pass. */
    const sendHalves = async (counts: Counts, abortSignal: AbortSignal): Promise<Counts> => {
      const half = counts.length >> 1;
      const rest = counts.slice(half);
      const kept = await send(counts.slice(0, half), abortSignal);
      return kept.length > 0 ? [...kept, ...rest] : await send(rest, abortSignal);
    };

    /** Warns, and drops the counts unless the failure may pass. */
    const fail = (counts: Counts, error: unknown): Counts => {
      const isMissing = /^(ERR_)?MODULE_NOT_FOUND$/.test(Object(error).code);
      const isFinal = isMissing || isRejection(error);
      const problem = isMissing
        ? 'Outside Lambda, metrics need @aws-sdk/client-cloudwatch: install it.'
        : explainAwsError(error, 'cloudwatch:PutMetricData', `the namespace ${METRIC_NAMESPACE}`);
      const consequence = isFinal ? 'dropped' : 'sent again for an hour';
      warn({ code: 'metrics_undelivered', message: `${problem} The metrics are ${consequence}. ${MISSING}` });
      if (!isFinal) return counts;
      drop(counts);
      return [];
    };

    return withDeadline(
      clock,
      DELIVERY_DEADLINE_MS,
      (signal) => send(all, signal),
      (error) => fail(all, error),
    );
  };

  return { maxWaitMs: MINUTE_MS, isUrgent: () => false, deliver };
};

type Counts = readonly MinuteCounts[];

const isRejection = (error: unknown): boolean => classifyAwsError(error) === 'invalid-request';

/** The data of one minute, for the fleet and, if it has its own metric, for the connection. Each value is sent once, with how often it was counted. */
const toMetricData = ({
  source,
  firstAtMs,
  accepted,
  unauthorized,
  secretUnavailable,
}: MinuteCounts): MetricDatum[] => {
  const owners = source.hasOwnMetrics() ? [undefined, source.connection] : [undefined];
  const metrics: [MetricName, number[]][] = [
    ['Unauthorized', [accepted, unauthorized]],
    ['SecretUnavailable', [0, secretUnavailable]],
  ];
  return metrics.flatMap(([MetricName, countsOfValues]) => {
    const Counts = countsOfValues.filter((count) => count > 0);
    if (Counts.length === 0) return [];
    return owners.map((whose) => ({
      MetricName,
      Unit: 'Count' as const,
      Timestamp: new Date(firstAtMs),
      Dimensions: metricDimensions(source.secretPrefix, whose),
      Values: [0, 1].filter((value) => countsOfValues[value] !== 0),
      Counts,
    }));
  });
};
