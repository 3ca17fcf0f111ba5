import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { getFromZoho, postToAccounts } from '../../../lambdas/adapters/accounts-request.ts';
import { systemClock } from '../../../lambdas/adapters/system-clock.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';

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

test('no call uses a connection that died while the process was frozen', async () => {
  const used = new Set<Socket>();
  const server = createServer(({ socket }, response) => {
    // As when the server, or a NAT gateway, has forgotten the connection.
    if (used.has(socket)) socket.resetAndDestroy();
    else response.end('{}');
    used.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const connection = {
    timeoutMs: 5_000,
    clock: systemClock,
    fetch: (_: unknown, init?: RequestInit) => fetch(url, init),
  };
  const { signal } = new AbortController();

  const answers = [
    await postToAccounts(connection, REQUEST, signal),
    await postToAccounts(connection, REQUEST, signal),
    await getFromZoho(connection, { url, accessToken: new Redacted('token') }, signal),
  ];
  server.close();

  expect(answers.map(({ kind }) => kind)).toEqual(['answer', 'answer', 'answer']);
});
