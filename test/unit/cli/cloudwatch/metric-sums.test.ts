import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type MetricSum, readMetricSums } from '../../../../cli/cloudwatch/metric-sums.ts';
import { clientConfigFor } from '../../../../sandbox/aws/client-config.ts';
import { startCloudWatch } from '../../../../sandbox/aws/cloudwatch.ts';
import { ManualClock } from '../../../../sandbox/deployment/clock.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';

const TIME = { startMs: NOW_MS - HOUR_MS, endMs: NOW_MS, periodSeconds: 60 };

describe('sums of metrics', () => {
  test('cover all periods, of all connections or of one, in this stack only', async () => {
    const { read, measure } = await cloudWatch();
    measure({ service: 'zoho' }, [1, 0, 1]);
    measure({ service: 'zoho', connection: 'crm-prod' }, [1]);
    measure({ service: 'other' }, [1, 1, 1, 1, 1]);

    const found = await read([
      { id: 'fleet', metric: 'Unauthorized', statistic: 'Sum' },
      { id: 'calls', metric: 'Unauthorized', statistic: 'SampleCount' },
      { id: 'one', metric: 'Unauthorized', connection: 'crm-prod', statistic: 'Sum' },
    ]);

    expect(Object.fromEntries(found)).toEqual({ fleet: 2, calls: 3, one: 1 });
  });

  test('are requested in several calls when there are more than CloudWatch returns in one', async () => {
    const { read, measure, calls } = await cloudWatch();
    const names = Array.from({ length: 600 }, (_, index) => `crm-${index}`);
    for (const connection of names) measure({ service: 'zoho', connection }, [1]);

    const found = await read(
      names.map((connection, index) => ({
        id: `sum${index}`,
        metric: 'Unauthorized',
        connection,
        statistic: 'Sum',
      })),
    );

    expect([...found.values()]).toEqual(names.map(() => 1));
    expect(calls).toHaveLength(2);
  });
});

async function cloudWatch() {
  const { endpoint, metrics, calls, close } = await startCloudWatch({ clock: new ManualClock(NOW_MS) });
  const client = new CloudWatchClient(clientConfigFor(endpoint));
  onTestFinished(async () => {
    client.destroy();
    await close();
  });
  return {
    calls,
    read: (sums: readonly MetricSum[]) => readMetricSums(client, 'zoho', { sums, range: TIME }),
    /** Adds one value per minute, the last one a minute ago. */
    measure: (dimensions: Readonly<Record<string, string>>, values: readonly number[]) => {
      const metric = { namespace: 'ZohoTokenRefresher', name: 'Unauthorized', dimensions };
      values.forEach((value, index) => {
        metrics.addValue(metric, { value, atMs: NOW_MS - (values.length - index) * MINUTE_MS });
      });
    },
  };
}
