import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../lambdas/adapters/system-clock.ts';

describe("the machine's clock", () => {
  test.each([0, -1, -0.2, Number.NEGATIVE_INFINITY])('aborts at once after %d ms', async (ms) => {
    const signal = systemClock.abortAfter(ms);

    await new Promise((resolve) => signal.addEventListener('abort', resolve));

    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  test.each([44_999.97, 2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY])(
    'takes any time and aborts no earlier: %d ms',
    async (ms) => {
      const signal = systemClock.abortAfter(ms);

      await wait(5);

      expect(signal.aborted).toBe(false);
    },
  );

  test('has whole milliseconds', () => {
    expect(Number.isInteger(systemClock.now())).toBe(true);
    expect(Number.isInteger(systemClock.monotonic())).toBe(true);
  });
});
