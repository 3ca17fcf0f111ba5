import { describe, expect, it } from 'vitest';
import type { PublishedToken } from '../../../lambdas/adapters/published-token.ts';
import { createTokenCache } from '../../../lambdas/client/token-cache.ts';
import type { AccessToken } from '../../../lambdas/core/secrets/access-token.ts';
import { ManualClock } from '../../../sandbox/deployment/clock.ts';
import { accessToken, HOUR_MS, MINUTE_MS, NOW_MS, SECOND_MS } from '../../support/builders.ts';
import { timesOf } from '../../support/client-times.ts';

const published = (overrides: Partial<AccessToken> = {}): PublishedToken => ({
  ok: true,
  token: accessToken({ generation: 1, ...overrides }),
});
const unreachable = Object.assign(new Error('down'), { name: 'InternalServiceError' });

/** A cache whose secret contains a token, or whose reads fail with an error. */
function startCache(secret: PublishedToken | Error = published()) {
  const clock = new ManualClock(NOW_MS);
  const world = { secret };
  const counts = { reads: 0, warnings: 0 };
  const cache = createTokenCache({
    connection: 'crm-prod',
    secretId: 'zoho/crm-prod/access-token',
    read: () => {
      counts.reads += 1;
      const { secret } = world;
      return secret instanceof Error ? Promise.reject(secret) : Promise.resolve(secret);
    },
    ...timesOf({ now: () => clock.now(), sleep: () => Promise.resolve() }),
    onUnavailable: () => {
      counts.warnings += 1;
    },
  });
  return { clock, world, counts, cache };
}

describe('a token in memory', () => {
  it('does not exist before the first read', () => {
    expect(startCache().cache.fresh()).toBeUndefined();
  });

  it('is fresh until the refresher plans to replace it', async () => {
    const { clock, cache } = startCache();
    const token = await cache.load();

    clock.advance(54 * MINUTE_MS - 1);
    expect(await cache.fresh()).toBe(token);
    clock.advance(1);
    expect(cache.fresh()).toBeUndefined();
  });

  it('is fresh for 15 seconds while the next one is late', async () => {
    const { clock, cache } = startCache();
    clock.advance(55 * MINUTE_MS);
    await cache.load();

    clock.advance(15 * SECOND_MS - 1);
    expect(cache.fresh()).toBeDefined();
    clock.advance(1);
    expect(cache.fresh()).toBeUndefined();
  });

  it.each([
    ['even if the next read would be later', HOUR_MS - 10 * SECOND_MS, {}],
    ['even if the next refresh is planned for later', 0, { refreshAfterMs: NOW_MS + 2 * HOUR_MS }],
  ])('is not served after it expires, %s', async (_, ageMs, overrides) => {
    const { clock, cache } = startCache(published(overrides));
    clock.advance(ageMs);
    await cache.load();

    clock.advanceTo(NOW_MS + HOUR_MS - 1);
    expect(cache.fresh()).toBeDefined();
    clock.advance(1);
    expect(cache.fresh()).toBeUndefined();
  });

  it('is fresh again for 15 seconds after a read that found nothing newer', async () => {
    const { clock, cache } = startCache();
    await cache.load();
    clock.advance(55 * MINUTE_MS);
    await cache.load();

    clock.advance(15 * SECOND_MS - 1);
    expect(cache.fresh()).toBeDefined();
  });

  it('stays the same object while its generation is the published one', async () => {
    const { cache } = startCache();

    expect(await cache.load()).toBe(await cache.load());
  });

  it('is read again by the next caller after a read has ended', async () => {
    const { counts, cache } = startCache();
    await cache.load();

    await cache.load();

    expect(counts.reads).toBe(2);
  });
});

describe('the system clock', () => {
  it.each([
    [-SECOND_MS, true],
    [-SECOND_MS - 1, false],
  ])('that is set back hides how much time has passed: by %i ms, is fresh: %s', async (ms, isFresh) => {
    const clock = { nowMs: NOW_MS };
    const cache = createTokenCache({
      connection: 'crm-prod',
      secretId: 'secret',
      read: () => Promise.resolve(published()),
      ...timesOf({ now: () => clock.nowMs, sleep: () => Promise.resolve() }),
      onUnavailable: () => {},
    });
    await cache.load();
    expect(cache.fresh()).toBeDefined();

    clock.nowMs += ms;

    expect(cache.fresh() !== undefined).toBe(isFresh);
  });
});

describe('what the cache knows of its token', () => {
  it('is nothing before the first read', () => {
    const { cache } = startCache();

    expect([cache.generation(), cache.isYoung(1), cache.knows(1)]).toEqual([0, false, false]);
  });

  it('is its generation, and whether it is valid', async () => {
    const { clock, cache } = startCache(published({ generation: 7 }));
    await cache.load();

    expect([cache.generation(), cache.knows(7), cache.knows(8)]).toEqual([7, true, false]);
    clock.advance(HOUR_MS - 1);
    expect(cache.newerThan(6)).toBeDefined();
    clock.advance(1);
    expect(cache.newerThan(6)).toBeUndefined();
  });

  it('is whether Zoho issued it within 30 seconds', async () => {
    const { clock, cache } = startCache(published({ generation: 7, issuedAtMs: NOW_MS }));
    await cache.load();

    clock.advance(30 * SECOND_MS - 1);
    expect([cache.isYoung(7), cache.isYoung(6)]).toEqual([true, false]);
    clock.advance(1);
    expect(cache.isYoung(7)).toBe(false);
  });
});

describe('a token that is newer than a generation', () => {
  it('has a higher one while the generations only rise', async () => {
    const { world, cache } = startCache(published({ generation: 2 }));
    expect(await cache.readNewerThan(5)).toBeUndefined();

    world.secret = published({ generation: 3 });
    await cache.load();

    expect(await cache.readNewerThan(5)).toBeUndefined();
  });

  it('was issued no more than a minute earlier, because clocks differ', async () => {
    const issuedAfter = async (ms: number) => {
      const { world, cache } = startCache(published({ generation: 2, issuedAtMs: NOW_MS }));
      await cache.load();
      world.secret = published({ generation: 3, issuedAtMs: NOW_MS + ms });
      return (await cache.load()).generation;
    };

    expect([await issuedAfter(-MINUTE_MS), await issuedAfter(-MINUTE_MS - 1)]).toEqual([3, 2]);
    // A token of an earlier version of the refresher does not say when it was issued.
    expect(await issuedAfter(-NOW_MS)).toBe(3);
  });

  it('is not one of the same generation', async () => {
    const { clock, world, cache } = startCache(published({ generation: 2, issuedAtMs: NOW_MS }));
    const first = await cache.load();
    world.secret = published({
      generation: 2,
      issuedAtMs: NOW_MS + 1,
      expiresAtMs: NOW_MS + 2 * HOUR_MS,
    });

    expect(await cache.load()).toBe(first);
    clock.advance(HOUR_MS);
    expect((await cache.load()).expiresAt.getTime()).toBe(NOW_MS + 2 * HOUR_MS);
    expect(await cache.readNewerThan(5)).toBeUndefined();
  });

  it('is not one of a lower generation that was issued at the same time', async () => {
    const { world, cache } = startCache(published({ generation: 2, issuedAtMs: NOW_MS }));
    await cache.load();
    world.secret = published({ generation: 1, issuedAtMs: NOW_MS });

    expect((await cache.load()).generation).toBe(2);
  });
});

describe('the connection in the secret', () => {
  it('may be missing, as in the tokens of earlier versions', async () => {
    expect((await startCache(published({ connection: '' })).cache.load()).generation).toBe(1);
  });

  it('is an error if it is another one', async () => {
    await expect(startCache(published({ connection: 'desk' })).cache.load()).rejects.toMatchObject({
      code: 'wrong_connection',
      message:
        'The secret zoho/crm-prod/access-token contains the token of another connection. Find out who wrote it, and run: zoho-tokens refresh crm-prod.',
    });
  });
});

describe('what is read', () => {
  it('replaces an older generation', async () => {
    const { world, cache } = startCache();
    await cache.load();
    world.secret = published({ generation: 2 });

    expect((await cache.load()).generation).toBe(2);
  });

  it('does not replace a newer generation, nor its times', async () => {
    const { clock, world, cache } = startCache(published({ generation: 2 }));
    await cache.load();
    world.secret = published({ generation: 1, refreshAfterMs: NOW_MS, expiresAtMs: NOW_MS + 2 * HOUR_MS });

    const { generation, expiresAt } = await cache.load();

    expect([generation, expiresAt.getTime()]).toEqual([2, NOW_MS + HOUR_MS]);
    clock.advance(54 * MINUTE_MS - 1);
    expect(cache.fresh()).toBeDefined();
  });

  it('does not replace an expired one if it is older and expired too', async () => {
    const { clock, world, cache } = startCache(published({ generation: 2 }));
    await cache.load();
    world.secret = published({ generation: 1 });
    clock.advance(HOUR_MS);

    expect((await cache.load()).generation).toBe(2);
  });

  it('replaces one that expires at this moment if it is valid', async () => {
    const { clock, world, cache } = startCache(published({ generation: 2 }));
    await cache.load();
    world.secret = published({ generation: 1, expiresAtMs: NOW_MS + HOUR_MS + 1 });
    clock.advance(HOUR_MS);

    expect((await cache.load()).generation).toBe(1);
  });
});

describe('a newer token than a rejected one', () => {
  it('is the one in memory, without a read, if that is newer', async () => {
    const { counts, cache } = startCache(published({ generation: 2 }));
    await cache.load();

    expect((await cache.readNewerThan(1))?.generation).toBe(2);
    expect(counts.reads).toBe(1);
  });

  it('is not the rejected one itself', async () => {
    const { counts, cache } = startCache();
    await cache.load();

    expect(await cache.readNewerThan(1)).toBeUndefined();
    expect(counts.reads).toBe(2);
  });

  it('is not an expired one', async () => {
    const { clock, cache } = startCache(published({ generation: 2 }));
    await cache.load();
    clock.advance(HOUR_MS);

    expect(await cache.readNewerThan(1)).toBeUndefined();
  });

  it('is read again at every call', async () => {
    const { world, cache } = startCache();
    await cache.readNewerThan(1);
    world.secret = published({ generation: 2 });

    expect((await cache.readNewerThan(1))?.generation).toBe(2);
  });
});

describe('a read that fails', () => {
  it.each([
    ['Secrets Manager is down', unreachable],
    ['the secret was emptied', { ok: false, problems: 'empty' } as const],
    ['the secret was edited', { ok: false, problems: ['it is not a JSON object'] } as const],
  ])('because %s is only reported while a valid token is in memory', async (_, trouble) => {
    const { world, counts, cache } = startCache();
    const token = await cache.load();
    world.secret = trouble;

    expect(await cache.load()).toBe(token);
    expect(counts.warnings).toBe(1);
  });

  it('is retried after five seconds', async () => {
    const { clock, world, cache } = startCache();
    await cache.load();
    world.secret = unreachable;
    clock.advance(55 * MINUTE_MS);
    await cache.load();

    clock.advance(5 * SECOND_MS - 1);
    expect(cache.fresh()).toBeDefined();
    clock.advance(1);
    expect(cache.fresh()).toBeUndefined();
  });

  it('is retried ever later, after five minutes at last, and soon again after one that succeeds', async () => {
    const { clock, world, cache } = startCache();
    await cache.load();
    const freshSeconds = async () => {
      await cache.load();
      for (let seconds = 0; ; seconds += 1) {
        if (cache.fresh() === undefined) return seconds;
        clock.advance(SECOND_MS);
      }
    };
    world.secret = unreachable;
    const failed = [];
    for (let read = 0; read < 9; read += 1) failed.push(await freshSeconds());
    world.secret = published();
    await cache.load();
    world.secret = unreachable;

    expect(failed).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
    expect(await freshSeconds()).toBe(5);
  });

  it('does not extend the life of a token', async () => {
    const { clock, world, cache } = startCache();
    await cache.load();
    world.secret = unreachable;
    clock.advance(HOUR_MS - 2 * SECOND_MS);
    await cache.load();

    clock.advance(2 * SECOND_MS);

    expect(cache.fresh()).toBeUndefined();
  });

  it.each([
    ['no token was ever read', 0],
    ['the one in memory has expired', HOUR_MS],
  ])('is an error that says what failed when %s', async (_, ageMs) => {
    const { clock, world, counts, cache } = startCache();
    if (ageMs > 0) await cache.load();
    world.secret = unreachable;
    clock.advance(ageMs);

    await expect(cache.load()).rejects.toMatchObject({
      name: 'ZohoClientError',
      code: 'secret_unavailable',
      message:
        'The token of crm-prod cannot be read. secretsmanager:GetSecretValue on zoho/crm-prod/access-token failed (InternalServiceError). Check the network and the AWS region.',
    });
    expect(counts.warnings).toBe(0);
  });

  it('does not prevent the next one', async () => {
    const { world, cache } = startCache(unreachable);
    await cache.load().catch(() => {});
    world.secret = published();

    expect((await cache.load()).generation).toBe(1);
  });
});

describe('a secret without a token', () => {
  it('that is empty means that the connection is not authorized, and the error says who can help', async () => {
    const { cache } = startCache({ ok: false, problems: 'empty' });

    await expect(cache.load()).rejects.toMatchObject({
      code: 'not_authorized',
      message:
        'The connection crm-prod is not authorized: the secret zoho/crm-prod/access-token is empty. Ask its operator to authorize it.',
    });
  });

  it('that was edited has all its problems named', async () => {
    const { cache } = startCache({ ok: false, problems: ['this is wrong', 'that is missing'] });

    await expect(cache.load()).rejects.toMatchObject({
      code: 'malformed_token',
      message:
        'The secret zoho/crm-prod/access-token contains no valid token: this is wrong; that is missing. The next refresh replaces it.',
    });
  });
});
