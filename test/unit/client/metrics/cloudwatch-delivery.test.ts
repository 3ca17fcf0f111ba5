import { describe, expect, it } from 'vitest';
import { MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import { startCloudWatchReporter, sumUp } from '../../../support/put-metric-data.ts';

describe('a minute of API calls', () => {
  it('is one datum for the connection and one for the fleet, with each value and its count', async () => {
    const { clock, taken, reporter, record } = startCloudWatchReporter();

    clock.advance(20_000);
    record(7);
    record(2, true);
    await reporter.flush();

    const datum = {
      MetricName: 'Unauthorized',
      Unit: 'Count',
      Timestamp: new Date(NOW_MS),
      Values: [0, 1],
      Counts: [7, 2],
    };
    expect(taken).toEqual([
      {
        Namespace: 'ZohoTokenRefresher',
        MetricData: [
          { ...datum, Dimensions: [{ Name: 'service', Value: 'zoho' }] },
          {
            ...datum,
            Dimensions: [
              { Name: 'service', Value: 'zoho' },
              { Name: 'connection', Value: 'crm-prod' },
            ],
          },
        ],
      },
    ]);
  });

  it('leaves out a value that was not seen', async () => {
    const { taken, reporter, record } = startCloudWatchReporter();

    record(3, true);
    await reporter.flush();

    expect(taken[0]?.MetricData?.[0]).toMatchObject({ Values: [1], Counts: [3] });
  });

  it('adds all connections up to one datum of the fleet', async () => {
    const { taken, reporter, record } = startCloudWatchReporter();

    record(3);
    record(2, false, 'desk-prod');
    record(1, true, 'desk-prod');
    await reporter.flush();

    expect(sumUp(taken)).toEqual({
      [`${NOW_MS} fleet`]: { accepted: 5, unauthorized: 1 },
      [`${NOW_MS} crm-prod`]: { accepted: 3, unauthorized: 0 },
      [`${NOW_MS} desk-prod`]: { accepted: 2, unauthorized: 1 },
    });
    expect(taken[0]?.MetricData).toHaveLength(3);
  });

  it('keeps its time, whenever it is sent', async () => {
    const { clock, taken, reporter, record } = startCloudWatchReporter();

    record(1);
    clock.advance(MINUTE_MS);
    record(2);
    clock.advance(30 * MINUTE_MS);
    await reporter.flush();

    expect(taken).toHaveLength(1);
    expect(sumUp(taken)).toMatchObject({
      [`${NOW_MS} fleet`]: { accepted: 1 },
      [`${NOW_MS + MINUTE_MS} fleet`]: { accepted: 2 },
    });
  });

  it('is spread over requests of at most 1000 data', async () => {
    const { taken, reporter, recordConnections } = startCloudWatchReporter();

    recordConnections(2500);
    await reporter.flush();

    expect(taken.map(({ MetricData }) => MetricData?.length)).toEqual([1000, 1000, 501]);
    expect(sumUp(taken)[`${NOW_MS} fleet`]).toEqual({ accepted: 2500, unauthorized: 0 });
  });
});

describe('sending', () => {
  it('happens once a minute while there is something to send', async () => {
    const { taken, scheduled, reporter, record } = startCloudWatchReporter();

    record(5);
    record(5, false, 'desk-prod');
    expect(scheduled).toHaveLength(1);
    scheduled[0]?.();
    await reporter.flush();
    expect(taken).toHaveLength(1);
    expect(scheduled).toHaveLength(1);
    record(1);

    expect(scheduled).toHaveLength(2);
  });

  it('of nothing is no request', async () => {
    const { cloudWatch, reporter } = startCloudWatchReporter();

    await reporter.flush();

    expect(cloudWatch.attempts).toBe(0);
  });

  it('is one at a time: flushes under way share the next, which has what was counted since', async () => {
    const { cloudWatch, taken, reporter, record } = startCloudWatchReporter();
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    cloudWatch.judge = () => answered;

    record(1);
    const first = reporter.flush();
    record(2);
    const second = reporter.flush();
    const third = reporter.flush();
    await Promise.resolve();
    expect(cloudWatch.attempts).toBe(1);
    answer();
    await Promise.all([first, second, third]);

    expect(taken.map((request) => sumUp([request])[`${NOW_MS} fleet`]?.accepted)).toEqual([1, 2]);
  });

  it('after close happens no more by itself', async () => {
    const { cloudWatch, scheduled, reporter, record } = startCloudWatchReporter();

    record(1);
    await reporter.close();
    record(1);
    for (const callback of scheduled) callback();

    expect(cloudWatch.attempts).toBe(1);
    expect(scheduled).toHaveLength(1);
  });
});
