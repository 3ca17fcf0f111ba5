import { getEventListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withDeadline } from '../../../lambdas/client/bound.ts';
import { REAL_TIME } from '../../../lambdas/client/client-clock.ts';

const never = (_?: AbortSignal) => new Promise<never>(() => {});

/** Waits up to a minute, for a result or for what is thrown. */
const waitFor = (work: (signal: AbortSignal) => Promise<unknown>, outer: AbortSignal) =>
  withDeadline(REAL_TIME, 60_000, work, () => 'late', outer).catch((reason: unknown) => reason);

afterEach(() => {
  vi.useRealTimers();
});

describe('a deadline', () => {
  it('ends waiting with the result of being late when the time is up, and not before', async () => {
    vi.useFakeTimers();
    const late = vi.fn(() => 'late');
    const waited = withDeadline(REAL_TIME, 100, never, late);

    await vi.advanceTimersByTimeAsync(99);
    expect(late).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);

    expect(await waited).toBe('late');
  });

  it('ends waiting with an error that being late throws', async () => {
    const late = () => {
      throw new Error('too late');
    };

    await expect(withDeadline(REAL_TIME, 1, never, late)).rejects.toThrow('too late');
  });

  it("ends waiting with the other signal's reason, and aborts the work with it", async () => {
    const outer = new AbortController();
    const work = vi.fn(never);
    const waited = waitFor(work, outer.signal);

    outer.abort('mine');

    expect(await waited).toBe('mine');
    expect(work.mock.calls[0]?.[0]?.reason).toBe('mine');
  });

  it('does not start work if the other signal has aborted', async () => {
    const work = vi.fn(never);

    expect(await waitFor(work, AbortSignal.abort('mine'))).toBe('mine');
    expect(work).not.toHaveBeenCalled();
  });

  it.each([
    ['result', () => Promise.resolve()],
    ['error', () => Promise.reject(new Error('broken'))],
  ])("leaves neither a timer nor a listener behind after the work's %s", async (_, work) => {
    vi.useFakeTimers();
    const outer = new AbortController();

    await waitFor(work, outer.signal);

    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  });

  it('lets the other signal end the reading of a body that was returned', async () => {
    const outer = new AbortController();
    const work = vi.fn(async (_: AbortSignal) => new Response('body'));
    await waitFor(work, outer.signal);

    outer.abort('mine');

    expect(work.mock.calls[0]?.[0].reason).toBe('mine');
  });

  it('survives garbage collection, unlike AbortSignal.any', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const waited = withDeadline(REAL_TIME, 30, never, () => 'late', new AbortController().signal);

    for (let round = 0; round < 3; round += 1) {
      collectGarbage();
      await setTimeout(1);
    }

    expect(await Promise.race([waited, setTimeout(5_000, 'lost')])).toBe('late');
  });

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
