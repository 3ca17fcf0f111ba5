import { describe, expect, test } from 'vitest';
import { MOST_TRIES, persist } from '../../../lambdas/adapters/persist.ts';
import { type FailureCode, InfrastructureError } from '../../../lambdas/core/failures.ts';
import { failureOf } from '../../support/builders.ts';

/** A clock whose timers end at once, and which records them. */
function instantClock() {
  const pauses: number[] = [];
  const abortAfter = (ms: number) => {
    pauses.push(ms);
    return AbortSignal.abort();
  };
  return { pauses, clock: { abortAfter } };
}

const never = new AbortController().signal;

/** A call that fails so often with this code. */
function failing(times: number, code: FailureCode = 'aws_throttled') {
  let calls = 0;
  return {
    call: () => {
      calls += 1;
      const isFailing = calls <= times;
      return isFailing ? Promise.reject(new InfrastructureError(failureOf(code))) : Promise.resolve('done');
    },
    calls: () => calls,
  };
}

describe('a call that is worth it', () => {
  test.each(['aws_throttled', 'aws_unavailable'] as const)('is tried again after %s', async (code) => {
    const { clock } = instantClock();
    const { call, calls } = failing(3, code);

    expect(await persist({ clock, random: () => 0 }, never, call)).toBe('done');
    expect(calls()).toBe(4);
  });

  test('is given up after thirty tries', async () => {
    const { clock, pauses } = instantClock();
    const { call, calls } = failing(99);

    await expect(persist({ clock, random: () => 0.999 }, never, call)).rejects.toMatchObject({
      code: 'aws_throttled',
    });
    expect([calls(), pauses.length]).toEqual([MOST_TRIES, MOST_TRIES - 1]);
    const longestInvocationMs = 75_000;
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(longestInvocationMs);
  });

  test.each<[FailureCode, number[]]>([
    ['aws_unavailable', [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]],
    ['aws_throttled', [2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000]],
  ])(
    'is tried again after %s with pauses that double up to 8 s, half of which is jitter',
    async (code, longest) => {
      const least = instantClock();
      const most = instantClock();
      await persist({ clock: least.clock, random: () => 0 }, never, failing(7, code).call);
      await persist({ clock: most.clock, random: () => 1 }, never, failing(7, code).call);

      expect(least.pauses).toEqual(longest.map((ms) => ms / 2));
      expect(most.pauses).toEqual(longest);
    },
  );

  test.each<[FailureCode, number]>([
    ['aws_throttled', 3],
    ['aws_unavailable', 0],
  ])('reports each throttle: after %s, %d', async (code, times) => {
    const { clock } = instantClock();
    let throttles = 0;
    const onThrottled = () => {
      throttles += 1;
    };

    await persist({ clock, random: () => 0, onThrottled }, never, failing(3, code).call);

    expect(throttles).toBe(times);
  });

  test('is given up when its signal aborts, also during a pause', async () => {
    const deadline = new AbortController();
    const { call, calls } = failing(99);
    const clock = { abortAfter: () => new AbortController().signal };
    const outcome = persist({ clock, random: () => 0 }, deadline.signal, call);

    deadline.abort();

    await expect(outcome).rejects.toMatchObject({ code: 'aws_throttled' });
    expect(calls()).toBe(1);
  });

  test('is not tried again without pauses', async () => {
    const { call, calls } = failing(1);

    await expect(persist(undefined, never, call)).rejects.toMatchObject({ code: 'aws_throttled' });
    expect(calls()).toBe(1);
  });

  test.each([
    ['a denial', new InfrastructureError(failureOf('aws_access_denied'))],
    ['a bug', new TypeError('a bug')],
  ])('is not tried again after %s', async (_, error) => {
    const { clock, pauses } = instantClock();

    await expect(persist({ clock, random: () => 0 }, never, () => Promise.reject(error))).rejects.toBe(error);
    expect(pauses).toEqual([]);
  });
});
