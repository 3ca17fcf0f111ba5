import type { MetricDatum, PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { createCloudWatchApiCalls } from '../../lambdas/client/metrics/client-metrics.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { NOW_MS } from './builders.ts';

/** A reporter whose CloudWatch takes everything, until it is told to fail. */
export function startCloudWatchReporter({ maxHeldMinutes }: { maxHeldMinutes?: number } = {}) {
  const clock = new ManualClock(NOW_MS);
  const taken: PutMetricDataInput[] = [];
  const errors: { code: string; message: string }[] = [];
  const scheduled: (() => void)[] = [];
  /** What CloudWatch does with a request before it takes it. */
  const cloudWatch = { attempts: 0, judge: (_: PutMetricDataInput): unknown => undefined };
  const reporter = createCloudWatchApiCalls({
    putMetricData: async (input) => {
      cloudWatch.attempts += 1;
      await cloudWatch.judge(input);
      taken.push(input);
    },
    secretPrefix: 'zoho',
    clock,
    schedule: (callback) => scheduled.push(callback),
    onError: (error) => errors.push(error),
    ...(maxHeldMinutes === undefined ? {} : { maxHeldMinutes }),
  });
  const record = (times: number, unauthorized = false, connection = 'crm-prod') => {
    for (let call = 0; call < times; call += 1) reporter.record(connection, { unauthorized });
  };
  const recordConnections = (connections: number) => {
    for (let index = 0; index < connections; index += 1) record(1, false, `connection-${index}`);
  };
  const fail = (error: Error) => {
    cloudWatch.judge = () => Promise.reject(error);
  };
  const recover = () => {
    cloudWatch.judge = () => undefined;
  };
  return {
    ...{ clock, taken, errors, scheduled, cloudWatch, reporter },
    ...{ record, recordConnections, fail, recover },
  };
}

/** Calls that data of PutMetricData stand for, by minute (ms) and connection (`fleet` for all of them together). */
export type CallsTaken = Record<string, { readonly accepted: number; readonly unauthorized: number }>;

/** Adds up data as CloudWatch does. */
export function sumUp(requests: readonly PutMetricDataInput[]): CallsTaken {
  const sums: Record<string, { accepted: number; unauthorized: number }> = {};
  for (const datum of requests.flatMap(({ MetricData = [] }) => MetricData)) {
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
