import { describe, expect, it } from 'vitest';
import { createEmfApiCalls } from '../../../../lambdas/client/metrics/emf-delivery.ts';
import { ManualClock } from '../../../../sandbox/deployment/clock.ts';
import { MetricLog } from '../../../../sandbox/deployment/metric-log.ts';
import { MINUTE_MS, NOW_MS, SECOND_MS } from '../../../support/builders.ts';

function startReporter({ writeLine }: { writeLine?: (line: string) => void } = {}) {
  const clock = new ManualClock(NOW_MS);
  const log = new MetricLog();
  const scheduled: (() => void)[] = [];
  const reporter = createEmfApiCalls({
    secretPrefix: 'zoho',
    clock,
    writeLine: writeLine ?? ((line) => log.add(line)),
    scheduleFlush: (callback) => scheduled.push(callback),
  });
  const record = (times: number, unauthorized = false, connection = 'crm-prod') => {
    for (let call = 0; call < times; call += 1) reporter.record(connection, { unauthorized });
  };
  const valuesOfLines = () => log.lines.map((line) => JSON.parse(line).Unauthorized);
  return { clock, log, scheduled, reporter, record, valuesOfLines };
}

describe('a line of API calls', () => {
  it('counts for the fleet and for the connection', async () => {
    const { log, reporter, record } = startReporter();

    record(2);
    await reporter.flush();

    const line = JSON.parse(log.lines[0] ?? '');
    expect(line).toEqual({
      _aws: {
        Timestamp: NOW_MS,
        CloudWatchMetrics: [
          {
            Namespace: 'ZohoTokenRefresher',
            Dimensions: [['service'], ['service', 'connection']],
            Metrics: [{ Name: 'Unauthorized', Unit: 'Count' }],
          },
        ],
      },
      service: 'zoho',
      connection: 'crm-prod',
      Unauthorized: [0, 0],
    });
  });

  it('is one for each connection', async () => {
    const { log, reporter, record } = startReporter();

    record(3);
    record(2, false, 'desk-prod');
    await reporter.flush();

    expect(log.lines).toHaveLength(2);
    expect(log.ofConnection('Unauthorized', 'crm-prod')).toHaveLength(3);
    expect(log.ofConnection('Unauthorized', 'desk-prod')).toHaveLength(2);
    expect(log.ofFleet('Unauthorized')).toHaveLength(5);
  });

  it('has the time of its first call', async () => {
    const { clock, log, reporter, record } = startReporter();

    record(1);
    clock.advance(5 * SECOND_MS);
    record(1);
    await reporter.flush();

    expect(log.ofFleet('Unauthorized').map(({ atMs }) => atMs)).toEqual([NOW_MS, NOW_MS]);
  });
});

describe('calls that went well', () => {
  it('are held back until a line is full, which is at 100 values', () => {
    const { record, valuesOfLines } = startReporter();

    record(99);
    expect(valuesOfLines()).toEqual([]);
    record(1);
    expect(valuesOfLines()).toEqual([new Array(100).fill(0)]);
    record(250);

    expect(valuesOfLines().map((values) => values.length)).toEqual([100, 100, 100]);
  });

  it('are written before a call of another minute is counted, those of every connection', () => {
    const { clock, log, record } = startReporter();

    record(2);
    record(1, false, 'desk-prod');
    clock.advance(MINUTE_MS - 1);
    record(1);
    expect(log.lines).toHaveLength(0);
    clock.advance(1);
    record(1);

    expect(log.ofConnection('Unauthorized', 'crm-prod').map(({ atMs }) => atMs)).toEqual(
      new Array(3).fill(NOW_MS),
    );
    expect(log.ofConnection('Unauthorized', 'desk-prod')).toHaveLength(1);
  });

  it('fall in the minute in which they happened, also when the clock is set back', async () => {
    const log = new MetricLog();
    const timesMs = [NOW_MS + MINUTE_MS, NOW_MS];
    const reporter = createEmfApiCalls({
      secretPrefix: 'zoho',
      clock: { now: () => timesMs.shift() ?? Number.NaN },
      writeLine: (line) => log.add(line),
      scheduleFlush: () => {},
    });

    reporter.record('crm-prod', { unauthorized: false });
    reporter.record('crm-prod', { unauthorized: false });
    await reporter.flush();

    expect(log.ofFleet('Unauthorized').map(({ atMs }) => atMs)).toEqual([NOW_MS + MINUTE_MS, NOW_MS]);
  });

  it('are written soon: one flush is scheduled however many calls there are, and another when it is over', () => {
    const { scheduled, record, valuesOfLines } = startReporter();

    record(3);
    record(3, false, 'desk-prod');
    expect(scheduled).toHaveLength(1);
    scheduled[0]?.();
    expect(valuesOfLines()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    record(1);

    expect(scheduled).toHaveLength(2);
  });
});

describe('a 401', () => {
  it('is written at once, with what was held back of its connection', () => {
    const { record, valuesOfLines } = startReporter();

    record(2);
    record(1, false, 'desk-prod');
    record(1, true);

    expect(valuesOfLines()).toEqual([[0, 0, 1]]);
  });

  it('that comes alone needs no later flush', async () => {
    const { scheduled, reporter, record, valuesOfLines } = startReporter();

    record(1, true);
    await reporter.flush();

    expect(valuesOfLines()).toEqual([[1]]);
    expect(scheduled).toEqual([]);
  });

  it('that fills a line is in it', () => {
    const { record, valuesOfLines } = startReporter();

    record(99);
    record(1, true);

    expect(valuesOfLines()).toEqual([[...new Array(99).fill(0), 1]]);
  });
});

describe('counting', () => {
  it('never fails a call of Zoho when standard output is gone, and goes on when it is back', async () => {
    const written: string[] = [];
    let isGone = true;
    const { reporter, record } = startReporter({
      writeLine: (line) => {
        if (isGone) throw new Error('EPIPE');
        written.push(line);
      },
    });

    record(1, true);
    record(1);
    await reporter.flush();
    isGone = false;
    record(1, true);

    expect(written.map((line) => JSON.parse(line).Unauthorized)).toEqual([[1]]);
  });

  it('never fails a call of Zoho when the clock or the timer does', () => {
    const fail = () => {
      throw new Error('broken');
    };
    const options = { secretPrefix: 'zoho', writeLine: () => {} };
    const withoutClock = createEmfApiCalls({ ...options, clock: { now: fail }, scheduleFlush: () => {} });
    const withoutTimer = createEmfApiCalls({ ...options, clock: { now: () => 0 }, scheduleFlush: fail });

    expect(() => withoutClock.record('crm-prod', { unauthorized: true })).not.toThrow();
    expect(() => withoutTimer.record('crm-prod', { unauthorized: false })).not.toThrow();
  });
});
