import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCloudWatchApiCalls } from '../../../../lambdas/client/metrics/client-metrics.ts';
import { ManualClock } from '../../../../sandbox/deployment/clock.ts';
import { MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import { sdkError, startCloudWatchReporter, sumUp } from '../../../support/put-metric-data.ts';

describe('counting', () => {
  it('loses nothing and counts nothing twice, whatever order calls, minutes and outages come in', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('calls'),
        connection: fc.integer({ max: 3, min: 0 }),
        unauthorized: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('minute') }),
      fc.record({ kind: fc.constant('flush'), isDown: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, taken, reporter, record, fail, recover } = startCloudWatchReporter({
          maxHeldMinutes: 4,
        });
        let recorded = 0;
        const pending: Promise<void>[] = [];

        for (const each of steps) {
          if ('connection' in each) {
            record(1, each.unauthorized, `connection-${each.connection}`);
            recorded += 1;
          } else if ('isDown' in each) {
            if (each.isDown) fail(sdkError('ThrottlingException'));
            else recover();
            pending.push(reporter.flush());
          } else {
            clock.advance(MINUTE_MS);
            await Promise.resolve();
          }
        }
        await Promise.all(pending);
        recover();
        await reporter.flush();

        const sums = Object.entries(sumUp(taken));
        const total = (isWanted: (key: string) => boolean) =>
          sums
            .filter(([key]) => isWanted(key))
            .reduce((sum, [, { accepted, unauthorized }]) => sum + accepted + unauthorized, 0);
        expect(total((key) => key.endsWith('fleet')) + reporter.droppedCalls).toBe(recorded);
        expect(total((key) => !key.endsWith('fleet')) + reporter.droppedCalls).toBe(recorded);
      }),
    );
  });

  it('never fails a call of Zoho, and a flush never rejects, when what was injected fails', async () => {
    const fail = () => {
      throw new Error('broken');
    };
    const options = {
      putMetricData: () => Promise.reject(sdkError('ThrottlingException')),
      secretPrefix: 'zoho',
      clock: new ManualClock(NOW_MS),
      schedule: () => {},
    };
    const reporters = [
      createCloudWatchApiCalls({ ...options, clock: { now: fail } }),
      createCloudWatchApiCalls({ ...options, clock: { now: () => NOW_MS, abortAfter: fail } }),
      createCloudWatchApiCalls({ ...options, schedule: fail }),
      createCloudWatchApiCalls({ ...options, onError: fail }),
      createCloudWatchApiCalls({ ...options, putMetricData: fail }),
    ];

    for (const reporter of reporters) {
      expect(() => reporter.record('crm-prod', { unauthorized: true })).not.toThrow();
      await expect(reporter.flush()).resolves.toBeUndefined();
    }
  });

  it.each([0, -1, 1.5, Number.NaN])('does not begin with %s minutes to hold', (maxHeldMinutes) => {
    expect(() => startCloudWatchReporter({ maxHeldMinutes })).toThrow(`not ${maxHeldMinutes}`);
  });
});
