import type { PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCloudWatchDelivery } from '../../../../lambdas/client/metrics/cloudwatch-delivery.ts';
import { loadOnFirstUse, type PutMetricData } from '../../../../lambdas/client/metrics/load-cloudwatch.ts';
import type { MinuteCounts } from '../../../../lambdas/client/metrics/metrics-delivery.ts';
import type { ClientWarning } from '../../../../lambdas/client/warn-once.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import {
  METRICS_SOURCE,
  sdkError,
  startCloudWatchMetrics,
  startMetricsWithCloudWatch,
  sumUp,
} from '../../../support/put-metric-data.ts';

const HELD = 'The metrics are sent again for an hour. The alarm UnauthorizedSpike does not see them.';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a minute of API calls', () => {
  it('is one datum for the fleet and one for the connection, with each value and its count', async () => {
    const { clock, taken, metrics, record } = startMetricsWithCloudWatch();

    clock.advance(20_000);
    record(7);
    record(2, true);
    metrics.recordUnavailableSecret();
    await metrics.flush();

    const service = { Name: 'service', Value: 'zoho' };
    const datum = { Unit: 'Count', Timestamp: new Date(NOW_MS + 20_000) };
    const calls = { ...datum, MetricName: 'Unauthorized', Values: [0, 1], Counts: [7, 2] };
    const failedReads = { ...datum, MetricName: 'SecretUnavailable', Values: [1], Counts: [1] };
    const ofConnection = [service, { Name: 'connection', Value: 'crm-prod' }];
    expect(taken).toEqual([
      {
        Namespace: 'ZohoTokenRefresher',
        MetricData: [
          { ...calls, Dimensions: [service] },
          { ...calls, Dimensions: ofConnection },
          { ...failedReads, Dimensions: [service] },
          { ...failedReads, Dimensions: ofConnection },
        ],
      },
    ]);
  });

  it('is for the fleet only if the connection has no metric of its own', async () => {
    const taken: PutMetricDataInput[] = [];
    const { metrics, record } = startCloudWatchMetrics(async (input) => void taken.push(input), {
      hasOwnMetrics: () => false,
    });

    record(7);
    metrics.recordUnavailableSecret();
    await metrics.flush();

    const dimensions = taken.flatMap(({ MetricData = [] }) => MetricData.map(({ Dimensions }) => Dimensions));
    const fleet = [{ Name: 'service', Value: 'zoho' }];
    expect(dimensions).toEqual([fleet, fleet]);
  });

  it('leaves out a value that was not counted', async () => {
    const { taken, metrics, record } = startMetricsWithCloudWatch();

    record(3, true);
    await metrics.flush();

    expect(taken[0]?.MetricData).toMatchObject(new Array(2).fill({ Values: [1], Counts: [3] }));
  });

  it('keeps its time, whenever it is sent', async () => {
    const { clock, taken, metrics, record } = startMetricsWithCloudWatch();

    record(1);
    clock.advance(MINUTE_MS);
    record(2);
    clock.advance(30 * MINUTE_MS);
    await metrics.flush();

    expect(taken).toHaveLength(1);
    expect(sumUp(taken)).toMatchObject({
      [`${NOW_MS} fleet`]: { accepted: 1 },
      [`${NOW_MS + MINUTE_MS} fleet`]: { accepted: 2 },
    });
  });

  it('is sent a minute after its first call at the latest', async () => {
    const { taken, record } = startMetricsWithCloudWatch();

    record(5);
    await vi.advanceTimersByTimeAsync(MINUTE_MS - 1);
    record(5, true);
    expect(taken).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);

    expect(taken).toHaveLength(1);
  });
});

describe('a CloudWatch that does not accept metrics', () => {
  it.each([
    ['AccessDenied', 403, 'Allow this process cloudwatch:PutMetricData on it.'],
    ['ExpiredTokenException', 403, "Correct this process's AWS credentials."],
    ['CredentialsProviderError', 400, 'Give this process AWS credentials.'],
    ['ThrottlingException', 400, 'AWS throttles this call.'],
    ['SomethingNew', 429, 'AWS throttles this call.'],
    ['ResourceNotFoundException', 404, 'Check its name and the AWS region.'],
    ['InternalServiceFault', 500, 'Check the network and the AWS region.'],
    ['AbortError', 400, 'Check the network and the AWS region.'],
  ])(
    '(%s, HTTP %i) is warned about, and gets them later, in the minute in which they happened',
    async (name, status, advice) => {
      const { clock, taken, warnings, metrics, record, fail, recover } = startMetricsWithCloudWatch();

      record(3);
      record(1, true);
      fail(sdkError(name, status));
      await metrics.flush();
      const message = `cloudwatch:PutMetricData on the namespace ZohoTokenRefresher failed (${name}). ${advice} ${HELD}`;
      expect(warnings).toEqual([{ code: 'metrics_undelivered', message }]);
      recover();
      clock.advance(2 * MINUTE_MS);
      await metrics.flush();

      const counts = { accepted: 3, unauthorized: 1 };
      expect(sumUp(taken)).toEqual({ [`${NOW_MS} fleet`]: counts, [`${NOW_MS} crm-prod`]: counts });
      expect(metrics.droppedCalls).toBe(0);
    },
  );

  it('is asked again a minute later', async () => {
    const { cloudWatch, metrics, record, fail } = startMetricsWithCloudWatch();

    record(1);
    fail(sdkError('ThrottlingException'));
    await metrics.flush();
    await vi.advanceTimersByTimeAsync(MINUTE_MS - 1);
    expect(cloudWatch.attempts).toBe(1);
    await vi.advanceTimersByTimeAsync(1);

    expect(cloudWatch.attempts).toBe(2);
  });
});

describe('counts that CloudWatch rejects for good', () => {
  /** Minutes of five calls each, of which CloudWatch rejects those of the given indexes. */
  function startMinutes(minutes: number, rejected: readonly number[]) {
    const started = startMetricsWithCloudWatch();
    const times = rejected.map((index) => NOW_MS + index * MINUTE_MS);
    for (let minute = 0; minute < minutes; minute += 1) {
      started.record(5);
      started.clock.advance(MINUTE_MS);
    }
    const reject = ({ MetricData = [] }: { MetricData?: { Timestamp?: Date | undefined }[] | undefined }) =>
      MetricData.some(({ Timestamp }) => times.includes(Timestamp?.getTime() ?? 0))
        ? Promise.reject(sdkError('InvalidParameterValueException'))
        : undefined;
    started.cloudWatch.judge = reject;
    return { ...started, reject };
  }

  it('are dropped without those of other minutes, and with a warning', async () => {
    const { taken, warnings, metrics } = startMinutes(3, [1]);

    await metrics.flush();
    await metrics.flush();

    expect(Object.keys(sumUp(taken))).toHaveLength(2 * 2);
    expect(metrics.droppedCalls).toBe(5);
    expect(warnings).toEqual([
      {
        code: 'metrics_undelivered',
        message:
          "cloudwatch:PutMetricData on the namespace ZohoTokenRefresher failed (InvalidParameterValueException). Check this machine's clock. The metrics are dropped. The alarm UnauthorizedSpike does not see them.",
      },
    ]);
  });

  it('are dropped when they are more than two weeks old, which CloudWatch does not accept', async () => {
    const { clock, taken, metrics, record } = startMinutes(1, [0]);

    clock.advance(14 * 24 * HOUR_MS);
    record(1);
    await metrics.flush();

    expect(Object.keys(sumUp(taken))).toEqual([`${clock.now()} fleet`, `${clock.now()} crm-prod`]);
    expect(metrics.droppedCalls).toBe(5);
  });

  it('leave the rest for later when CloudWatch fails while they are sent in parts', async () => {
    const { cloudWatch, taken, metrics, reject, recover } = startMinutes(4, [0]);
    // All four, the first two, the first, the second, the last two.
    cloudWatch.judge = (input) =>
      cloudWatch.attempts === 5 ? Promise.reject(sdkError('InternalServiceFault', 500)) : reject(input);

    await metrics.flush();

    expect(cloudWatch.attempts).toBe(5);
    expect(metrics.droppedCalls).toBe(5);
    recover();
    await metrics.flush();
    expect(taken.map(({ MetricData }) => MetricData?.length)).toEqual([2, 4]);
    expect(Object.keys(sumUp(taken))).toHaveLength(3 * 2);
  });
});

describe('when the SDK client of CloudWatch is not installed', () => {
  it.each(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])(
    '(%s) the counts are dropped, and a warning says what to install',
    async (code) => {
      const warnings: ClientWarning[] = [];
      const put = loadOnFirstUse(() => Promise.reject(Object.assign(new Error('not found'), { code })));
      const warn = (warning: ClientWarning) => warnings.push(warning);
      const minute = {
        source: METRICS_SOURCE,
        firstAtMs: NOW_MS,
        accepted: 3,
        unauthorized: 1,
        secretUnavailable: 0,
      };
      const drop = vi.fn();

      const kept = await createCloudWatchDelivery(put, warn).deliver([minute], drop);

      expect(kept).toEqual([]);
      expect(drop.mock.calls).toEqual([[[minute]]]);
      expect(warnings).toEqual([
        {
          code: 'metrics_undelivered',
          message:
            'Outside Lambda, metrics need @aws-sdk/client-cloudwatch: install it. The metrics are dropped. The alarm UnauthorizedSpike does not see them.',
        },
      ]);
    },
  );

  it('another failure to load it is an error of its own', async () => {
    const put = loadOnFirstUse(() => Promise.reject(new SyntaxError('Unexpected token')));

    await expect(put({ Namespace: 'n' }, { abortSignal: AbortSignal.timeout(1000) })).rejects.toThrow(
      'Unexpected token',
    );
  });
});

describe('a delivery', () => {
  const minuteOf = (accepted: number) => ({
    source: METRICS_SOURCE,
    firstAtMs: NOW_MS,
    accepted,
    unauthorized: 0,
    secretUnavailable: 0,
  });
  const minutes = [minuteOf(1), minuteOf(2)];

  /** Sends two minutes, and says what is left of them. */
  async function deliver(
    putMetricData: PutMetricData,
    sleep: () => Promise<void> = () => new Promise(() => {}),
  ) {
    const warnings: string[] = [];
    const put = vi.fn(putMetricData);
    const warn = ({ message }: ClientWarning) => warnings.push(message);
    const dropped: MinuteCounts[] = [];
    const drop = (lost: readonly MinuteCounts[]) => void dropped.push(...lost);
    const kept = await createCloudWatchDelivery(put, warn, { sleep }).deliver(minutes, drop);
    return { undelivered: { kept, dropped }, warnings, requests: put.mock.calls.length };
  }

  it('that takes too long is a failure that may pass, with one warning', async () => {
    const answered = await deliver(
      (_, { abortSignal }) =>
        new Promise((_, reject) => abortSignal.addEventListener('abort', () => reject(new Error('aborted')))),
      () => Promise.resolve(),
    );
    for (let turn = 0; turn < 9; turn += 1) await Promise.resolve();

    expect(answered.undelivered).toEqual({ kept: minutes, dropped: [] });
    expect(answered.warnings).toEqual([expect.stringMatching(/\(TimeoutError\).*sent again/)]);
  });

  it('that fails for all minutes is not repeated for each', async () => {
    const { undelivered, requests } = await deliver(() => Promise.reject(sdkError('InternalServiceError')));

    expect({ undelivered, requests }).toEqual({ undelivered: { kept: minutes, dropped: [] }, requests: 1 });
  });

  it('that is rejected for one minute loses only that', async () => {
    const { undelivered, requests } = await deliver(({ MetricData }) =>
      MetricData?.some(({ Counts }) => Counts?.[0] === 1)
        ? Promise.reject(sdkError('InvalidParameterValueException'))
        : Promise.resolve(),
    );

    expect({ undelivered, requests }).toEqual({
      undelivered: { kept: [], dropped: [minutes[0]] },
      requests: 3,
    });
  });
});

it("CloudWatch's SDK client is loaded once", async () => {
  const load = vi.fn(() =>
    Promise.resolve({
      CloudWatch: class {
        putMetricData = () => Promise.resolve({});
      },
    }),
  );
  const put = loadOnFirstUse(load as never);
  const options = { abortSignal: new AbortController().signal };

  for (const _ of [1, 2]) await put({ Namespace: 'n', MetricData: [] }, options);

  expect(load).toHaveBeenCalledTimes(1);
});

it('counts of many connections are sent in requests of at most 1000 data', async () => {
  const put = vi.fn(() => Promise.resolve());
  const counts = Array.from({ length: 700 }, (_, index) => ({
    source: { ...METRICS_SOURCE, connection: `tenant-${index}` },
    firstAtMs: NOW_MS,
    accepted: 1,
    unauthorized: 1,
    secretUnavailable: 1,
  }));

  const kept = await createCloudWatchDelivery(put, () => {}).deliver(counts, () => {});

  const sizes = (put.mock.calls as unknown as [PutMetricDataInput][]).map(
    ([{ MetricData = [] }]) => MetricData.length,
  );
  expect(kept).toEqual([]);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(700 * 4);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
});
