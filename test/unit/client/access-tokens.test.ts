import { describe, expect, it } from 'vitest';
import { createAccessTokens } from '../../../lambdas/client/access-tokens.ts';
import { createTokenCache } from '../../../lambdas/client/token-cache.ts';
import type { TokenRecovery } from '../../../lambdas/client/token-recovery.ts';
import { ManualClock } from '../../../sandbox/deployment/clock.ts';
import { accessToken, HOUR_MS, NOW_MS } from '../../support/builders.ts';
import { timesOf } from '../../support/client-times.ts';

/** The tokens of a connection whose published generation is 7, and a recovery that finds nothing. */
function start(lastOutcome = 'blocked') {
  const clock = new ManualClock(NOW_MS);
  const recovered: [generation: number, reason: string][] = [];
  const counts = { reads: 0 };
  const times = timesOf({ now: () => clock.now(), sleep: () => new Promise(() => {}) });
  const cache = createTokenCache({
    connection: 'crm-prod',
    secretId: 'secret',
    read: () => {
      counts.reads += 1;
      return Promise.resolve({ ok: true, token: accessToken({ generation: 7 }) });
    },
    ...times,
    onUnavailable: () => {},
  });
  const recover: TokenRecovery = (...asked) => {
    recovered.push(asked);
    return Promise.resolve(undefined);
  };
  const tokens = createAccessTokens({
    connection: 'crm-prod',
    cache,
    recover: Object.assign(recover, { lastOutcome }),
    clock: times.clock,
    timeoutMs: 1_000,
  });
  return { clock, recovered, counts, tokens };
}

describe('the token of a connection', () => {
  it('is the published one while it is valid, and no other is requested', async () => {
    const { recovered, tokens } = start();

    expect((await tokens.get()).generation).toBe(7);
    expect(recovered).toEqual([]);
  });

  it('is replaced because it has expired', async () => {
    const { clock, recovered, tokens } = start();
    clock.advance(HOUR_MS);

    await expect(tokens.get()).rejects.toMatchObject({ code: 'token_expired' });
    expect(recovered).toEqual([[7, 'expired']]);
  });

  it('is replaced because Zoho rejected it', async () => {
    const { recovered, tokens } = start();

    await expect(tokens.get({ newerThan: 7 })).rejects.toMatchObject({
      code: 'no_newer_token',
      message:
        "The token of crm-prod (generation 7) was rejected. No newer one is available (blocked). Check the connection's alarms. Return Zoho's response.",
    });
    expect(recovered).toEqual([[7, 'rejected']]);
  });

  it('that cannot be had is an error with the outcome of the refresher', async () => {
    const { tokens } = start('throttled');

    await expect(tokens.get({ newerThan: 7 })).rejects.toThrow('No newer one is available (throttled).');
  });
});

describe('a generation that a caller names', () => {
  it('is looked up once, and then known', async () => {
    const { counts, tokens } = start();

    for (const generation of [7, 7, 0, 6]) await tokens.checkKnown('newerThan', generation);

    expect(counts.reads).toBe(1);
  });

  it.each([
    [8, 'newerThan must be a generation of crm-prod, is 8.'],
    [-1, 'newerThan must be a generation of crm-prod, is -1.'],
    [0.5, 'newerThan must be a generation of crm-prod, is 0.5.'],
  ])('is an error if it was never published: %d', async (newerThan, message) => {
    await expect(start().tokens.get({ newerThan })).rejects.toMatchObject({
      code: 'invalid_argument',
      message,
    });
  });
});

describe('the options of a call', () => {
  it.each<[object, string]>([
    [{ timeoutMs: 0 }, 'timeoutMs must be milliseconds above 0 and at most 2147483647, is 0.'],
    [{ timeoutMs: 2 ** 31 }, 'timeoutMs must be milliseconds above 0 and at most 2147483647, is 2147483648.'],
    [{ signal: {} }, expect.stringMatching(/^signal must be an AbortSignal, is /)],
    [
      { signal: { addEventListener: () => {} } },
      expect.stringMatching(/^signal must be an AbortSignal, is /),
    ],
    [7 as unknown as object, 'The options must be an object, is 7.'],
  ])('are checked: %j', async (options, message) => {
    await expect(start().tokens.get(options)).rejects.toMatchObject({ code: 'invalid_argument', message });
  });

  it('may be the longest timeout that a timer has', async () => {
    expect((await start().tokens.get({ timeoutMs: 2 ** 31 - 1 })).generation).toBe(7);
  });
});
