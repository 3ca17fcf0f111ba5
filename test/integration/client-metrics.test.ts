import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCloudWatchApiCalls } from '../../lambdas/client/metrics/client-metrics.ts';
import { createEmfApiCalls } from '../../lambdas/client/metrics/emf-delivery.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { MetricLog } from '../../sandbox/deployment/metric-log.ts';
import { NOW_MS } from '../support/builders.ts';
import { type CloudWatchServer, startCloudWatchServer } from '../support/cloudwatch-server.ts';
import { sumUp } from '../support/put-metric-data.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let server: CloudWatchServer;
beforeEach(async () => {
  server = await startCloudWatchServer();
});
afterEach(() => server.close());

function startReporter({ secretPrefix = 'zoho' } = {}) {
  const clock = new ManualClock(NOW_MS);
  const errors: { code: string; message: string }[] = [];
  const cloudWatch = new CloudWatch({
    endpoint: server.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  const reporter = createCloudWatchApiCalls({
    putMetricData: (input, options) => cloudWatch.putMetricData(input, options),
    secretPrefix,
    clock,
    schedule: () => {},
    onError: (error) => errors.push(error),
  });
  return { clock, errors, reporter };
}

describe('the SDK of CloudWatch', () => {
  it('carries the counts', async () => {
    const { reporter } = startReporter();

    reporter.record('crm-prod', { unauthorized: false });
    reporter.record('crm-prod', { unauthorized: true });
    await reporter.flush();

    const counts = { accepted: 1, unauthorized: 1 };
    expect(sumUp(server.taken)).toEqual({ [`${NOW_MS} fleet`]: counts, [`${NOW_MS} crm-prod`]: counts });
  });

  it('carries 1000 data with the longest names in less than 1 MB, packed or not', async () => {
    const { reporter } = startReporter({ secretPrefix: 'p'.repeat(128) });

    for (let index = 0; index < 999; index += 1) {
      const connection = `${index}`.padEnd(64, 'n');
      reporter.record(connection, { unauthorized: false });
      reporter.record(connection, { unauthorized: true });
    }
    await reporter.flush();

    expect(server.taken.map(({ MetricData }) => MetricData?.length)).toEqual([1000]);
    expect(server.sizes[0]?.bytes).toBeLessThan(1_000_000);
    expect(server.sizes[0]?.sentBytes).toBeLessThan(server.sizes[0]?.bytes ?? 0);
  });
});

describe('CloudWatch over the network', () => {
  it.each([
    [400, 'ThrottlingException', 'aws_throttled'],
    [429, 'TooManyRequestsException', 'aws_throttled'],
    [403, 'AccessDenied', 'aws_access_denied'],
    [403, 'InvalidClientTokenId', 'aws_access_denied'],
    [500, 'InternalServiceFault', 'aws_unavailable'],
  ])('that answers %i %s gets the counts later', async (status, error, code) => {
    const { errors, reporter } = startReporter();
    server.answer = { status, error };

    reporter.record('crm-prod', { unauthorized: true });
    await reporter.flush();
    server.answer = 'taken';
    await reporter.flush();

    expect(errors).toEqual([{ code, message: expect.stringMatching(/^(?!.*canary).*Kept/) }]);
    expect(sumUp(server.taken)[`${NOW_MS} crm-prod`]).toEqual({ accepted: 0, unauthorized: 1 });
  });

  it('that refuses the data for good does not get them again', async () => {
    const { errors, reporter } = startReporter();
    server.answer = { status: 400, error: 'InvalidParameterValue' };

    reporter.record('crm-prod', { unauthorized: true });
    await reporter.flush();
    server.answer = 'taken';
    await reporter.flush();

    expect(errors.map(({ code }) => code)).toEqual(['aws_refused_data']);
    expect(server.taken).toEqual([]);
    expect(reporter.droppedCalls).toBe(1);
  });

  it('that is not there costs an error, not a count', async () => {
    const { errors, reporter } = startReporter();
    await server.close();

    reporter.record('crm-prod', { unauthorized: true });
    await reporter.flush();

    expect(errors.map(({ code }) => code)).toEqual(['aws_unavailable']);
    expect(reporter.droppedCalls).toBe(0);
  });

  it('that never answers is not waited for', async () => {
    const { clock, errors, reporter } = startReporter();
    server.answer = 'never';

    reporter.record('crm-prod', { unauthorized: true });
    const flushed = reporter.flush();
    await server.firstRequest;
    clock.advance(15_000);
    await flushed;
    server.answer = 'taken';
    await reporter.flush();

    expect(errors.map(({ code }) => code)).toEqual(['aws_unavailable']);
    expect(sumUp(server.taken)[`${NOW_MS} fleet`]).toEqual({ accepted: 0, unauthorized: 1 });
  });
});

describe('a process that comes to its end', () => {
  it('sends what is held', async () => {
    const ended = await runReportingProcess();

    expect(ended).toEqual({ code: 0, stderr: '' });
    const calls = server.taken.flatMap(({ MetricData = [] }) => MetricData.map(({ Counts }) => Counts));
    expect(calls).toEqual([[1], [1]]);
  });

  it('ends although CloudWatch takes nothing', async () => {
    server.answer = { status: 403, error: 'AccessDenied' };

    const ended = await runReportingProcess();

    expect(ended).toEqual({ code: 0, stderr: '' });
    expect(server.sizes).toHaveLength(1);
  });
});

it('EMF and PutMetricData tell the same of the same calls', async () => {
  const { reporter } = startReporter();
  const log = new MetricLog();
  const emf = createEmfApiCalls({
    secretPrefix: 'zoho',
    clock: { now: () => NOW_MS },
    writeLine: (line) => log.add(line),
    scheduleFlush: () => {},
  });

  for (let call = 0; call < 250; call += 1) {
    for (const each of [reporter, emf]) each.record('crm-prod', { unauthorized: call % 100 === 42 });
  }
  await Promise.all([reporter.flush(), emf.flush()]);

  const values = log.ofFleet('Unauthorized').map(({ value }) => value);
  expect(sumUp(server.taken)[`${NOW_MS} fleet`]).toEqual({
    accepted: values.filter((value) => value === 0).length,
    unauthorized: values.filter((value) => value === 1).length,
  });
  expect(values).toHaveLength(250);
});

/** Records one call with the real clock and timer, and does nothing more. */
async function runReportingProcess() {
  const program = `
    import { CloudWatch } from '@aws-sdk/client-cloudwatch';
    import { createCloudWatchApiCalls } from './lambdas/client/metrics/client-metrics.ts';
    const cloudWatch = new CloudWatch({ maxAttempts: 1 });
    const putMetricData = (input, options) => cloudWatch.putMetricData(input, options);
    createCloudWatchApiCalls({ putMetricData, secretPrefix: 'zoho', clock: Date })
      .record('crm-prod', { unauthorized: true });
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
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { code, stderr };
}
