import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createClientMetrics,
  type MetricsChoice,
} from '../../../../lambdas/client/metrics/create-client-metrics.ts';
import { NOW_MS } from '../../../support/builders.ts';
import { METRICS_SOURCE, metricsOf } from '../../../support/put-metric-data.ts';

const cloudWatch = mockClient(CloudWatchClient);

afterEach(() => {
  cloudWatch.resetHistory();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const start = (choice?: MetricsChoice) =>
  metricsOf(
    createClientMetrics(
      choice,
      () => {},
      () => NOW_MS,
    ),
    { ...METRICS_SOURCE, secretPrefix: 'team/zoho' },
  );

/** What a 401 and a failed read of the secret become: lines on standard output, requests to CloudWatch. */
async function report(choice?: MetricsChoice) {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const metrics = start(choice);
  metrics.recordCall(true);
  await expect(metrics.flush()).resolves.toBeUndefined();
  metrics.recordUnavailableSecret();
  await metrics.flush();
  const requests = cloudWatch
    .commandCalls(PutMetricDataCommand)
    .map(({ args: [{ input }, ...options] }) => ({ input, options: options as unknown[] }));
  return { lines, requests };
}

describe("a client's metrics", () => {
  it('with emf are lines of their own on standard output', async () => {
    const { lines, requests } = await report('emf');

    const whose = { service: 'team/zoho', connection: 'crm-prod', _aws: { Timestamp: NOW_MS } };
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { ...whose, Unauthorized: [1] },
      { ...whose, SecretUnavailable: 1 },
    ]);
    expect(lines.every((line) => line.endsWith('}\n'))).toBe(true);
    expect(requests).toEqual([]);
  });

  it('with cloudwatch are requests, each with a timeout', async () => {
    const { lines, requests } = await report('cloudwatch');

    const service = { Name: 'service', Value: 'team/zoho' };
    const dimensions = [
      { Dimensions: [service] },
      { Dimensions: [service, { Name: 'connection', Value: 'crm-prod' }] },
    ];
    const dataOf = (MetricName: string) => dimensions.map((each) => ({ ...each, MetricName }));
    expect(requests).toMatchObject([
      { input: { MetricData: dataOf('Unauthorized') } },
      { input: { MetricData: dataOf('SecretUnavailable') } },
    ]);
    expect(requests.map(({ options }) => options)).toEqual(
      new Array(2).fill([{ abortSignal: expect.any(AbortSignal) }]),
    );
    expect(lines).toEqual([]);
  });

  it('go nowhere when they are off', async () => {
    expect(await report('off')).toEqual({ lines: [], requests: [] });
  });

  it.each([
    ['lines inside Lambda', 'leads', { lines: 2, requests: 0 }],
    ['requests elsewhere', undefined, { lines: 0, requests: 2 }],
  ])('are %s by default', async (_, functionName, counts) => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', functionName);

    const { lines, requests } = await report();

    expect({ lines: lines.length, requests: requests.length }).toEqual(counts);
  });
});
