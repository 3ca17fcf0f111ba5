import { describe, expect, it } from 'vitest';
import type { RefreshAnswer } from '../../../lambdas/client/refresher-invocation.ts';
import type { TokenCache } from '../../../lambdas/client/token-cache.ts';
import { createTokenRecovery } from '../../../lambdas/client/token-recovery.ts';
import { UnprintableAccessToken } from '../../../lambdas/client/zoho-access-token.ts';
import { ZohoClientError } from '../../../lambdas/client/zoho-client-error.ts';
import { ManualClock } from '../../../sandbox/deployment/clock.ts';
import { accessToken, MINUTE_MS, NOW_MS, SECOND_MS } from '../../support/builders.ts';
import { timesOf } from '../../support/client-times.ts';

const MAX_WAIT_MS = 10 * SECOND_MS;

const answered = (outcome: string, retryAfterSeconds?: number): RefreshAnswer => ({
  outcome,
  retryAfterSeconds,
});

/** A recovery with a published generation and a refresher that the test controls. */
function startRecovery({ mayAsk = true } = {}) {
  const clock = new ManualClock(NOW_MS);
  const world = {
    publishedGeneration: 1,
    readFails: undefined as unknown,
    inMemory: undefined as number | undefined,
    answer: (): RefreshAnswer => answered('blocked'),
    whileAsleep: () => {},
  };
  const counts = { reads: 0 };
  const asked: [connection: string, rejectedGeneration: number][] = [];
  const sleeps: number[] = [];
  const readNewerThan = (generation: number) => {
    counts.reads += 1;
    if (world.readFails !== undefined) return Promise.reject(world.readFails);
    const { publishedGeneration } = world;
    const isNewer = publishedGeneration > generation;
    return Promise.resolve(
      isNewer ? new UnprintableAccessToken(accessToken({ generation: publishedGeneration })) : undefined,
    );
  };
  const newerThan = (generation: number) => {
    const { inMemory = 0 } = world;
    return inMemory > generation
      ? Promise.resolve(new UnprintableAccessToken(accessToken({ generation: inMemory })))
      : undefined;
  };
  const ask = (connection: string, rejectedGeneration: number) => {
    asked.push([connection, rejectedGeneration]);
    return Promise.resolve(world.answer());
  };
  const getNewer = createTokenRecovery({
    connection: 'crm-prod',
    cache: { readNewerThan, newerThan } as unknown as TokenCache,
    ask: mayAsk ? ask : undefined,
    ...timesOf({
      now: () => clock.now(),
      sleep: (ms) => {
        sleeps.push(ms);
        world.whileAsleep();
        return Promise.resolve();
      },
    }),
  });
  const recover = async (generation = 1) => (await getNewer(generation, 'rejected'))?.generation;
  return { clock, world, counts, asked, sleeps, getNewer, recover };
}

describe('a newer token than the rejected one', () => {
  it('is read before the refresher is asked', async () => {
    const { world, asked, recover } = startRecovery();
    world.publishedGeneration = 2;

    expect(await recover()).toBe(2);
    expect(asked).toEqual([]);
  });

  it.each(['refreshed', 'already-fresh'])('is read when the refresher says %s', async (outcome) => {
    const { world, asked, sleeps, recover } = startRecovery();
    world.answer = () => {
      world.publishedGeneration = 2;
      return answered(outcome);
    };

    expect(await recover()).toBe(2);
    expect(asked).toEqual([['crm-prod', 1]]);
    expect(sleeps).toEqual([]);
  });

  it('is waited for with increasing pauses, for ten seconds in all, while a refresh is in progress', async () => {
    const { world, sleeps, recover } = startRecovery();
    world.answer = () => answered('in-progress');

    expect(await recover()).toBeUndefined();
    expect(sleeps).toEqual(sleeps.toSorted((a, b) => a - b));
    expect(sleeps[0]).toBe(100);
    expect(sleeps.reduce((sum, ms) => sum + ms)).toBe(MAX_WAIT_MS);
  });

  it.each([
    ['is no longer waited for once it is published', 2],
    ['is read once more after the last wait', 8],
  ])('%s', async (_, waits) => {
    const { world, sleeps, recover } = startRecovery();
    world.answer = () => answered('in-progress');
    world.whileAsleep = () => {
      if (sleeps.length === waits) world.publishedGeneration = 2;
    };

    expect(await recover()).toBe(2);
    expect(sleeps).toHaveLength(waits);
    expect(sleeps.slice(0, 2)).toEqual([100, 200]);
  });

  it('is requested once for any number of callers with the same rejected token', async () => {
    const { asked, getNewer } = startRecovery();

    const flights = [1, 1, 2].map((generation) => getNewer(generation, 'rejected'));
    await Promise.all(flights);

    expect(flights[1]).toBe(flights[0]);
    expect(asked).toEqual([
      ['crm-prod', 1],
      ['crm-prod', 2],
    ]);
  });
});

describe('a token that has expired', () => {
  it('may turn out to be valid after a read, which tells the time', async () => {
    const { asked, getNewer } = startRecovery();

    expect((await getNewer(1, 'expired'))?.generation).toBe(1);
    expect(asked).toEqual([]);
  });

  it('is replaced if the secret contains an older one', async () => {
    const { world, asked, getNewer } = startRecovery();
    world.answer = () => {
      world.publishedGeneration = 4;
      return answered('refreshed');
    };

    expect((await getNewer(3, 'expired'))?.generation).toBe(4);
    expect(asked).toEqual([['crm-prod', 3]]);
  });
});

describe('a token that is doubtful', () => {
  it('is read again at most every five seconds, and the refresher is not asked', async () => {
    const { clock, counts, asked, getNewer } = startRecovery();
    const readsAfter = async (ms: number) => {
      clock.advance(ms);
      await getNewer(1, 'doubtful');
      return counts.reads;
    };

    expect([await readsAfter(0), await readsAfter(4_999), await readsAfter(1)]).toEqual([1, 1, 2]);
    expect(asked).toEqual([]);
  });

  it('does not keep others from asking', async () => {
    const { asked, getNewer, recover } = startRecovery();
    await getNewer(1, 'doubtful');

    await recover();

    expect(asked).toHaveLength(1);
  });
});

describe('a newer token in memory', () => {
  it('is used without a read', async () => {
    const { world, counts, recover } = startRecovery();
    world.inMemory = 2;

    expect(await recover()).toBe(2);
    expect(counts.reads).toBe(0);
  });
});

describe('a read that fails', () => {
  it('counts as one that found nothing newer: the refresher is asked', async () => {
    const { world, asked, recover } = startRecovery();
    world.readFails = new ZohoClientError('secret_unavailable', 'down');

    expect(await recover()).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['an error', new TypeError('a bug')],
    ['something else', 'a bug'],
  ])('for %s that is unknown is a bug, and is not hidden', async (_, bug) => {
    const { world, recover } = startRecovery();
    world.readFails = bug;

    await expect(recover()).rejects.toBe(bug);
  });
});

describe('a refresher that could not help', () => {
  it.each([
    ['is blocked', answered('blocked'), 5],
    ['failed, and says 2 s', answered('failed', 2), 5],
    ['is throttled, and says 30 s', answered('throttled', 30), 30],
    ['is out of budget, and says ten minutes', answered('budget-exhausted', 600), 60],
    ['is unavailable', { outcome: 'unavailable' }, 5],
    ['had nothing published within ten seconds', answered('refreshed'), 5],
  ])(
    'because it %s is not asked again for a while, and the secret is not read',
    async (_, answer, seconds) => {
      const { clock, world, counts, asked, recover } = startRecovery();
      world.answer = () => answer;
      await recover();
      const readsBefore = counts.reads;

      clock.advance(seconds * SECOND_MS - 1);
      await recover();

      expect(counts.reads).toBe(readsBefore);
      expect(asked).toHaveLength(1);
      clock.advance(1);
      await recover();
      expect(counts.reads).toBeGreaterThan(readsBefore);
      expect(asked).toHaveLength(2);
    },
  );

  it.each(['blocked', 'failed', 'throttled', 'budget-exhausted'])(
    'because it is %s is not waited for',
    async (outcome) => {
      const { world, sleeps, recover } = startRecovery();
      world.answer = () => answered(outcome);

      await recover();

      expect(sleeps).toEqual([]);
    },
  );
});

describe('a consumer without permission to ask', () => {
  it('only reads the secret for five minutes', async () => {
    const { clock, world, counts, asked, recover } = startRecovery();
    world.answer = () => ({ outcome: 'refused' });
    await recover();

    clock.advance(5 * MINUTE_MS - 1);
    await recover();

    expect(counts.reads).toBe(2);
    expect(asked).toHaveLength(1);
  });

  it('asks again after the five minutes', async () => {
    const { clock, world, asked, recover } = startRecovery();
    world.answer = () => ({ outcome: 'refused' });
    await recover();

    clock.advance(5 * MINUTE_MS);
    await recover();

    expect(asked).toHaveLength(2);
  });

  it("reads the secret every five seconds if it does not know the refresher's name", async () => {
    const { clock, counts, recover } = startRecovery({ mayAsk: false });
    await recover();

    clock.advance(5 * SECOND_MS - 1);
    await recover();
    expect(counts.reads).toBe(1);

    clock.advance(1);
    await recover();
    expect(counts.reads).toBe(2);
  });
});
