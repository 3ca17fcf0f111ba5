import { describe, expect, it } from 'vitest';
import { createAwsTime } from '../../../lambdas/adapters/aws-time.ts';
import { completeClock, REAL_TIME } from '../../../lambdas/client/client-clock.ts';
import { createTokenCache } from '../../../lambdas/client/token-cache.ts';
import { accessToken, HOUR_MS, MINUTE_MS, NOW_MS } from '../../support/builders.ts';

const CALLS = 3_200;

/** Everything that runs before the event loop waits for anything has run. */
const endOfTurn = () => new Promise<void>((resolve) => process.nextTick(resolve));

/** A cache that has read a token, and a clock that counts how often it is read and moves only when the test moves it. */
async function startCache({ lifeMs = HOUR_MS, isReal = true } = {}) {
  const machine = { nowMs: NOW_MS, readings: 0, generation: 1 };
  const clock = completeClock({
    now: () => {
      machine.readings += 1;
      return machine.nowMs;
    },
    sleep: () => Promise.resolve(),
  });
  const cache = createTokenCache({
    connection: 'crm-prod',
    secretId: 'zoho/crm-prod/access-token',
    read: () => {
      const { generation } = machine;
      const expiresAtMs = NOW_MS + lifeMs;
      const refreshAfterMs = expiresAtMs - 1_000;
      return Promise.resolve({
        ok: true,
        token: accessToken({ generation, issuedAtMs: NOW_MS, expiresAtMs, refreshAfterMs }),
      });
    },
    clock: isReal ? { ...clock, atEndOfTurn: REAL_TIME.atEndOfTurn } : clock,
    time: createAwsTime(clock),
    onUnavailable: () => {},
  });
  await cache.load();
  await endOfTurn();

  /** Calls within one turn of the event loop, as fast as they come. */
  async function callOften(calls = CALLS) {
    machine.readings = 0;
    for (let n = 0; n < calls; n += 1) await cache.fresh();
    return machine.readings;
  }
  return { machine, cache, callOften };
}

describe('a loop that gets the token thousands of times within one turn of the event loop', () => {
  it('reads the clock at few of the calls', async () => {
    const { callOften } = await startCache();

    expect(await callOften()).toBeLessThan(CALLS / 10);
  });

  it('reads it at each of its first hundred calls in every turn', async () => {
    const { callOften } = await startCache();
    await callOften();
    await endOfTurn();

    expect(await callOften(100)).toBeGreaterThanOrEqual(100);
  });

  it('serves no token that expired while the process waited or was frozen, although the loop had just run', async () => {
    const { machine, cache, callOften } = await startCache();
    await callOften();
    await endOfTurn();

    machine.nowMs += 2 * HOUR_MS;

    expect(cache.fresh()).toBeUndefined();
  });

  it('reads the clock again within 32 calls, if the turn goes on', async () => {
    const { machine, cache, callOften } = await startCache();
    await callOften();

    machine.nowMs += 2 * HOUR_MS;
    const answers = Array.from({ length: 32 }, () => cache.fresh());

    expect(answers.at(-1)).toBeUndefined();
  });

  it('reads the clock at every call if the calls are more than a millisecond apart', async () => {
    const { machine, cache, callOften } = await startCache();
    await callOften();
    machine.readings = 0;

    for (let n = 0; n < CALLS; n += 1) {
      machine.nowMs += 2;
      await cache.fresh();
    }

    expect(machine.readings).toBeGreaterThan(CALLS - 32);
  });

  it.each([14 * MINUTE_MS, MINUTE_MS])(
    'reads the clock at every call of a token that lives for %d ms',
    async (lifeMs) => {
      const { callOften } = await startCache({ lifeMs });

      expect(await callOften()).toBeGreaterThanOrEqual(CALLS);
    },
  );

  it('reads a clock of its caller at every call', async () => {
    const { callOften } = await startCache({ isReal: false });

    expect(await callOften()).toBeGreaterThanOrEqual(CALLS);
  });

  it('gets a new token as soon as the process has read it', async () => {
    const { machine, cache, callOften } = await startCache();
    await callOften();
    machine.generation = 2;

    await cache.reread();

    expect((await cache.fresh())?.generation).toBe(2);
  });

  it('reads the clock of the next call after every reading of the secret', async () => {
    const { machine, cache, callOften } = await startCache();
    await callOften();
    await cache.reread();
    machine.readings = 0;

    await cache.fresh();

    expect(machine.readings).toBeGreaterThan(0);
  });
});
