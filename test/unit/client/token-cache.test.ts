import { describe, expect, it } from 'vitest';
import type { PublishedToken } from '../../../lambdas/adapters/published-token.ts';
import { TokenCache } from '../../../lambdas/client/token-cache.ts';
import { parseAccessToken } from '../../../lambdas/core/secrets/access-token.ts';

const START_MS = Date.UTC(2026, 0, 5, 9);
const HOUR_MS = 3_600_000;

function published(generation: number, issuedAtMs = START_MS): PublishedToken {
  const iso = (timeMs: number) => new Date(timeMs).toISOString();
  return parseAccessToken(
    JSON.stringify({
      access_token: `1000.token.${generation}`,
      api_domain: 'https://www.zohoapis.eu',
      data_center: 'eu',
      generation,
      issued_at: iso(issuedAtMs),
      expires_at: iso(issuedAtMs + HOUR_MS),
      refresh_after: iso(issuedAtMs + 53 * 60_000),
    }),
  );
}

/** A cache whose reads end when, and with what, the test says. */
function createCache() {
  const reads: ((token: PublishedToken) => void)[] = [];
  const clock = { nowMs: START_MS };
  const cache = new TokenCache({
    connection: 'crm-prod',
    secretName: 'zoho/crm-prod/access-token',
    read: () => new Promise((resolve) => reads.push(resolve)),
    now: () => clock.nowMs,
    onUnavailable: () => {},
  });
  return { cache, reads, clock };
}

describe('the token cache', () => {
  it('lets concurrent readers share one read, and forced readers another', async () => {
    const { cache, reads } = createCache();

    const loads = [cache.load(), cache.load(), cache.load()];
    const forced = [cache.readNewerThan(1), cache.readNewerThan(1)];

    expect(reads).toHaveLength(2);
    for (const end of reads) end(published(2));
    expect((await Promise.all([...loads, ...forced])).map((token) => token?.generation)).toEqual([
      2, 2, 2, 2, 2,
    ]);
  });

  it('never lets a forced read join one that began before the token was rejected', async () => {
    const { cache, reads } = createCache();
    const early = cache.load();
    const forced = cache.readNewerThan(1);

    reads[1]?.(published(2));
    const newer = await forced;
    reads[0]?.(published(1));

    expect(newer?.generation).toBe(2);
    expect((await early).generation).toBe(2);
    expect((await cache.fresh())?.generation).toBe(2);
  });

  it('has nothing to give when no newer token than the rejected one is published', async () => {
    const { cache, reads } = createCache();
    const forced = cache.readNewerThan(1);

    reads[0]?.(published(1));

    expect(await forced).toBeUndefined();
  });

  it('takes a valid token of a lower generation when its own has run out: the table was lost and begins anew', async () => {
    const { cache, reads, clock } = createCache();
    const first = cache.load();
    reads[0]?.(published(40));
    await first;
    clock.nowMs += 2 * HOUR_MS;

    const later = cache.load();
    reads[1]?.(published(3, clock.nowMs));

    expect((await later).generation).toBe(3);
  });
});
