import type { Dimension, MetricDatum } from '@aws-sdk/client-cloudwatch';
import { CONNECTION_DIMENSION, METRICS, type MetricName, SERVICE_DIMENSION } from '../../core/metrics.ts';
import type { TalliedCalls } from './api-call-tally.ts';
import { codeOfPutMetricDataError } from './cloudwatch-errors.ts';

/** What became of counts that were to be sent. What is in neither list was taken by CloudWatch. */
export interface Delivery {
  /** Not taken now, for a reason that may pass. */
  readonly kept: Undelivered | undefined;
  /** Looked at and refused: sending it again is of no use. */
  readonly refused: Undelivered | undefined;
}

export interface Undelivered {
  readonly calls: readonly TalliedCalls[];
  /** The error of the SDK. Where there were several, the last. */
  readonly error: unknown;
}

/** Of PutMetricData, for one request. Source: CloudWatch API Reference, PutMetricData ("no more than 1000 different metrics"). */
const MAX_DATA_PER_REQUEST = 1000;

const METRIC: MetricName = 'Unauthorized';

/**
 * Sends counts in as few requests as PutMetricData allows, one after the other. Stops at the first failure that may
 * pass: a CloudWatch that is down or throttles is not asked more. CloudWatch refuses a request whole for one datum in
 * it, mostly for its time: a request that is refused so is sent again minute by minute. Never throws.
 */
export async function deliverApiCalls(
  calls: readonly TalliedCalls[],
  put: (calls: readonly TalliedCalls[]) => Promise<unknown>,
): Promise<Delivery> {
  const requests = inRequests(calls);
  let refused: Undelivered | undefined;
  for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
    try {
      await put(request);
    } catch (error) {
      const isRefused = codeOfPutMetricDataError(error) === 'aws_refused_data';
      if (!isRefused) return { kept: { calls: [...request, ...requests.flat()], error }, refused };
      const minutes = byMinute(request);
      if (minutes.length > 1) requests.unshift(...minutes);
      else refused = { calls: [...(refused?.calls ?? []), ...request], error };
    }
  }
  return { kept: undefined, refused };
}

/**
 * One datum of PutMetricData: each value once, with how often it was seen. A value that was not seen is left out. At
 * most 300 bytes with the longest names, so that a full request stays below PutMetricData's 1 MB.
 */
export function toMetricDatum(secretPrefix: string, calls: TalliedCalls): MetricDatum {
  const { minuteMs, connection, accepted, unauthorized } = calls;
  const seen = [
    { value: 0, count: accepted },
    { value: 1, count: unauthorized },
  ].filter(({ count }) => count > 0);
  return {
    MetricName: METRIC,
    Unit: METRICS[METRIC].unit,
    Timestamp: new Date(minuteMs),
    Dimensions: dimensionsOf(secretPrefix, connection),
    Values: seen.map(({ value }) => value),
    Counts: seen.map(({ count }) => count),
  };
}

/** Dimensions of the fleet's metric, or of a connection's. */
export function dimensionsOf(secretPrefix: string, connection: string | undefined): Dimension[] {
  const service = { Name: SERVICE_DIMENSION, Value: secretPrefix };
  return connection === undefined ? [service] : [service, { Name: CONNECTION_DIMENSION, Value: connection }];
}

function inRequests(calls: readonly TalliedCalls[]): (readonly TalliedCalls[])[] {
  const requests = Math.ceil(calls.length / MAX_DATA_PER_REQUEST);
  return Array.from({ length: requests }, (_, index) =>
    calls.slice(index * MAX_DATA_PER_REQUEST, (index + 1) * MAX_DATA_PER_REQUEST),
  );
}

function byMinute(calls: readonly TalliedCalls[]): (readonly TalliedCalls[])[] {
  const minutes = new Set(calls.map(({ minuteMs }) => minuteMs));
  return [...minutes].map((minute) => calls.filter(({ minuteMs }) => minuteMs === minute));
}
