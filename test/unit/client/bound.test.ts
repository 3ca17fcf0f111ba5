import { getEventListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Bound, withDeadline } from '../../../lambdas/client/bound.ts';
import { REAL_TIME } from '../../../lambdas/client/client-clock.ts';

const never = () => new Promise<never>(() => {});

afterEach(() => {
  vi.useRealTimers();
});

describe('a bound', () => {
  it('ends waiting with its reason when the time is up, and not before', async () => {
    vi.useFakeTimers();
    const bound = new Bound(REAL_TIME, 100, () => 'late');
    const waited = bound.wait(never()).catch((reason: unknown) => reason);

    await vi.advanceTimersByTimeAsync(99);
    expect(bound.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);

    expect(await waited).toBe('late');
  });

  it.each(['before', 'while'])(
    "ends waiting with the other signal's reason: aborted %s it waits",
    async (when) => {
      const outer = new AbortController();
      if (when === 'before') outer.abort('mine');
      const bound = new Bound(REAL_TIME, 60_000, () => 'late', outer.signal);
      const waited = bound.wait(never()).catch((reason: unknown) => reason);

      outer.abort('mine');

      expect(await waited).toBe('mine');
      bound.end();
    },
  );

  it('leaves neither a timer nor a listener behind', async () => {
    vi.useFakeTimers();
    const outer = new AbortController();
    const bound = new Bound(REAL_TIME, 60_000, () => 'late', outer.signal);

    await bound.wait(Promise.resolve());
    bound.end();

    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  });

  it('lets the other signal end the reading of a body that was returned', () => {
    const outer = new AbortController();
    const bound = new Bound(REAL_TIME, 60_000, () => 'late', outer.signal);

    bound.end(new Response('body'));
    outer.abort('mine');

    expect(bound.signal.reason).toBe('mine');
  });

  it('survives garbage collection, unlike AbortSignal.any', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const outer = new AbortController();
    const waited = new Bound(REAL_TIME, 30, () => 'late', outer.signal)
      .wait(never())
      .catch((reason: unknown) => reason);

    for (let round = 0; round < 3; round += 1) {
      collectGarbage();
      await setTimeout(1);
    }

    expect(await Promise.race([waited, setTimeout(5_000, 'lost')])).toBe('late');
  });
});

describe('a deadline', () => {
  it('aborts the work and ignores what it still does', async () => {
    vi.useFakeTimers();
    const seen: AbortSignal[] = [];
    const work = (signal: AbortSignal) => {
      seen.push(signal);
      return new Promise<string>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    };
    const result = withDeadline(REAL_TIME, 100, work, () => 'late');

    await vi.advanceTimersByTimeAsync(100);

    expect(await result).toBe('late');
    expect(seen[0]?.aborted).toBe(true);
  });

  it.each([
    ['result', () => Promise.resolve('done'), 'done'],
    ['error', () => Promise.reject(new Error('broken')), 'broken'],
  ])("does not change the work's %s", async (_, work, expected) => {
    const late = vi.fn();

    const result = await withDeadline(REAL_TIME, 60_000, work, late).catch((error: Error) => error.message);

    expect(result).toBe(expected);
    expect(late).not.toHaveBeenCalled();
  });
});
