import { setImmediate, setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { postToAccounts } from '../../../lambdas/adapters/accounts-request.ts';
import { systemClock } from '../../../lambdas/adapters/system-clock.ts';

const REQUEST = { dataCenter: 'eu', path: '/oauth/v2/token', parameters: {} } as const;

/** A server that never answers: the call ends when its signal aborts. */
const silent: typeof fetch = (_, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
  });

test('the timeout of a call to Zoho survives garbage collection, unlike with AbortSignal.any', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const connection = { timeoutMs: 100, clock: systemClock, fetch: silent };
  const answer = postToAccounts(connection, REQUEST, new AbortController().signal);

  for (let round = 0; round < 3; round += 1) {
    await setImmediate();
    collectGarbage();
  }

  expect(await Promise.race([answer, setTimeout(2_000, 'lost')])).toMatchObject({
    kind: 'none',
    failure: { code: 'timeout' },
  });
});
