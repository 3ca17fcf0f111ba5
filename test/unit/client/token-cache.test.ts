import { describe, expect, it } from 'vitest';
import type { PublishedToken } from '../../../lambdas/adapters/published-token.ts';
import { createTokenCache } from '../../../lambdas/client/token-cache.ts';
import { accessToken, HOUR_MS, NOW_MS } from '../../support/builders.ts';
import { timesOf } from '../../support/client-times.ts';

const published = (
  generation: number,
  expiresAtMs = NOW_MS + HOUR_MS,
  issuedAtMs = NOW_MS,
): PublishedToken => ({
  ok: true,
  token: accessToken({ generation, expiresAtMs, issuedAtMs }),
});

/** A cache whose reads the test ends. */
function startCache() {
  const reads: ((token: PublishedToken) => void)[] = [];
  const clock = { nowMs: NOW_MS };
  const cache = createTokenCache({
    connection: 'crm-prod',
    secretId: 'zoho/crm-prod/access-token',
    read: () => new Promise((resolve) => reads.push(resolve)),
    ...timesOf({ now: () => clock.nowMs, sleep: () => Promise.resolve() }),
    onUnavailable: () => {},
  });
  return { cache, reads, clock };
}

describe('the token cache', () => {
  it('shares one read between concurrent callers, and another between callers with a rejected token', async () => {
    const { cache, reads } = startCache();

    const loads = [cache.load(), cache.load(), cache.load()];
    const forced = [cache.readNewerThan(1), cache.readNewerThan(1)];

    expect(reads).toHaveLength(2);
    for (const end of reads) end(published(2));
    const generations = (await Promise.all([...loads, ...forced])).map((token) => token?.generation);
    expect(generations).toEqual([2, 2, 2, 2, 2]);
  });

  it('never joins a forced read with one that began before the token was rejected', async () => {
    const { cache, reads } = startCache();
    const early = cache.load();
    const forced = cache.readNewerThan(1);

    reads[1]?.(published(2));
    const newer = await forced;
    reads[0]?.(published(1));

    expect(newer?.generation).toBe(2);
    expect((await early).generation).toBe(2);
    expect((await cache.fresh())?.generation).toBe(2);
  });

  it('returns nothing if no newer token than the rejected one is published', async () => {
    const { cache, reads } = startCache();
    const forced = cache.readNewerThan(1);

    reads[0]?.(published(1));

    expect(await forced).toBeUndefined();
  });

  it('accepts a valid token of a lower generation after its own expired, because a lost table starts again', async () => {
    const { cache, reads, clock } = startCache();
    const first = cache.load();
    reads[0]?.(published(40));
    await first;
    clock.nowMs += 2 * HOUR_MS;

    const later = cache.load();
    reads[1]?.(published(3, clock.nowMs + HOUR_MS));

    expect((await later).generation).toBe(3);
  });

  it('takes a token that was issued later for newer, because a deployment that is deployed anew starts at generation 1', async () => {
    const { cache, reads, clock } = startCache();
    const first = cache.load();
    reads[0]?.(published(500));
    await first;
    clock.nowMs += HOUR_MS / 2;

    const forced = cache.readNewerThan(500);
    reads[1]?.(published(1, clock.nowMs + HOUR_MS, clock.nowMs));

    expect((await forced)?.generation).toBe(1);
    expect((await cache.readNewerThan(500))?.generation).toBe(1);
    const next = cache.readNewerThan(1);
    reads[2]?.(published(2, clock.nowMs + HOUR_MS, clock.nowMs + 1));
    expect((await next)?.generation).toBe(2);
  });

  it('is not kept for longer because a read that came too late found the same token', async () => {
    const { cache, reads, clock } = startCache();
    const first = cache.load();
    reads[0]?.(published(7));
    await first;
    clock.nowMs += HOUR_MS - 60_000;
    await cache.load();

    reads[1]?.(published(7));
    for (let turn = 0; turn < 9; turn += 1) await Promise.resolve();
    clock.nowMs += 5_000;

    expect(cache.fresh()).toBeUndefined();
  });

  describe('of a refresher whose clock was a day ahead', () => {
    const DAY_MS = 24 * HOUR_MS;
    const ofTomorrow = (generation: number) =>
      published(generation, NOW_MS + DAY_MS + HOUR_MS, NOW_MS + DAY_MS);

    it('serves the token, and takes the next generation for newer, which was issued earlier', async () => {
      const { cache, reads, clock } = startCache();
      const first = cache.load();
      reads[0]?.(ofTomorrow(5));
      expect((await first).generation).toBe(5);
      clock.nowMs += 30_000;

      const newer = cache.readNewerThan(5);
      reads[1]?.(published(6, clock.nowMs + HOUR_MS, clock.nowMs));

      expect((await newer)?.generation).toBe(6);
    });

    it('reads the secret again within 15 seconds, not after a day', async () => {
      const { cache, reads, clock } = startCache();
      const first = cache.load();
      reads[0]?.(ofTomorrow(5));
      await first;

      expect((await cache.fresh())?.generation).toBe(5);
      clock.nowMs += 15_000;
      expect(cache.fresh()).toBeUndefined();
    });

    it('does not take a stale read of it for a deployment that was deployed anew', async () => {
      const { cache, reads } = startCache();
      const first = cache.load();
      reads[0]?.(published(6));
      await first;

      const later = cache.load();
      reads[1]?.(ofTomorrow(5));

      expect((await later).generation).toBe(6);
    });

    it('does not go back to a token from before', async () => {
      const { cache, reads } = startCache();
      const first = cache.load();
      reads[0]?.(ofTomorrow(5));
      await first;

      const later = cache.load();
      reads[1]?.(published(4, NOW_MS + HOUR_MS, NOW_MS - HOUR_MS / 2));

      expect((await later).generation).toBe(5);
    });
  });

  it('never goes back to an earlier token, also not after the generations have started again', async () => {
    const { cache, reads, clock } = startCache();
    const first = cache.load();
    reads[0]?.(published(500));
    await first;
    clock.nowMs += HOUR_MS / 2;
    const forced = cache.readNewerThan(500);
    reads[1]?.(published(1, clock.nowMs + HOUR_MS, clock.nowMs));
    await forced;

    const again = cache.readNewerThan(1);
    reads[2]?.(published(500));

    expect(await again).toBeUndefined();
  });
});
