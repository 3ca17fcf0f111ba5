import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { REAL_TIME } from '../../../lambdas/client/client-clock.ts';

describe('a sleep in real time', () => {
  it('leaves no listener on its signal', async () => {
    const { signal } = new AbortController();

    await REAL_TIME.sleep(0, signal);

    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends at once if its signal was aborted before', async () => {
    const startedAtMs = performance.now();

    await REAL_TIME.sleep(1_000, AbortSignal.abort());

    expect(performance.now() - startedAtMs).toBeLessThan(500);
  });
});
