import type { MetricDatum, PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { classifyAwsError } from '../../adapters/aws-errors.ts';
import { METRIC_NAMESPACE, metricDimensions } from '../../core/metrics.ts';
import { withDeadline } from '../bound.ts';
import { type CompleteClock, REAL_TIME } from '../client-clock.ts';
import { explainAwsError } from '../explain-aws-error.ts';
import type { MetricsDelivery, MetricsSource, MinuteCounts, Undelivered } from './metrics-delivery.ts';

/** `putMetricData` of the SDK's `CloudWatch`. A function, so that the SDK's client is loaded on first use. */
export type PutMetricData = (
  input: PutMetricDataInput,
  options: { readonly abortSignal: AbortSignal },
) => Promise<unknown>;

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
      () => {
        warnAbout(Object.assign(new Error(), { name: 'TimeoutError' }), false);
        return { kept: minutes, dropped: [] };
      },
    );
  }

  async function send(minutes: readonly MinuteCounts[], abortSignal: AbortSignal): Promise<Undelivered> {
    const MetricData = minutes.flatMap((counts) => toMetricData(counts, source));
    try {
      await putMetricData({ Namespace: METRIC_NAMESPACE, MetricData }, { abortSignal });
      return { kept: [], dropped: [] };
    } catch (error) {
      if (abortSignal.aborted) return { kept: minutes, dropped: [] };
      if (isNotInstalled(error)) return giveUp(minutes);
      const isRejected = classifyAwsError(error) === 'invalid-request';
      if (isRejected && minutes.length > 1) return await deliverEach(minutes, abortSignal);
      warnAbout(error, isRejected);
      return isRejected ? { kept: [], dropped: minutes } : { kept: minutes, dropped: [] };
    }
  }

  /** CloudWatch rejects a whole request for one datum, usually for its time. Stops at the first failure that may pass. */
  async function deliverEach(
    minutes: readonly MinuteCounts[],
    abortSignal: AbortSignal,
  ): Promise<Undelivered> {
    const dropped: MinuteCounts[] = [];
    for (const [index, counts] of minutes.entries()) {
      const undelivered = await send([counts], abortSignal);
      dropped.push(...undelivered.dropped);
      if (undelivered.kept.length > 0) return { kept: minutes.slice(index), dropped };
    }
    return { kept: [], dropped };
  }

  function giveUp(dropped: readonly MinuteCounts[]): Undelivered {
    source.warn({
      code: 'metrics_undelivered',
      reason: 'not-installed',
      message:
        'Metrics cannot be sent, because @aws-sdk/client-cloudwatch is not installed: the alarm UnauthorizedSpike never sees the API calls of this process. Run: npm install @aws-sdk/client-cloudwatch. Or create the client with metrics: "off".',
    });
    return { kept: [], dropped };
  }

  function warnAbout(error: unknown, isRejected: boolean): void {
    const { kind, message } = explainAwsError(error, {
      action: 'cloudwatch:PutMetricData',
      resource: `the namespace ${METRIC_NAMESPACE}`,
    });
    const consequence = isRejected
      ? 'The metrics are dropped, and the alarm UnauthorizedSpike never sees these API calls.'
      : 'The metrics are sent again every minute for an hour. Until then the alarm UnauthorizedSpike does not see these API calls.';
    source.warn({ code: 'metrics_undelivered', reason: kind, message: `${message} ${consequence}` });
  }

  return { maxWaitMs: MINUTE_MS, isUrgent: () => false, deliver };
}

/** By its name: the module that throws it depends on this one. */
function isNotInstalled(error: unknown): boolean {
  return error instanceof Error && error.name === 'CloudWatchNotInstalledError';
}

/** The data of one minute, for the fleet and for the connection. */
function toMetricData(counts: MinuteCounts, { secretPrefix, connection }: MetricsSource): MetricDatum[] {
  const metrics = [
    { name: 'Unauthorized', ...toValues([counts.accepted, counts.unauthorized]) },
    { name: 'SecretUnavailable', ...toValues([0, counts.secretUnavailable]) },
  ] as const;
  return metrics
    .filter(({ Values }) => Values.length > 0)
    .flatMap(({ name, Values, Counts }) =>
      [undefined, connection].map((whose) => ({
        MetricName: name,
        Unit: 'Count',
        Timestamp: new Date(Math.floor(counts.firstAtMs / MINUTE_MS) * MINUTE_MS),
        Dimensions: metricDimensions(secretPrefix, whose),
        Values,
        Counts,
      })),
    );
}

/** Each value once, with how often it was counted. Values that were not counted are left out. */
function toValues(counts: readonly number[]): { readonly Values: number[]; readonly Counts: number[] } {
  const Values = [...counts.keys()].filter((value) => counts[value] !== 0);
  return { Values, Counts: counts.filter((count) => count !== 0) };
}
