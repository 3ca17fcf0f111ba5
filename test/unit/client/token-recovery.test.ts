import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RefreshAnswer } from '../../../lambdas/client/refresher-invocation.ts';
import type { TokenCache } from '../../../lambdas/client/token-cache.ts';
import { createTokenRecovery } from '../../../lambdas/client/token-recovery.ts';
import type { ClientWarning } from '../../../lambdas/client/warn-once.ts';
import { UnprintableAccessToken } from '../../../lambdas/client/zoho-access-token.ts';
import { ZohoClientError } from '../../../lambdas/client/zoho-client-error.ts';
import { ManualClock } from '../../../sandbox/deployment/clock.ts';
import { accessToken, HOUR_MS, NOW_MS, SECOND_MS } from '../../support/builders.ts';
import { clientClockOf, timesOf } from '../../support/client-times.ts';

const MAX_WAIT_MS = 10 * SECOND_MS;

const answered = (outcome: string, retryAfterSeconds?: number): RefreshAnswer => ({
  outcome,
  generation: 1,
  retryAfterSeconds,
});

/** A recovery with a published generation and a refresher that the test controls. */
function startRecovery({ mayAsk = true } = {}) {
  const clock = new ManualClock(NOW_MS);
  const world = {
    publishedGeneration: 1,
    readFails: undefined as unknown,
    inMemory: undefined as number | undefined,
    /** Generation of a published token that has expired by the client's time. */
    expired: undefined as number | undefined,
    answer: (): RefreshAnswer => answered('blocked'),
    whileAsleep: () => {},
  };
  const counts = { reads: 0 };
  const trusted: number[] = [];
  const warnings: ClientWarning[] = [];
  const asked: [connection: string, rejectedGeneration: number, reason: string][] = [];
  const sleeps: number[] = [];
  const readNewerThan = (generation: number) => {
    counts.reads += 1;
    if (world.readFails !== undefined) return Promise.reject(world.readFails);
    const { publishedGeneration } = world;
    const isExpired = publishedGeneration === world.expired;
    const isNewer = publishedGeneration > generation && (!isExpired || trusted.includes(publishedGeneration));
    const expiresAtMs = isExpired ? clock.now() - HOUR_MS : clock.now() + HOUR_MS;
    const token = accessToken({ generation: publishedGeneration, expiresAtMs });
    return Promise.resolve(isNewer ? new UnprintableAccessToken(token) : undefined);
  };
  const newerThan = (generation: number) => {
    const { inMemory = 0 } = world;
    return inMemory > generation
      ? Promise.resolve(new UnprintableAccessToken(accessToken({ generation: inMemory })))
      : undefined;
  };
  const ask = (connection: string, rejectedGeneration: number, reason: string) => {
    asked.push([connection, rejectedGeneration, reason]);
    return Promise.resolve(world.answer());
  };
  const getNewer = createTokenRecovery({
    connection: 'crm-prod',
    cache: {
      readNewerThan,
      newerThan,
      trust: (generation: number) => trusted.push(generation),
    } as unknown as TokenCache,
    ask: mayAsk ? ask : undefined,
    warn: (warning) => warnings.push(warning),
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
  return { clock, world, counts, trusted, warnings, asked, sleeps, getNewer, recover };
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
    expect(asked).toEqual([['crm-prod', 1, 'unauthorized']]);
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
      ['crm-prod', 1, 'unauthorized'],
      ['crm-prod', 2, 'unauthorized'],
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
    const { world, asked, warnings, getNewer } = startRecovery();
    world.answer = () => {
      world.publishedGeneration = 4;
      return answered('refreshed');
    };

    expect((await getNewer(3, 'expired'))?.generation).toBe(4);
    expect(asked).toEqual([['crm-prod', 3, 'expired']]);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['is used, with a warning, if the refresher says that it is valid', 'already-fresh', 1],
    ['is replaced by one that has expired as well, by the same clock', 'refreshed', 2],
  ])('%s', async (_, outcome, generation) => {
    const { world, sleeps, warnings, getNewer } = startRecovery();
    world.expired = 1;
    world.answer = () => {
      world.publishedGeneration = generation;
      world.expired = generation;
      return { outcome, generation };
    };

    expect((await getNewer(1, 'expired'))?.generation).toBe(generation);
    expect(sleeps).toEqual([]);
    expect(warnings).toEqual([
      {
        code: 'clock_wrong',
        reason: 'expired',
        message:
          'The refresher calls the token of crm-prod valid, which expired 60 min ago by the clock of this machine. Correct it.',
      },
    ]);
  });

  it.each(['in-progress', 'failed', 'unavailable'])('is not trusted after the answer %s', async (outcome) => {
    const { world, trusted, getNewer } = startRecovery();
    world.expired = 1;
    world.answer = () => answered(outcome);

    expect(await getNewer(1, 'expired')).toBeUndefined();
    expect(trusted).toEqual([]);
  });

  it('is not trusted because another one was rejected', async () => {
    const { world, trusted, recover } = startRecovery();
    world.expired = 1;
    world.answer = () => answered('already-fresh');

    expect(await recover()).toBeUndefined();
    expect(trusted).toEqual([]);
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
    ['is out of budget, and says ten minutes', answered('budget-exhausted', 600), 300],
    ['is unavailable', { outcome: 'unavailable' }, 5],
    ['refuses to be asked', { outcome: 'refused' }, 300],
    ['had nothing published within ten seconds', answered('refreshed'), 5],
    ['was still at work after ten seconds', answered('in-progress'), 5],
  ])('because it %s is not asked again for a while', async (_, answer, seconds) => {
    const { clock, world, counts, asked, recover } = startRecovery();
    world.answer = () => answer;
    await recover();

    clock.advance(seconds * SECOND_MS - 1);
    await recover();
    expect(asked).toHaveLength(1);

    clock.advance(seconds * SECOND_MS);
    const readsBefore = counts.reads;
    await recover();
    expect(counts.reads).toBeGreaterThan(readsBefore);
    expect(asked).toHaveLength(2);
  });

  it('is asked ever less often, every five minutes at last, while the secret is read every five seconds', async () => {
    const { clock, world, counts, asked, recover } = startRecovery();
    world.answer = () => answered('failed', 2);
    const askedAtSeconds: number[] = [];
    for (let second = 0; second <= 1_300; second += 1) {
      const before = asked.length;
      await recover();
      if (asked.length > before) askedAtSeconds.push(second);
      clock.advance(SECOND_MS);
    }

    expect(askedAtSeconds).toEqual([0, 5, 15, 35, 75, 155, 315, 615, 915, 1_215]);
    expect(counts.reads).toBe(261);
  });

  it('is found out by the next read if a newer token is published meanwhile', async () => {
    const { clock, world, recover } = startRecovery();
    world.answer = () => answered('budget-exhausted', 600);
    await recover();
    world.publishedGeneration = 2;

    clock.advance(5 * SECOND_MS - 1);
    expect(await recover()).toBeUndefined();
    clock.advance(1);
    expect(await recover()).toBe(2);
  });

  it('is asked often again after a newer token is rejected, or after it has helped', async () => {
    const { clock, world, asked, recover } = startRecovery();
    world.answer = () => answered('failed');
    const askAfter = async (seconds: number, rejected = 1) => {
      clock.advance(seconds * SECOND_MS);
      await recover(rejected);
      return asked.length;
    };
    expect([await askAfter(0), await askAfter(5), await askAfter(10)]).toEqual([1, 2, 3]);

    expect([await askAfter(5, 2), await askAfter(5, 2), await askAfter(5, 2)]).toEqual([4, 5, 5]);
    world.answer = () => {
      world.publishedGeneration = 3;
      return answered('refreshed');
    };
    expect(await askAfter(5, 2)).toBe(6);
    world.publishedGeneration = 1;
    world.answer = () => answered('failed');

    expect([await askAfter(0, 2), await askAfter(5, 2), await askAfter(5, 2)]).toEqual([7, 8, 8]);
  });

  it('is not asked again about the newer of two tokens while both are paused', async () => {
    const { clock, world, asked, getNewer, recover } = startRecovery();
    world.answer = () => answered('failed');
    await Promise.all([getNewer(2, 'rejected'), getNewer(1, 'rejected')]);
    clock.advance(5 * SECOND_MS);

    await recover(2);

    expect(asked).toHaveLength(2);
  });

  it('is not asked about an older token either', async () => {
    const { clock, world, asked, recover } = startRecovery();
    world.answer = () => answered('failed', 60);
    await recover(2);
    clock.advance(30 * SECOND_MS);

    await recover(1);

    expect(asked).toHaveLength(1);
  });

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

describe('a refresher without a new token', () => {
  it.each(['blocked', 'throttled', 'budget-exhausted', 'failed', 'in-progress'])(
    'is a warning with its outcome: %s',
    async (outcome) => {
      const { world, warnings, recover, getNewer } = startRecovery();
      world.answer = () => answered(outcome);

      await recover();

      expect(getNewer.lastOutcome).toBe(outcome);
      expect(warnings).toEqual([
        {
          code: 'refresher_declined',
          reason: outcome,
          message: `The refresher has no new token of crm-prod: ${outcome}. Zoho's 401s are returned.`,
        },
      ]);
    },
  );

  it.each(['refused', 'unavailable'])('is no second warning after %s', async (outcome) => {
    const { world, warnings, recover, getNewer } = startRecovery();
    world.answer = () => answered(outcome);

    await recover();

    expect([getNewer.lastOutcome, warnings]).toEqual([outcome, []]);
  });

  it('shows nothing of an answer that is not the name of an outcome', async () => {
    const { world, warnings, recover, getNewer } = startRecovery();
    world.answer = () => answered('1000.secret.token');

    await recover();

    expect(getNewer.lastOutcome).toBe('unknown');
    expect(JSON.stringify(warnings)).not.toContain('secret');
  });
});

describe('a recovery that takes longer than 30 seconds', () => {
  /** Reads and answers wait until the test ends them. The clock moves deadlines as well. */
  function startSlowRecovery() {
    const clock = new ManualClock(NOW_MS);
    const counts = { reads: 0, asks: 0, trusts: 0 };
    const waiting: (() => void)[] = [];
    const wait = () => new Promise<void>((resolve) => waiting.push(resolve));
    const recover = createTokenRecovery({
      connection: 'crm-prod',
      cache: {
        newerThan: () => undefined,
        readNewerThan: async () => {
          counts.reads += 1;
          await wait();
          return undefined;
        },
        trust: () => {
          counts.trusts += 1;
        },
      },
      ask: async () => {
        counts.asks += 1;
        await wait();
        return answered('already-fresh');
      },
      warn: () => {},
      ...timesOf(clientClockOf(clock)),
    });
    /** Ends what is waiting, and lets everything run until it waits again. */
    const goOn = async () => {
      waiting.shift()?.();
      await setImmediate();
    };
    return { clock, counts, goOn, recover: () => recover(1, 'expired') };
  }

  it.each([
    ['reading', 0, { reads: 1, asks: 0, trusts: 0 }],
    ['asking', 1, { reads: 1, asks: 1, trusts: 0 }],
    ['reading what the refresher published', 2, { reads: 2, asks: 1, trusts: 1 }],
  ])('brings nothing, and does nothing more after %s', async (_, steps, done) => {
    const { clock, counts, goOn, recover } = startSlowRecovery();
    const recovery = recover();
    for (let step = 0; step < steps; step += 1) await goOn();

    clock.advance(30 * SECOND_MS);
    expect(await recovery).toBeUndefined();
    await goOn();
    clock.advance(SECOND_MS);
    await goOn();

    expect(counts).toEqual(done);
  });

  it('is paused like any other that brought nothing', async () => {
    const { clock, counts, goOn, recover } = startSlowRecovery();
    const recoverSlowly = async (afterMs: number) => {
      clock.advance(afterMs);
      const recovery = recover();
      await goOn();
      clock.advance(30 * SECOND_MS);
      await recovery;
      await goOn();
      return counts.asks;
    };

    expect([await recoverSlowly(0), await recoverSlowly(5 * SECOND_MS - 1)]).toEqual([1, 1]);
    expect(await recoverSlowly(5 * SECOND_MS)).toBe(2);
  });
});
