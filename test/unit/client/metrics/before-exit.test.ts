import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sdkError, startMetricsWithCloudWatch } from '../../../support/put-metric-data.ts';

const listeners = () => process.listenerCount('beforeExit');

describe('the end of a process', () => {
  it('has one listener, however many clients have something to send, and none when everything was sent', async () => {
    const before = listeners();
    const started = Array.from({ length: 20 }, () => startMetricsWithCloudWatch());

    for (const { record } of started) record(1);
    expect(listeners()).toBe(before + 1);
    await started[0]?.metrics.flush();
    expect(listeners()).toBe(before + 1);
    await Promise.all(started.map(({ metrics }) => metrics.flush()));

    expect(listeners()).toBe(before);
    expect(started.map(({ taken }) => taken.length)).toEqual(new Array(20).fill(1));
  });

  it('sends what is held, once for new counts: a process whose CloudWatch is down must end', async () => {
    const { cloudWatch, metrics, record, fail, recover } = startMetricsWithCloudWatch();
    const attemptsAtTheEnd = async () => {
      process.emit('beforeExit', 0);
      await setImmediate();
      return cloudWatch.attempts;
    };
    fail(sdkError('ThrottlingException'));

    record(1);
    const first = [await attemptsAtTheEnd(), await attemptsAtTheEnd()];
    record(1);
    const second = await attemptsAtTheEnd();
    recover();
    await metrics.flush();

    expect({ first, second }).toEqual({ first: [1, 1], second: 2 });
  });
});
