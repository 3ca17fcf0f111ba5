import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createReporter,
  type MetricsChoice,
} from '../../../../lambdas/client/metrics/create-client-metrics.ts';
import { NOW_MS } from '../../../support/builders.ts';

const cloudWatch = mockClient(CloudWatchClient);

afterEach(() => {
  cloudWatch.resetHistory();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** What a 401 and a warning become: lines on standard output, requests to CloudWatch. */
async function report(choice?: MetricsChoice) {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const reporter = createReporter(choice, { secretPrefix: 'team/zoho', now: () => NOW_MS });
  reporter.record('crm-prod', { unauthorized: true });
  await expect(reporter.flush()).resolves.toBeUndefined();
  reporter.warnSecretUnavailable('crm-prod');
  await vi.dynamicImportSettled();
  const requests = cloudWatch
    .commandCalls(PutMetricDataCommand)
    .map(({ args: [{ input }, ...options] }) => ({ input, options: options as unknown[] }));
  return { lines, requests };
}

describe("a consumer's metrics", () => {
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

  it('with cloudwatch are requests, each with a deadline', async () => {
    const { lines, requests } = await report('cloudwatch');

    const service = { Name: 'service', Value: 'team/zoho' };
    const warning = { MetricName: 'SecretUnavailable', Unit: 'Count', Value: 1, Timestamp: new Date(NOW_MS) };
    expect(requests.map(({ input }) => input)).toMatchObject([
      { MetricData: [{ MetricName: 'Unauthorized' }, { MetricName: 'Unauthorized' }] },
      {
        Namespace: 'ZohoTokenRefresher',
        MetricData: [
          { ...warning, Dimensions: [service] },
          { ...warning, Dimensions: [service, { Name: 'connection', Value: 'crm-prod' }] },
        ],
      },
    ]);
    expect(requests.map(({ options }) => options)).toEqual([
      [{ abortSignal: expect.any(AbortSignal) }],
      [{ abortSignal: expect.any(AbortSignal) }],
    ]);
    expect(lines).toEqual([]);
  });

  it('go nowhere when they are off', async () => {
    expect(await report('off')).toEqual({ lines: [], requests: [] });
  });

  it.each([
    ['lines inside Lambda', 'leads', { lines: 2, requests: 0 }],
    ['requests elsewhere', undefined, { lines: 0, requests: 2 }],
  ])('are %s when nothing was chosen', async (_, functionName, counts) => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', functionName);

    const { lines, requests } = await report();

    expect({ lines: lines.length, requests: requests.length }).toEqual(counts);
  });

  it('are a matter of three choices', () => {
    const given = { secretPrefix: 'zoho', now: () => NOW_MS };

    expect(() => createReporter('statsd' as MetricsChoice, given)).toThrow(
      expect.objectContaining({
        code: 'invalid_options',
        message: 'metrics must be "emf", "cloudwatch" or "off", is "statsd".',
      }),
    );
  });
});
