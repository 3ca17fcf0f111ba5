import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHeldMetrics } from '../../lambdas/client/metrics/client-metrics.ts';
import { createEmfDelivery } from '../../lambdas/client/metrics/emf-delivery.ts';
import { MetricLog } from '../../sandbox/deployment/metric-log.ts';
import { MINUTE_MS, NOW_MS } from '../support/builders.ts';
import { type CloudWatchServer, startCloudWatchServer } from '../support/cloudwatch-server.ts';
import { metricsOf, startCloudWatchMetrics, sumUp } from '../support/put-metric-data.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let server: CloudWatchServer;
beforeEach(async () => {
  server = await startCloudWatchServer();
});
afterEach(() => server.close());

/** A client's metrics, sent to the server with the SDK. */
function startMetrics(names: { secretPrefix?: string; connection?: string } = {}) {
  const cloudWatch = new CloudWatch({
    endpoint: server.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  return startCloudWatchMetrics((input, options) => cloudWatch.putMetricData(input, options), names);
}

describe('the SDK of CloudWatch', () => {
  it('sends the counts', async () => {
    const { metrics, record } = startMetrics();

    record(1);
    record(1, true);
    await metrics.flush();

    const counts = { accepted: 1, unauthorized: 1 };
    expect(sumUp(server.taken)).toEqual({ [`${NOW_MS} fleet`]: counts, [`${NOW_MS} crm-prod`]: counts });
  });

  it('sends 60 minutes with the longest names in one request, well below 1 MB, compressed or not', async () => {
    const { clock, metrics, record } = startMetrics({
      secretPrefix: 'p'.repeat(128),
      connection: 'n'.repeat(64),
    });

    for (let minute = 0; minute < 60; minute += 1) {
      record(1);
      record(1, true);
      metrics.recordUnavailableSecret();
      clock.advance(MINUTE_MS);
    }
    await metrics.flush();

    expect(server.taken.map(({ MetricData }) => MetricData?.length)).toEqual([240]);
    expect(server.sizes[0]?.bytes).toBeLessThan(100_000);
    expect(server.sizes[0]?.sentBytes).toBeLessThan(server.sizes[0]?.bytes ?? 0);
  });
});

describe('CloudWatch over the network', () => {
  it.each([
    [400, 'ThrottlingException', 'AWS throttles'],
    [429, 'TooManyRequestsException', 'AWS throttles'],
    [403, 'AccessDenied', 'Allow this process'],
    [403, 'InvalidClientTokenId', "Correct this process's AWS credentials"],
    [500, 'InternalServiceFault', 'Check the network'],
  ])('that answers %i %s gets the counts later, and is warned about', async (status, error, advice) => {
    const { warnings, metrics, record } = startMetrics();
    server.answer = { status, error };

    record(1, true);
    await metrics.flush();
    server.answer = 'taken';
    await metrics.flush();

    const message = expect.stringMatching(
      `^cloudwatch:PutMetricData (?!.*canary).*${advice}.* sent again for an hour`,
    );
    expect(warnings).toEqual([{ code: 'metrics_undelivered', message }]);
    expect(sumUp(server.taken)[`${NOW_MS} crm-prod`]).toEqual({ accepted: 0, unauthorized: 1 });
    expect(metrics.droppedCalls).toBe(0);
  });

  it('that rejects the data for good does not get them again', async () => {
    const { warnings, metrics, record } = startMetrics();
    server.answer = { status: 400, error: 'InvalidParameterValue' };

    record(1, true);
    await metrics.flush();
    server.answer = 'taken';
    await metrics.flush();

    expect(warnings).toMatchObject([
      { code: 'metrics_undelivered', message: expect.stringContaining("Check this machine's clock.") },
    ]);
    expect(server.taken).toEqual([]);
    expect(metrics.droppedCalls).toBe(1);
  });

  it.each([
    [400, 'ThrottlingException'],
    [403, 'AccessDenied'],
  ])(
    'that answers %i %s for more than an hour costs the oldest calls, which are counted as dropped',
    async (status, error) => {
      const { clock, warnings, metrics, record } = startMetrics();
      server.answer = { status, error };

      for (let minute = 0; minute < 63; minute += 1) {
        record(2);
        await metrics.flush();
        clock.advance(MINUTE_MS);
      }
      server.answer = 'taken';
      await metrics.flush();

      expect(metrics.droppedCalls).toBe(2 * 2 + 2);
      expect(sumUp(server.taken)).not.toHaveProperty([`${NOW_MS + 2 * MINUTE_MS} fleet`]);
      expect(Object.keys(sumUp(server.taken))).toHaveLength(60 * 2);
      expect(new Set(warnings.map(({ code }) => code))).toEqual(
        new Set(['metrics_undelivered', 'metrics_dropped']),
      );
    },
  );

  it('that cannot be reached is warned about, and no call is dropped', async () => {
    const { warnings, metrics, record } = startMetrics();
    await server.close();

    record(1, true);
    await metrics.flush();

    expect(warnings).toMatchObject([
      { code: 'metrics_undelivered', message: expect.stringContaining('Check the network') },
    ]);
    expect(metrics.droppedCalls).toBe(0);
  });

  it('that never answers is waited for until the timeout', async () => {
    const { clock, warnings, metrics, record } = startMetrics();
    server.answer = 'never';

    record(1, true);
    const flushed = metrics.flush();
    await server.firstRequest;
    clock.advance(15_000);
    await flushed;
    server.answer = 'taken';
    await metrics.flush();

    expect(warnings).toMatchObject([
      { code: 'metrics_undelivered', message: expect.stringContaining('Check the network') },
    ]);
    expect(sumUp(server.taken)[`${NOW_MS} fleet`]).toEqual({ accepted: 0, unauthorized: 1 });
  });
});

describe('a process that ends by itself', () => {
  it('sends what is held', async () => {
    const ended = await runConsumer();

    expect(ended).toEqual({ code: 0, warnings: [] });
    const calls = server.taken.flatMap(({ MetricData = [] }) => MetricData.map(({ Counts }) => Counts));
    expect(calls).toEqual([[1], [1]]);
  });

  it('ends although CloudWatch accepts nothing, and warns once however many clients and flushes fail', async () => {
    server.answer = { status: 403, error: 'AccessDenied' };

    const ended = await runConsumer({ clients: 2, flushes: 3 });

    expect(ended).toEqual({
      code: 0,
      warnings: [
        'ZohoClientWarning metrics_undelivered: cloudwatch:PutMetricData on the namespace ZohoTokenRefresher failed (AccessDenied). Allow this process cloudwatch:PutMetricData on it. The metrics are sent again for an hour. The alarm UnauthorizedSpike does not see them.',
      ],
    });
    const flushesOfAClient = 3 + 1;
    expect(server.sizes).toHaveLength(2 * flushesOfAClient);
  });
});

it('EMF and PutMetricData count the same of the same calls', async () => {
  const { metrics } = startMetrics();
  const log = new MetricLog();
  const warn = () => {};
  const delivery = createEmfDelivery((line) => log.add(line), warn);
  const emf = metricsOf(createHeldMetrics({ delivery, now: () => NOW_MS, warn }));

  for (let call = 0; call < 250; call += 1) {
    for (const each of [metrics, emf]) each.recordCall(call % 100 === 42);
    if (call % 10 === 0) await setImmediate();
  }
  await Promise.all([metrics.flush(), emf.flush()]);

  const values = log.ofFleet('Unauthorized').map(({ value }) => value);
  expect(sumUp(server.taken)[`${NOW_MS} fleet`]).toEqual({
    accepted: values.filter((value) => value === 0).length,
    unauthorized: values.filter((value) => value === 1).length,
  });
  expect(values).toHaveLength(250);
});

/** A process whose clients record a call each and flush; the clock and the timer are real, and it does nothing more. */
async function runConsumer({ clients = 1, flushes = 0 } = {}) {
  const program = `
    import { createClientMetrics } from './lambdas/client/metrics/create-client-metrics.ts';
    import { warnOnce } from './lambdas/client/warn-once.ts';
    process.on('warning', ({ name, code, message }) => console.log(name + ' ' + code + ': ' + message));
    for (let client = 0; client < ${clients}; client += 1) {
      const source = { secretPrefix: 'zoho', connection: 'crm-prod', hasOwnMetrics: () => true };
      const metrics = createClientMetrics('cloudwatch', warnOnce, Date.now);
      metrics.record(source, 'unauthorized');
      for (let flush = 0; flush < ${flushes}; flush += 1) await metrics.flush();
    }
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    cwd: ROOT,
    timeout: 20_000,
    env: {
      PATH: process.env.PATH,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL_CLOUDWATCH: server.url,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  });
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { code, warnings: stdout.split('\n').filter((line) => line !== '') };
}
