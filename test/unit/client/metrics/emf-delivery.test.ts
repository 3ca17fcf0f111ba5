import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createHeldMetrics } from '../../../../lambdas/client/metrics/client-metrics.ts';
import { createEmfDelivery } from '../../../../lambdas/client/metrics/emf-delivery.ts';
import type { ClientWarning } from '../../../../lambdas/client/warn-once.ts';
import { ManualClock } from '../../../../sandbox/deployment/clock.ts';
import { MetricLog } from '../../../../sandbox/deployment/metric-log.ts';
import { MINUTE_MS, NOW_MS, SECOND_MS } from '../../../support/builders.ts';
import { METRICS_SOURCE, metricsOf } from '../../../support/put-metric-data.ts';

function startMetrics(writeLine?: (line: string) => void, hasOwnMetrics = () => true) {
  const clock = new ManualClock(NOW_MS);
  const log = new MetricLog();
  const warnings: ClientWarning[] = [];
  const warn = (warning: ClientWarning) => warnings.push(warning);
  const delivery = createEmfDelivery(writeLine ?? ((line) => log.add(line)), warn);
  const held = createHeldMetrics({ delivery, now: () => clock.now(), warn });
  const metrics = metricsOf(held, { ...METRICS_SOURCE, hasOwnMetrics });
  /** Resolves when what is written at once was written. */
  const record = async (times: number, unauthorized = false) => {
    for (let call = 0; call < times; call += 1) metrics.recordCall(unauthorized);
    await setImmediate();
  };
  const valuesOfLines = () => log.lines.map((line) => JSON.parse(line).Unauthorized);
  return { clock, log, warnings, delivery, metrics, record, valuesOfLines };
}

describe('a line of metrics', () => {
  it.each([
    ['Unauthorized', [0, 0]],
    ['SecretUnavailable', 1],
  ])('of %s counts for the fleet and for the connection', async (name, value) => {
    const { log, metrics, record } = startMetrics();

    if (name === 'Unauthorized') await record(2);
    else metrics.recordUnavailableSecret();
    await metrics.flush();

    expect(log.lines.map((line) => JSON.parse(line))).toEqual([
      {
        _aws: {
          Timestamp: NOW_MS,
          CloudWatchMetrics: [
            {
              Namespace: 'ZohoTokenRefresher',
              Dimensions: [['service'], ['service', 'connection']],
              Metrics: [{ Name: name, Unit: 'Count' }],
            },
          ],
        },
        service: 'zoho',
        connection: 'crm-prod',
        [name]: value,
      },
    ]);
  });

  it('counts for the fleet only if the connection has no metric of its own, and still names it', async () => {
    const { log, record } = startMetrics(undefined, () => false);

    await record(1, true);

    expect(log.lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        _aws: { CloudWatchMetrics: [{ Dimensions: [['service']] }] },
        service: 'zoho',
        connection: 'crm-prod',
        Unauthorized: [1],
      },
    ]);
  });

  it('has the time of the first call of its minute', async () => {
    const { clock, log, metrics, record } = startMetrics();

    await record(1);
    clock.advance(5 * SECOND_MS);
    await record(1);
    clock.advance(MINUTE_MS);
    await record(1);
    await metrics.flush();

    expect(log.ofFleet('Unauthorized').map(({ atMs }) => atMs)).toEqual([
      NOW_MS,
      NOW_MS,
      NOW_MS + MINUTE_MS + 5 * SECOND_MS,
    ]);
  });

  it('cannot be written when standard output is gone: the calls are dropped, with a warning', async () => {
    const written: string[] = [];
    let isGone = true;
    const { warnings, metrics, record } = startMetrics((line) => {
      if (isGone) throw new Error('EPIPE');
      written.push(line);
    });

    await record(1, true);
    await record(1);
    await metrics.flush();
    isGone = false;
    await record(1, true);

    expect(written.map((line) => JSON.parse(line).Unauthorized)).toEqual([[1]]);
    expect(metrics.droppedCalls).toBe(2);
    expect(warnings[0]).toEqual({
      code: 'metrics_undelivered',
      message: 'Standard output takes no metrics: they are dropped. Check where it leads.',
    });
  });
});

describe('accepted calls', () => {
  it('are held until a line is full, which is at 100 values', async () => {
    const { record, valuesOfLines } = startMetrics();

    await record(99);
    expect(valuesOfLines()).toEqual([]);
    await record(1);
    expect(valuesOfLines()).toEqual([new Array(100).fill(0)]);
    await record(250);

    expect(valuesOfLines().map((values) => values.length)).toEqual([100, 100, 100, 50]);
  });

  it('are written after a second at the latest', () => {
    expect(startMetrics().delivery.maxWaitMs).toBe(1_000);
  });
});

describe('a 401 or an unavailable secret', () => {
  it('is written at once, with what was held', async () => {
    const { log, metrics, record, valuesOfLines } = startMetrics();

    await record(2);
    await record(1, true);
    metrics.recordUnavailableSecret();
    await setImmediate();

    expect(valuesOfLines()).toEqual([[0, 0], [1], undefined]);
    expect(log.ofFleet('SecretUnavailable')).toHaveLength(1);
  });

  it('has its own line, so that lines can be counted instead of calls', async () => {
    const { record, valuesOfLines } = startMetrics();

    await record(3, true);

    expect(valuesOfLines()).toEqual([[1], [1], [1]]);
  });
});
