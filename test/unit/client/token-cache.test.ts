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
