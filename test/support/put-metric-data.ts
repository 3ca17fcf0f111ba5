import type { MetricDatum, PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { type ClientMetrics, createHeldMetrics } from '../../lambdas/client/metrics/client-metrics.ts';
import { createCloudWatchDelivery } from '../../lambdas/client/metrics/cloudwatch-delivery.ts';
import type { PutMetricData } from '../../lambdas/client/metrics/load-cloudwatch.ts';
import type { MetricsSource } from '../../lambdas/client/metrics/metrics-delivery.ts';
import type { ClientWarning } from '../../lambdas/client/warn-once.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { NOW_MS } from './builders.ts';
import { sleepOn } from './client-times.ts';

/** The connection whose metrics tests look at. */
export const METRICS_SOURCE: MetricsSource = {
  secretPrefix: 'zoho',
  connection: 'crm-prod',
  hasOwnMetrics: () => true,
};

/** The metrics of one connection. */
export function metricsOf(metrics: ClientMetrics, source: MetricsSource = METRICS_SOURCE) {
  return {
    recordCall: (isUnauthorized: boolean) =>
      metrics.record(source, isUnauthorized ? 'unauthorized' : 'accepted'),
    recordUnavailableSecret: () => metrics.record(source, 'secretUnavailable'),
    flush: metrics.flush,
    get droppedCalls() {
      return metrics.droppedCalls;
    },
  };
}

/** Metrics of a client outside Lambda, and every warning about them. */
export function startCloudWatchMetrics(putMetricData: PutMetricData, given: Partial<MetricsSource> = {}) {
  const clock = new ManualClock(NOW_MS);
  const warnings: ClientWarning[] = [];
  const warn = (warning: ClientWarning) => warnings.push(warning);
  const delivery = createCloudWatchDelivery(putMetricData, warn, { sleep: sleepOn(clock) });
  const held = createHeldMetrics({ delivery, now: () => clock.now(), warn });
  const metrics = metricsOf(held, { ...METRICS_SOURCE, ...given });
  const record = (times: number, unauthorized = false) => {
    for (let call = 0; call < times; call += 1) metrics.recordCall(unauthorized);
  };
  return { clock, warnings, metrics, record };
}

/** The same with a CloudWatch that accepts everything, until the test makes it fail. */
export function startMetricsWithCloudWatch() {
  const taken: PutMetricDataInput[] = [];
  /** What CloudWatch does with a request before it accepts it. */
  const cloudWatch = { attempts: 0, judge: (_: PutMetricDataInput): unknown => undefined };
  const started = startCloudWatchMetrics(async (input) => {
    cloudWatch.attempts += 1;
    await cloudWatch.judge(input);
    taken.push(input);
  });
  const fail = (error: Error) => {
    cloudWatch.judge = () => Promise.reject(error);
  };
  const recover = () => {
    cloudWatch.judge = () => undefined;
  };
  return { ...started, cloudWatch, taken, fail, recover };
}

/** API calls in data of PutMetricData, by minute (ms) and connection (`fleet` for all of them together). */
export type CallsTaken = Record<string, { readonly accepted: number; readonly unauthorized: number }>;

/** Adds up the metric `Unauthorized` as CloudWatch does. */
export function sumUp(requests: readonly PutMetricDataInput[]): CallsTaken {
  const sums: Record<string, { accepted: number; unauthorized: number }> = {};
  const data = requests.flatMap(({ MetricData = [] }) => MetricData);
  for (const datum of data.filter(({ MetricName }) => MetricName === 'Unauthorized')) {
    const key = keyOf(datum);
    const sum = sums[key] ?? { accepted: 0, unauthorized: 0 };
    sums[key] = sum;
    for (const [index, value] of (datum.Values ?? []).entries()) {
      sum[value === 1 ? 'unauthorized' : 'accepted'] += datum.Counts?.[index] ?? 1;
    }
  }
  return sums;
}

function keyOf({ Timestamp, Dimensions = [] }: MetricDatum): string {
  const connection = Dimensions.find(({ Name }) => Name === 'connection')?.Value;
  return `${new Date(Timestamp ?? Number.NaN).getTime()} ${connection ?? 'fleet'}`;
}

/** An error as the SDK throws it. */
export function sdkError(name: string, httpStatusCode = 400): Error {
  return Object.assign(new Error('canary: never quoted'), { name, $metadata: { httpStatusCode } });
}
