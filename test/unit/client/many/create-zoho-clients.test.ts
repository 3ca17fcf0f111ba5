import { describe, expect, it, vi } from 'vitest';
import { createZohoClients, type ZohoClientsOptions } from '../../../../lambdas/client/index.ts';
import { ManualClock } from '../../../../sandbox/deployment/clock.ts';
import { accessTokenSecret, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import { sdkError } from '../../../support/put-metric-data.ts';

const RESPONSES = {
  ok: () => Response.json({ data: [] }),
  rejected: () => new Response('{}', { status: 401 }),
};
const API = '/crm/v8/Leads';

/** Clients of connections whose names begin with `tenant-`, each with a published token. */
function start(options: ZohoClientsOptions = {}) {
  const clock = new ManualClock(NOW_MS + MINUTE_MS);
  const reads: string[] = [];
  const asked: string[] = [];
  const state = { answer: RESPONSES.ok, outcome: 'blocked', generation: 1 };
  const secretsManagerClient = {
    send: ({ input }: { input: { SecretId?: string } }) => {
      const connection = input.SecretId?.split('/')[1] ?? '';
      reads.push(connection);
      if (!connection.startsWith('tenant-')) return Promise.reject(sdkError('ResourceNotFoundException'));
      return Promise.resolve({
        SecretString: accessTokenSecret({ connection, generation: state.generation }),
      });
    },
  };
  const lambdaClient = {
    send: ({ input }: { input: { Payload?: string } }) => {
      asked.push(JSON.parse(input.Payload ?? '').connection);
      return Promise.resolve({ Payload: Buffer.from(JSON.stringify({ outcome: state.outcome })) });
    },
  };
  const clients = createZohoClients({
    metrics: 'off',
    refresherFunctionName: 'refresher',
    clock: { now: () => clock.now(), sleep: () => Promise.resolve() },
    fetch: () => Promise.resolve(state.answer()),
    secretsManagerClient: secretsManagerClient as never,
    lambdaClient: lambdaClient as never,
    ...options,
  });
  return { clock, clients, reads, asked, state };
}

describe('clients of many connections', () => {
  it('read each token once, and keep it', async () => {
    const { clients, reads } = start();

    for (const name of ['tenant-1', 'tenant-2', 'tenant-1']) await clients.for(name).fetch(API);
    const { generation } = await clients.for('tenant-2').getAccessToken();

    expect(reads).toEqual(['tenant-1', 'tenant-2']);
    expect(generation).toBe(1);
  });

  it('drop the token that was not used for the longest time when there are more than maxConnections', async () => {
    const { clients, reads } = start({ maxConnections: 2 });

    for (const number of [1, 2, 1, 3, 1, 2]) await clients.for(`tenant-${number}`).fetch(API);

    expect(reads).toEqual(['tenant-1', 'tenant-2', 'tenant-3', 'tenant-2']);
  });

  it('share one client between concurrent calls, and finish those of a dropped one', async () => {
    const gates: (() => void)[] = [];
    const { clients, reads } = start({
      maxConnections: 1,
      fetch: () => new Promise((resolve) => gates.push(() => resolve(RESPONSES.ok()))),
    });

    const calls = [1, 1, 2, 3, 1].map((number) => clients.for(`tenant-${number}`).fetch(API));
    await vi.waitFor(() => expect(gates).toHaveLength(5));
    for (const open of gates) open();
    const responses = await Promise.all(calls);

    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(reads).toEqual(['tenant-1', 'tenant-2', 'tenant-3']);
  });

  it('do not drop a healthy token for names that do not exist', async () => {
    const { clients, reads } = start({ maxConnections: 1 });
    await clients.for('tenant-1').getAccessToken();

    for (const name of ['unknown-1', 'unknown-2'])
      await expect(clients.for(name).getAccessToken()).rejects.toMatchObject({ code: 'secret_unavailable' });
    await clients.for('tenant-1').getAccessToken();

    expect(reads).toEqual(['tenant-1', 'unknown-1', 'unknown-2']);
  });

  it('may be kept: a client works after its token was dropped', async () => {
    const { clients } = start({ maxConnections: 1 });
    const { fetch } = clients.for('tenant-1');

    await fetch(API);
    await clients.for('tenant-2').fetch(API);

    expect((await fetch(API)).status).toBe(200);
  });
});

describe('a connection whose tokens are rejected', () => {
  it('does not cost more requests for new tokens because its client was dropped', async () => {
    const { clock, clients, asked, state } = start({ maxConnections: 1 });
    state.answer = RESPONSES.rejected;

    for (let round = 0; round < 20; round += 1) {
      await clients.for('tenant-1').fetch(API);
      await clients.for('tenant-2').fetch(API);
    }

    expect(asked).toEqual(['tenant-1', 'tenant-2']);
    clock.advance(5_000);
    await clients.for('tenant-1').fetch(API);
    await clients.for('tenant-2').getAccessToken();
    clock.advance(5_000);
    await clients.for('tenant-1').fetch(API);
    expect(asked).toEqual(['tenant-1', 'tenant-2', 'tenant-1']);
  });

  it('is remembered when a second token did not help either', async () => {
    const { clients, asked, state } = start({ maxConnections: 1 });
    state.answer = RESPONSES.rejected;
    state.outcome = 'refreshed';
    const reject = async () => {
      await clients.for('tenant-1').fetch(API);
      state.generation += 1;
      await clients.for('tenant-2').getAccessToken();
    };

    for (let round = 0; round < 10; round += 1) await reject();

    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it('asks again at once for a token of a higher generation', async () => {
    const { clients, asked, state } = start({ maxConnections: 1 });
    state.answer = RESPONSES.rejected;
    await clients.for('tenant-1').fetch(API);
    await clients.for('tenant-2').getAccessToken();
    state.answer = RESPONSES.ok;
    state.generation = 2;
    await clients.for('tenant-1').fetch(API);
    await clients.for('tenant-2').getAccessToken();
    state.answer = RESPONSES.rejected;

    await clients.for('tenant-1').fetch(API);

    expect(asked).toEqual(['tenant-1', 'tenant-1']);
  });
});

describe('reports of other HTTP clients', () => {
  it('are judged and counted, also after the token was dropped', async () => {
    const lines: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    const { clients } = start({ maxConnections: 1, metrics: 'emf' });
    const url = `https://www.zohoapis.eu${API}`;
    const zoho = clients.for('tenant-1');
    const { generation } = await zoho.getAccessToken();
    zoho.reportAccepted(url);
    await clients.for('tenant-2').getAccessToken();

    const mayHelp = await zoho.reportRejected(generation, { status: 401, url });
    await clients.for('tenant-2').getAccessToken();
    zoho.reportAccepted(url);
    zoho.reportAccepted();
    await clients.flush();
    vi.restoreAllMocks();

    expect(mayHelp).toBe(true);
    expect(clients.droppedCalls).toBe(0);
    const values = lines
      .map((line) => JSON.parse(line))
      .map(({ connection, Unauthorized }) => [connection, Unauthorized]);
    expect(values.flatMap(([, list]) => list).toSorted()).toEqual([0, 0, 0, 1]);
    expect(new Set(values.map(([connection]) => connection))).toEqual(new Set(['tenant-1']));
  });
});

describe('invalid input', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null])(
    'maxConnections %j is an error that says what it must be',
    (maxConnections) => {
      expect(() => start({ maxConnections: maxConnections as number })).toThrow(
        expect.objectContaining({
          code: 'invalid_options',
          message: expect.stringContaining('maxConnections must be a whole number above 0, is '),
        }),
      );
    },
  );

  it.each(['connection', 'tokenSecretArn'])('%s is not an option of all connections', (name) => {
    expect(() => start({ [name]: 'tenant-1' })).toThrow(/must be left out: .*clients\.for\(name\)/);
  });

  it.each([null, 5, { regon: 'eu' }, { timeoutMs: -1 }])('options %j are an error', (options) => {
    expect(() => createZohoClients(options as never)).toThrow(
      expect.objectContaining({ name: 'ZohoClientError', code: 'invalid_options' }),
    );
  });

  it.each([undefined, null, 5, '', 'no name', '../credentials', 'x'.repeat(65)])(
    'the name %j is an error at once, and makes no request',
    (name) => {
      const { clients, reads } = start();

      expect(() => clients.for(name as string)).toThrow(
        expect.objectContaining({
          code: 'invalid_argument',
          message: expect.stringContaining('connection must be a connection name'),
        }),
      );
      expect(reads).toEqual([]);
    },
  );
});
