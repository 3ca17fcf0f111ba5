import { getEventListeners, once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createZohoClient, type ZohoClient } from '../../lambdas/client/index.ts';
import { accessTokenSecret, HOUR_MS } from '../support/builders.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Sends a body of two parts, the second of which is held back for the path `/slow`. */
const server = createServer(({ url }, response: ServerResponse) => {
  response.write('first');
  if (url !== '/slow') response.end('second');
});
let zoho: ZohoClient;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const nowMs = Date.now();
  const times = { issuedAtMs: nowMs, refreshAfterMs: nowMs + HOUR_MS, expiresAtMs: nowMs + HOUR_MS };
  zoho = createZohoClient({
    connection: 'crm-prod',
    metrics: 'off',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secretsManagerClient: { send: () => Promise.resolve({ SecretString: accessTokenSecret(times) }) },
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Calls in a function of its own, so that nothing refers to the responses afterwards. */
async function call(signal: AbortSignal, { reads }: { readonly reads: boolean }): Promise<void> {
  for (let times = 0; times < 20; times += 1) {
    const response = await zoho.fetch('/fast', { signal });
    if (reads) await response.text();
  }
}

it.each([true, false])(
  'a signal of many calls keeps no listener of a body that was read: %s',
  async (reads) => {
    const { signal } = new AbortController();
    const isEmpty = () => getEventListeners(signal, 'abort').length === 0;

    await call(signal, { reads });
    for (let rounds = 0; rounds < 200 && !isEmpty(); rounds += 1) {
      collectGarbage();
      await setTimeout(5);
    }

    expect(isEmpty()).toBe(true);
  },
);

it('a signal ends the reading of a body, also after a garbage collection', async () => {
  const outer = new AbortController();
  const reader = (await zoho.fetch('/slow', { signal: outer.signal })).body?.getReader();
  await reader?.read();
  const rest = reader?.read().then(
    () => 'read',
    (reason: unknown) => reason,
  );
  for (let rounds = 0; rounds < 5; rounds += 1) {
    collectGarbage();
    await setTimeout(1);
  }

  outer.abort(new Error('mine'));

  expect(await rest).toMatchObject({ message: 'mine' });
});
