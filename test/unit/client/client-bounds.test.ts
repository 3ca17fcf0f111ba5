import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createZohoClient, type ZohoClientOptions } from '../../../lambdas/client/index.ts';
import { ManualClock } from '../../../sandbox/deployment/clock.ts';
import { accessTokenSecret, HOUR_MS, MINUTE_MS, NOW_MS, SECOND_MS } from '../../support/builders.ts';
import { clientClockOf } from '../../support/client-times.ts';

vi.spyOn(process, 'emitWarning').mockImplementation(() => {});

const never = () => new Promise<never>(() => {});
const secretOf = (generation: number, overrides = {}) => ({
  SecretString: accessTokenSecret({ generation, ...overrides }),
});
const refreshed = { Payload: Buffer.from(JSON.stringify({ outcome: 'refreshed' })) };

/** A client on AWS services and a Zoho whose next answers the test decides. Deadlines pass when the clock is advanced. */
function start(options: Partial<ZohoClientOptions> = {}) {
  const clock = new ManualClock(NOW_MS);
  const world = {
    read: (): Promise<unknown> => Promise.resolve(secretOf(1)),
    invoke: (): Promise<unknown> => Promise.resolve(refreshed),
    call: (_: string, _init?: RequestInit): Promise<Response> => Promise.resolve(Response.json({})),
  };
  const counts = { reads: 0, invocations: 0 };
  const client = createZohoClient({
    connection: 'crm-prod',
    refresherFunctionName: 'refresher',
    metrics: 'off',
    clock: clientClockOf(clock),
    secretsManagerClient: {
      send: () => {
        counts.reads += 1;
        return world.read();
      },
    },
    lambdaClient: {
      send: () => {
        counts.invocations += 1;
        return world.invoke();
      },
    },
    fetch: (url, init) => world.call(String(url), init),
    ...options,
  });
  const advance = async (ms: number) => {
    for (let step = 0; step < 20; step += 1) await setImmediate();
    clock.advance(ms);
    for (let step = 0; step < 20; step += 1) await setImmediate();
  };
  return { client, clock, world, counts, advance };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );
const rejected = () => Promise.resolve(Response.json({ code: 'INVALID_TOKEN' }, { status: 401 }));

describe('an AWS that never answers', () => {
  it('costs two seconds while the token in memory is valid, and the next caller starts a new read', async () => {
    const { client, clock, world, counts, advance } = start();
    await client.getAccessToken();
    clock.advance(55 * MINUTE_MS);
    world.read = never;
    const calls = Promise.all(Array.from({ length: 1_000 }, () => client.getAccessToken()));

    await advance(2 * SECOND_MS);
    expect(new Set((await calls).map(({ generation }) => generation))).toEqual(new Set([1]));
    world.read = () => Promise.resolve(secretOf(2, { expiresAtMs: NOW_MS + 2 * HOUR_MS }));
    await advance(5 * SECOND_MS);

    expect((await client.getAccessToken()).generation).toBe(2);
    expect(counts.reads).toBe(3);
  });

  it('is an error after ten seconds without a token, and does not outlast its recovery', async () => {
    const { client, world, advance } = start();
    world.read = never;
    const calls = Promise.all(Array.from({ length: 1_000 }, () => codeOf(client.getAccessToken())));

    await advance(10 * SECOND_MS);
    expect(new Set(await calls)).toEqual(new Set(['secret_unavailable']));
    world.read = () => Promise.resolve(secretOf(1));

    expect((await client.getAccessToken()).generation).toBe(1);
  });

  it('and whose late answer is the token in memory does not make it fresh', async () => {
    const { client, clock, world, counts, advance } = start();
    await client.getAccessToken();
    clock.advance(55 * MINUTE_MS);
    let answer: (secret: object) => void = () => {};
    world.read = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const served = client.getAccessToken();
    await advance(2 * SECOND_MS);
    await served;

    answer(secretOf(1));
    await advance(5 * SECOND_MS);
    world.read = () => Promise.resolve(secretOf(2, { expiresAtMs: NOW_MS + 2 * HOUR_MS }));

    expect((await client.getAccessToken()).generation).toBe(2);
    expect(counts.reads).toBe(3);
  });

  it.each([
    ['newer', 3, 3],
    ['older', 1, 2],
  ])('and whose late answer is %s: generation %d leads to %d', async (_, late, expected) => {
    const { client, clock, world, advance } = start();
    world.read = () => Promise.resolve(secretOf(2, { expiresAtMs: NOW_MS + 2 * HOUR_MS }));
    await client.getAccessToken();
    clock.advance(55 * MINUTE_MS);
    let answer: (secret: object) => void = () => {};
    world.read = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const served = client.getAccessToken();
    await advance(2 * SECOND_MS);
    await served;

    answer(secretOf(late, { expiresAtMs: NOW_MS + 3 * HOUR_MS }));
    await advance(0);

    expect((await client.getAccessToken()).generation).toBe(expected);
  });

  it('is waited for no longer than the call allows', async () => {
    const { client, world, advance } = start();
    world.read = never;
    const controller = new AbortController();
    const reason = new Error('shutting down');
    const bounded = codeOf(client.getAccessToken({ timeoutMs: 100 }));
    const aborted = codeOf(client.getAccessToken({ signal: controller.signal }));
    const shared = codeOf(client.getAccessToken());

    await advance(100);
    controller.abort(reason);

    expect([await bounded, await aborted]).toEqual(['timeout', reason]);
    await advance(10 * SECOND_MS);
    expect(await shared).toBe('secret_unavailable');
  });

  it('when the refresher is asked: the 401 is returned after twenty seconds', async () => {
    const { client, world, counts, advance } = start();
    await client.fetch('/crm/v8/Leads');
    Object.assign(world, { call: rejected, invoke: never });
    const calls = Promise.all(Array.from({ length: 1_000 }, () => client.fetch('/crm/v8/Leads')));

    await vi.waitFor(() => expect(counts.invocations).toBe(1), 10_000);
    await advance(20 * SECOND_MS);

    expect(new Set((await calls).map(({ status }) => status))).toEqual(new Set([401]));
    expect(counts.invocations).toBe(1);
  });

  it('is not sent anything once the signal has aborted', async () => {
    const { client, counts } = start();
    const signal = AbortSignal.abort('gone');

    expect(await codeOf(client.getAccessToken({ signal }))).toBe('gone');
    expect(await codeOf(client.fetch('/crm/v8/Leads', { signal }))).toBe('gone');
    expect(counts.reads).toBe(0);
  });
});

describe('one budget for token, call, recovery and repetition', () => {
  const phases: [name: string, prepare: (world: ReturnType<typeof start>['world']) => void][] = [
    ['the token', (world) => Object.assign(world, { read: never })],
    ['a call whose fetch ignores its signal', (world) => Object.assign(world, { call: never })],
    [
      'the body of a rejection',
      (world) => {
        world.call = () => Promise.resolve(new Response(new ReadableStream(), { status: 401 }));
      },
    ],
    ['the recovery', (world) => Object.assign(world, { call: rejected, invoke: never })],
    [
      'the repetition',
      (world) => {
        let calls = 0;
        world.invoke = () => {
          world.read = () => Promise.resolve(secretOf(2, { issuedAtMs: NOW_MS }));
          return Promise.resolve(refreshed);
        };
        world.call = () => {
          calls += 1;
          return calls === 1 ? rejected() : never();
        };
      },
    ],
  ];

  it.each(phases)('ends %s with a timeout', async (_, prepare) => {
    const { client, world, advance } = start({ timeoutMs: 500 });
    world.read = () => Promise.resolve(secretOf(1, { issuedAtMs: NOW_MS - MINUTE_MS }));
    prepare(world);
    const call = codeOf(client.fetch('/crm/v8/Leads'));

    await advance(500);

    expect(await call).toBe('timeout');
  });

  it.each(phases)('ends %s with the reason of its signal', async (_, prepare) => {
    const { client, world, advance } = start();
    world.read = () => Promise.resolve(secretOf(1, { issuedAtMs: NOW_MS - MINUTE_MS }));
    prepare(world);
    const controller = new AbortController();
    const call = codeOf(client.fetch(new Request('https://www.zohoapis.eu/', { signal: controller.signal })));

    await advance(0);
    controller.abort('mine');

    expect(await call).toBe('mine');
  });

  it('aborts the call itself, and releases a response that comes too late', async () => {
    const { client, world, advance } = start({ timeoutMs: 500 });
    let respond: (response: Response) => void = () => {};
    let signal: AbortSignal | null | undefined;
    world.call = (_, init) => {
      signal = init?.signal;
      return new Promise((resolve) => {
        respond = resolve;
      });
    };
    const call = codeOf(client.fetch('/crm/v8/Leads'));
    await advance(500);
    await call;

    const late = Response.json({});
    respond(late);
    await advance(0);

    expect([signal?.aborted, late.bodyUsed]).toEqual([true, true]);
  });
});

describe('a rejection whose body trickles', () => {
  it('is judged within a second, and the caller can still read all of it', async () => {
    const { client, world, advance } = start();
    let send: (text: string) => void = () => {};
    let end = () => {};
    const body = new ReadableStream({
      start: (controller) => {
        send = (text) => controller.enqueue(new TextEncoder().encode(text));
        end = () => controller.close();
      },
    });
    world.call = () => Promise.resolve(new Response(body, { status: 403 }));
    const call = client.fetch('/crm/v8/Leads');
    send('{"code":');
    await advance(1_000);

    const response = await call;
    send('"NO_PERMISSION"}');
    end();

    expect(await response.json()).toEqual({ code: 'NO_PERMISSION' });
  });

  it('and breaks off is judged by its start', async () => {
    const { client, world } = start();
    world.call = () => {
      const body = new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) });
      return Promise.resolve(new Response(body, { status: 403 }));
    };

    const response = await client.fetch('/crm/v8/Leads');

    await expect(response.text()).rejects.toThrow('reset');
  });
});

describe('invalid arguments', () => {
  it.each([
    { timeoutMs: 0 },
    { timeoutMs: -1 },
    { timeoutMs: Number.NaN },
    { timeoutMs: Number.POSITIVE_INFINITY },
    { timeoutMs: '5' },
    { signal: 'no' },
    { signal: {} },
    { newerThan: -1 },
    { newerThan: 1.5 },
    { newerThan: '1' },
    { newerThan: 99 },
    null,
    'fast',
  ])('of getAccessToken are errors with a stable code: %j', async (given) => {
    const { client } = start();

    expect(await codeOf(client.getAccessToken(given as never))).toBe('invalid_argument');
  });

  it.each([{ timeoutMs: 0 }, { signal: 7 }, 'GET'])('of fetch are, too: %j', async (init) => {
    expect(await codeOf(start().client.fetch('/crm', init as never))).toBe('invalid_argument');
  });

  it.each([
    ['connection', ''],
    ['timeoutMs', 0],
    ['timeoutMs', '10'],
    ['timeoutMs', 2 ** 31],
    ['allowedHosts', 'crm.example.com'],
    ['allowedHosts', ['*.example.com']],
    ['allowedHosts', ['https://crm.example.com']],
    ['allowedHosts', ['crm.example.com:8443']],
    ['allowedHosts', ['CRM.example.com']],
    ['allowedHosts', ['localhost']],
    ['allowedHosts', ['10.0.0.1']],
    ['allowedHosts', [7]],
    ['endpoint', 'http://example.com:80'],
    ['endpoint', 'https://127.0.0.1:80'],
    ['endpoint', 'http://127.0.0.1'],
    ['endpoint', 'http://127.0.0.1:80/path'],
    ['endpoint', 'http://127.0.0.1.example.com:80'],
    ['endpoint', 'http://localhost:99999'],
    ['endpoint', 'http://user@localhost:80'],
    ['endpoint', 7],
    ['secretPrefix', 7],
    ['refresherFunctionName', 7],
    ['tokenSecretArn', 7],
    ['secretsManagerClient', {}],
    ['lambdaClient', 'x'],
    ['fetch', 'x'],
    ['clock', {}],
    ['clock', null],
  ])('of createZohoClient are errors that name the option: %s %j', (name, value) => {
    expect(() => start({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'invalid_options', message: expect.stringMatching(`^${name}\\b`) }),
    );
  });
});

describe('the message about a deadline', () => {
  const messageOf = (work: Promise<unknown>) => work.catch((error: Error) => error.message);

  it('says what was too slow', async () => {
    const { client, world, advance } = start();
    world.read = never;
    const calls = [client.fetch('/crm', { timeoutMs: 5 }), client.getAccessToken({ timeoutMs: 5 })];
    const messages = Promise.all(calls.map(messageOf));
    await advance(5);

    expect(await messages).toEqual([
      'The API call did not end within 5 ms (timeoutMs). Try again.',
      'getAccessToken did not end within 5 ms (timeoutMs). Try again.',
    ]);
  });

  it('of a read says that it got no answer', async () => {
    const { client, world, advance } = start();
    world.read = never;
    const message = messageOf(client.getAccessToken());
    await advance(10 * SECOND_MS);

    expect(await message).toContain('(TimeoutError)');
  });
});

describe('the message about a wrong option', () => {
  it.each<[option: string, value: unknown, message: string]>([
    ['timeoutMs', -5, 'timeoutMs must be milliseconds above 0 and at most 2147483647, is -5.'],
    ['timeoutMs', null, 'timeoutMs must be milliseconds above 0 and at most 2147483647, is null.'],
    [
      'allowedHosts',
      ['a.example.com', 'CRM.example.com'],
      'allowedHosts must be host names in lower case, such as ["crm.example.com"], is of type object.',
    ],
    ['allowedHosts', [null], 'such as ["crm.example.com"], is of type object.'],
    [
      'allowedHosts',
      null,
      'allowedHosts must be host names in lower case, such as ["crm.example.com"], is null.',
    ],
    ['metrics', 'statsd', 'metrics must be "emf", "cloudwatch" or "off", is "statsd".'],
    [
      'timeout',
      5,
      '"timeout" is not an option. Options: connection, secretPrefix, refresherFunctionName, tokenSecretArn, tokensTable, timeoutMs, allowedHosts, endpoint, metrics, secretsManagerClient, lambdaClient, fetch, clock.',
    ],
    ['constructor', 5, '"constructor" is not an option.'],
  ])('says what is wrong: %s %j', (name, value, message) => {
    expect(() => start({ [name]: value })).toThrow(message);
  });

  it('names a misspelt option rather than the one that is missing for it', () => {
    expect(() => createZohoClient({ conection: 'crm-prod' } as never)).toThrow(
      '"conection" is not an option.',
    );
  });

  it('has a stable code for an option that does not exist, and for no options', () => {
    const code = 'invalid_options';

    expect(() => start({ timeout: 5 } as object)).toThrow(expect.objectContaining({ code }));
    expect(() => createZohoClient(null as never)).toThrow(
      expect.objectContaining({ code, message: 'The options must be an object, is null.' }),
    );
  });

  it('about timeoutMs is the same for the client and for one call', async () => {
    const call = start().client.getAccessToken({ timeoutMs: 2 ** 31 });

    await expect(call).rejects.toThrow(
      'timeoutMs must be milliseconds above 0 and at most 2147483647, is 2147483648.',
    );
  });
});

describe('a Request whose body cannot be held in memory', () => {
  const large = () =>
    new Request('https://www.zohoapis.eu/crm/v8/Leads', {
      method: 'POST',
      body: new Uint8Array(1024 * 1024 + 1),
    });

  it.each([undefined, 'http://127.0.0.1:8400'])(
    'is sent itself, unless its URL changes: to %s',
    async (endpoint) => {
      const sent: unknown[] = [];
      const { client } = start({
        endpoint,
        fetch: (target) => {
          sent.push(target);
          return Promise.resolve(Response.json({}));
        },
      } as Partial<ZohoClientOptions>);
      const request = large();

      await client.fetch(request);

      expect(sent[0] === request).toBe(endpoint === undefined);
      expect((sent[0] as Request).url).toBe(`${endpoint ?? 'https://www.zohoapis.eu'}/crm/v8/Leads`);
    },
  );
});

describe('a redirection to this machine', () => {
  it.each(['', undefined])('is off if the environment has %j', async (endpoint) => {
    vi.stubEnv('ZOHO_API_ENDPOINT', endpoint);
    const { client, world } = start();
    vi.unstubAllEnvs();
    const called = vi.spyOn(world, 'call');

    await client.fetch('/crm');

    expect(called.mock.calls.map(([url]) => url)).toEqual(['https://www.zohoapis.eu/crm']);
    expect(new Headers(called.mock.calls[0]?.[1]?.headers).has('x-zoho-sandbox-host')).toBe(false);
  });

  it.each(['http://127.0.0.1:8400', 'http://localhost:8400/', 'http://[::1]:8400'])(
    'sends every call to %s, with the host that it is for',
    async (endpoint) => {
      const { client, world } = start({ endpoint });
      const sent: { url: string; host: string | null }[] = [];
      world.call = (url, init) => {
        sent.push({ url, host: new Headers(init?.headers).get('x-zoho-sandbox-host') });
        return Promise.resolve(Response.json({}));
      };

      await client.fetch('/crm/v8/Leads?page=1');
      await client.fetch(new Request('https://desk.zoho.eu/api/v1/tickets', { method: 'POST', body: '{}' }));

      const origin = endpoint.replace(/\/$/, '');
      expect(sent).toEqual([
        { url: `${origin}/crm/v8/Leads?page=1`, host: 'www.zohoapis.eu' },
        { url: `${origin}/api/v1/tickets`, host: 'desk.zoho.eu' },
      ]);
    },
  );

  it.each(['/', '\\', '.'])(
    'sends every path to this machine, also one that starts like a host: /%s',
    async (separator) => {
      const { client, world } = start({ endpoint: 'http://127.0.0.1:8400' });
      const called = vi.spyOn(world, 'call');

      await client.fetch(`https://www.zohoapis.eu/${separator}evil.example/`);

      expect(called.mock.calls.map(([url]) => new URL(url).origin)).toEqual(['http://127.0.0.1:8400']);
    },
  );

  it('still refuses foreign hosts, and is read from the environment', async () => {
    vi.stubEnv('ZOHO_API_ENDPOINT', 'http://127.0.0.1:8400');
    const { client, world } = start();
    vi.unstubAllEnvs();
    const called = vi.spyOn(world, 'call');

    expect(await codeOf(client.fetch('https://evil.example/'))).toBe('forbidden_host');
    await client.fetch('/crm');

    expect(called.mock.calls.map(([url]) => url)).toEqual(['http://127.0.0.1:8400/crm']);
  });
});

describe('a host that is allowed', () => {
  it('gets the token by its exact name only', async () => {
    const { client } = start({ allowedHosts: ['crm.example.com'] });

    expect((await client.fetch('https://crm.example.com/crm/v8/Leads')).status).toBe(200);
    expect(await codeOf(client.fetch('https://a.crm.example.com/'))).toBe('forbidden_host');
    expect(await codeOf(client.fetch('https://example.com/'))).toBe('forbidden_host');
  });
});

describe('a token of another connection', () => {
  it('is never served: without a token it is an error, and with one that one is served', async () => {
    const { client, clock, world } = start();
    world.read = () => Promise.resolve(secretOf(9, { connection: 'crm-other' }));
    expect(await codeOf(client.getAccessToken())).toBe('wrong_connection');
    world.read = () => Promise.resolve(secretOf(1));
    await client.getAccessToken();
    clock.advance(55 * MINUTE_MS);

    world.read = () => Promise.resolve(secretOf(9, { connection: 'crm-other' }));

    expect((await client.getAccessToken()).generation).toBe(1);
  });
});
