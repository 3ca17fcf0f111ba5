import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { untilAborted } from '../../../lambdas/adapters/until-aborted.ts';

const TOO_LATE = new Error('too late');
const endless = () => new Promise<never>(() => {});

describe('work with a signal', () => {
  test.each<[string, () => Promise<string>]>([
    ['its result', () => Promise.resolve('done')],
    ['its error', () => Promise.reject(new Error('failed'))],
  ])('gives %s, and leaves no listener', async (_, work) => {
    const { signal } = new AbortController();
    const settled = await Promise.allSettled([work()]);

    expect(await Promise.allSettled([untilAborted(signal, work())])).toEqual(settled);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('ends when the signal aborts, although the work goes on, and leaves no listener', async () => {
    const controller = new AbortController();
    const waited = untilAborted(controller.signal, endless());
    controller.abort(TOO_LATE);

    await expect(waited).rejects.toBe(TOO_LATE);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('is not waited for if the signal was aborted before', async () => {
    await expect(untilAborted(AbortSignal.abort(TOO_LATE), endless())).rejects.toBe(TOO_LATE);
  });
});
