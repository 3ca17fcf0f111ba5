import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import { sdkError, startCloudWatchReporter, sumUp } from '../../../support/put-metric-data.ts';

const TWO_WEEKS_MS = 14 * 24 * HOUR_MS;

describe('a CloudWatch that does not take counts', () => {
  it.each([
    ['aws_throttled', sdkError('ThrottlingException')],
    ['aws_throttled', sdkError('SomethingNew', 429)],
    ['aws_access_denied', sdkError('AccessDenied', 403)],
    ['aws_access_denied', sdkError('ExpiredTokenException', 403)],
    ['aws_access_denied', sdkError('CredentialsProviderError')],
    ['aws_unavailable', sdkError('InternalServiceFault', 500)],
    ['aws_unavailable', Object.assign(new Error('connect ECONNREFUSED'), { name: 'Error' })],
    ['aws_unavailable', sdkError('AbortError')],
  ])('(%s) gets them later, in the minute in which they happened', async (code, error) => {
    const { clock, taken, errors, reporter, record, fail, recover } = startCloudWatchReporter();

    record(3);
    record(1, true);
    fail(error);
    await reporter.flush();
    expect(errors).toEqual([{ code, message: expect.stringMatching(/Kept.* API calls concerned: 4\./) }]);
    recover();
    clock.advance(2 * MINUTE_MS);
    await reporter.flush();

    expect(sumUp(taken)).toEqual({
      [`${NOW_MS} fleet`]: { accepted: 3, unauthorized: 1 },
      [`${NOW_MS} crm-prod`]: { accepted: 3, unauthorized: 1 },
    });
    expect(reporter.droppedCalls).toBe(0);
  });

  it('is asked again a minute later', async () => {
    const { scheduled, reporter, record, fail } = startCloudWatchReporter();

    record(1);
    fail(sdkError('ThrottlingException'));
    scheduled[0]?.();
    await reporter.flush();

    expect(scheduled).toHaveLength(2);
  });

  it('is not asked for the rest of what is held, and gets it later', async () => {
    const { cloudWatch, taken, reporter, recordConnections, fail, recover } = startCloudWatchReporter();

    recordConnections(2500);
    fail(sdkError('ThrottlingException'));
    await reporter.flush();
    expect(cloudWatch.attempts).toBe(1);
    recover();
    await reporter.flush();

    expect(Object.keys(sumUp(taken))).toHaveLength(2501);
  });

  it('after half of the requests does not get the first half again', async () => {
    const { cloudWatch, taken, reporter, recordConnections, recover } = startCloudWatchReporter();
    cloudWatch.judge = () =>
      cloudWatch.attempts === 2 ? Promise.reject(sdkError('InternalServiceFault', 500)) : undefined;

    recordConnections(1500);
    await reporter.flush();
    recover();
    recordConnections(1);
    await reporter.flush();

    expect(taken.map(({ MetricData }) => MetricData?.length)).toEqual([1000, 503]);
    expect(sumUp(taken)[`${NOW_MS} fleet`]?.accepted).toBe(1501);
    expect(sumUp(taken)[`${NOW_MS} connection-0`]?.accepted).toBe(2);
    expect(sumUp(taken)[`${NOW_MS} connection-1499`]?.accepted).toBe(1);
  });

  it('costs the oldest minutes when it lasts, and the drop is counted once for fleet and connection', async () => {
    const { clock, taken, reporter, record, fail, recover } = startCloudWatchReporter({ maxHeldMinutes: 3 });
    fail(sdkError('ThrottlingException'));

    for (let minute = 0; minute < 5; minute += 1) {
      record(10 + minute);
      record(1, true, 'desk-prod');
      await reporter.flush();
      clock.advance(MINUTE_MS);
    }
    recover();
    await reporter.flush();

    expect(reporter.droppedCalls).toBe(10 + 1 + 11 + 1);
    expect(Object.keys(sumUp(taken))).toHaveLength(3 * 3);
    expect(sumUp(taken)[`${NOW_MS + 2 * MINUTE_MS} crm-prod`]).toEqual({ accepted: 12, unauthorized: 0 });
  });

  it('costs the oldest minutes, also when they come back from a request after newer ones', async () => {
    const { clock, cloudWatch, taken, reporter, record, recover } = startCloudWatchReporter({
      maxHeldMinutes: 2,
    });
    cloudWatch.judge = async () => {
      clock.advance(MINUTE_MS);
      record(1, false, 'during-the-request');
      await Promise.reject(sdkError('ThrottlingException'));
    };

    record(1, false, 'before-the-request');
    await reporter.flush();
    recover();
    clock.advance(MINUTE_MS);
    record(1, false, 'after-the-request');
    await reporter.flush();

    const connections = Object.keys(sumUp(taken)).filter((key) => !key.endsWith('fleet'));
    expect(connections).toEqual([
      `${NOW_MS + MINUTE_MS} during-the-request`,
      `${NOW_MS + 2 * MINUTE_MS} after-the-request`,
    ]);
  });

  it('holds 60 minutes unless told otherwise', async () => {
    const { clock, taken, reporter, record } = startCloudWatchReporter();

    for (let minute = 0; minute < 61; minute += 1) {
      record(1);
      clock.advance(MINUTE_MS);
    }
    await reporter.flush();

    expect(reporter.droppedCalls).toBe(1);
    expect(Object.keys(sumUp(taken))).toHaveLength(60 * 2);
  });

  it('never has its own words quoted: they may repeat what was sent', async () => {
    const { errors, reporter, record, fail } = startCloudWatchReporter();

    record(1);
    fail(sdkError('AccessDenied', 403));
    await reporter.flush();

    expect(errors[0]?.message).toMatch(/^cloudwatch:PutMetricData failed \(AccessDenied\)(?!.*canary)/);
  });
});

describe('counts that CloudWatch will never take', () => {
  it('are not sent when they are two weeks old', async () => {
    const { clock, taken, reporter, record, fail, recover } = startCloudWatchReporter();

    record(2);
    fail(sdkError('AccessDenied', 403));
    await reporter.flush();
    recover();
    clock.advance(TWO_WEEKS_MS - MINUTE_MS);
    record(1);
    await reporter.flush();

    expect(Object.keys(sumUp(taken))).toEqual([
      `${NOW_MS + TWO_WEEKS_MS - MINUTE_MS} fleet`,
      `${NOW_MS + TWO_WEEKS_MS - MINUTE_MS} crm-prod`,
    ]);
    expect(reporter.droppedCalls).toBe(2);
  });

  it('are dropped without those of other minutes', async () => {
    const { clock, taken, errors, cloudWatch, reporter, record } = startCloudWatchReporter();
    const refusedMinuteMs = NOW_MS + MINUTE_MS;
    cloudWatch.judge = ({ MetricData = [] }) =>
      MetricData.some(({ Timestamp }) => Timestamp?.getTime() === refusedMinuteMs)
        ? Promise.reject(sdkError('InvalidParameterValueException'))
        : undefined;

    for (let minute = 0; minute < 3; minute += 1) {
      record(5);
      clock.advance(MINUTE_MS);
    }
    await reporter.flush();
    await reporter.flush();

    expect(Object.keys(sumUp(taken))).toHaveLength(2 * 2);
    expect(reporter.droppedCalls).toBe(5);
    expect(errors).toEqual([
      { code: 'aws_refused_data', message: expect.stringMatching(/Dropped.*clock.* concerned: 5\./) },
    ]);
  });
});
