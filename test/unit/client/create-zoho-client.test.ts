import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createZohoClient, type ZohoClientOptions, zohoAccessToken } from '../../../lambdas/client/index.ts';
import type { AccessToken } from '../../../lambdas/core/secrets/access-token.ts';
import { ManualClock } from '../../../sandbox/deployment/clock.ts';
import { lambdaContext } from '../../../sandbox/deployment/lambda-context.ts';
import { ACCESS_TOKEN, accessTokenSecret, HOUR_MS, MINUTE_MS, NOW_MS } from '../../support/builders.ts';

const secretsManager = mockClient(SecretsManagerClient);
const lambda = mockClient(LambdaClient);

beforeEach(() => {
  publish(1);
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => {
  secretsManager.reset();
  lambda.reset();
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function publish(generation: number, overrides: Partial<AccessToken> = {}): void {
  const SecretString = accessTokenSecret({ generation, ...overrides });
  secretsManager.on(GetSecretValueCommand).resolves({ SecretString });
}

/** Makes the refresher answer every invocation, after running `act`. */
function refresherAnswers(outcome: string, act = () => {}): void {
  lambda.on(InvokeCommand).callsFake(() => {
    act();
    return { Payload: Buffer.from(JSON.stringify({ outcome })) };
  });
}

function start(options: Partial<ZohoClientOptions> = {}) {
  const clock = new ManualClock(NOW_MS);
  const given: ZohoClientOptions = {
    connection: 'crm-prod',
    metrics: 'off',
    clock: { now: () => clock.now(), sleep: () => Promise.resolve() },
    fetch: () => Promise.resolve(Response.json({ data: [] })),
    ...options,
  };
  return { clock, given, client: createZohoClient(given) };
}

const secretsRead = () =>
  secretsManager.commandCalls(GetSecretValueCommand).map(({ args: [{ input }] }) => input.SecretId);
const refreshersAsked = () =>
  lambda.commandCalls(InvokeCommand).map(({ args: [{ input }] }) => input.FunctionName);

/** The options of an SDK client's HTTP handler, which shows them itself only after its first request. */
function handlerOptionsOf({ requestHandler }: SecretsManagerClient['config']) {
  const { configProvider } = requestHandler as unknown as { configProvider: Promise<NodeHttpHandlerOptions> };
  return configProvider;
}

interface NodeHttpHandlerOptions {
  readonly connectionTimeout?: number;
  readonly requestTimeout?: number;
  readonly throwOnRequestTimeout?: boolean;
}

function arnOf(connection: string): string {
  return `arn:aws:secretsmanager:eu-central-1:111122223333:secret:zoho/${connection}/access-token-AbCdEf`;
}

/** Collects the lines that are written to standard output. */
function collectLines(): string[] {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  return lines;
}

describe('a client', () => {
  it.each([
    ['zoho', {}, undefined, 'zoho'],
    ['the prefix of the environment', {}, 'team/env', 'team/env'],
    ['the given prefix', { secretPrefix: 'team/mine' }, 'team/env', 'team/mine'],
  ])("reads its connection's secret below %s", async (_, options, fromEnvironment, prefix) => {
    vi.stubEnv('ZOHO_SECRET_PREFIX', fromEnvironment);

    await start(options).client.getAccessToken();

    expect(secretsRead()).toEqual([`${prefix}/crm-prod/access-token`]);
  });

  it.each([
    ['no refresher', {}, undefined, []],
    ['the refresher of the environment', {}, 'of-env', ['of-env']],
    ['the given refresher', { refresherFunctionName: 'mine' }, 'of-env', ['mine']],
  ])('asks %s for a new token', async (_, options, fromEnvironment, asked) => {
    vi.stubEnv('ZOHO_REFRESHER_FUNCTION_NAME', fromEnvironment);
    publish(1, { expiresAtMs: NOW_MS });

    await expect(start(options).client.getAccessToken()).rejects.toThrow();

    expect(refreshersAsked()).toEqual(asked);
  });

  it.each([
    ['the ARN of the environment', {}, `${arnOf('desk-us')},${arnOf('crm-prod')}`, arnOf('crm-prod')],
    ['the given ARN', { tokenSecretArn: arnOf('crm-prod') }, undefined, arnOf('crm-prod')],
    ['its name, if the ARNs are of other connections', {}, arnOf('desk-us'), 'zoho/crm-prod/access-token'],
  ])('reads a secret of another account by %s', async (_, options, fromEnvironment, read) => {
    vi.stubEnv('ZOHO_TOKEN_SECRET_ARNS', fromEnvironment);

    await start(options).client.getAccessToken();

    expect(secretsRead()).toEqual([read]);
  });

  it.each([
    arnOf('desk-us'),
    'zoho/crm-prod/access-token',
    arnOf('crm-prod').slice(0, -7),
    `${arnOf('crm-prod')}:x`,
  ])('is not created with %s, which is not the full ARN of its secret', (tokenSecretArn) => {
    expect(() => start({ tokenSecretArn })).toThrow(
      'tokenSecretArn must be the full ARN of zoho/crm-prod/access-token, with its six random characters, is a text (value omitted).',
    );
  });

  it('uses the given SDK clients', async () => {
    const used: string[] = [];
    const clientOf = (name: string, answer: object) => ({
      send: () => {
        used.push(name);
        return Promise.resolve(answer);
      },
    });
    const { client } = start({
      refresherFunctionName: 'refresher',
      secretsManagerClient: clientOf('secrets', {
        SecretString: accessTokenSecret({ expiresAtMs: NOW_MS }),
      }) as unknown as SecretsManagerClient,
      lambdaClient: clientOf('lambda', {}) as unknown as LambdaClient,
    });

    await expect(client.getAccessToken()).rejects.toMatchObject({ code: 'token_expired' });

    expect(new Set(used)).toEqual(new Set(['secrets', 'lambda']));
    expect([...secretsRead(), ...refreshersAsked()]).toEqual([]);
  });

  it('gives the SDK clients that it creates limits: three attempts, each with a timeout', async () => {
    publish(1, { expiresAtMs: NOW_MS });
    await start({ refresherFunctionName: 'refresher' })
      .client.getAccessToken()
      .catch(() => {});

    const sdkClients = [
      secretsManager.commandCalls(GetSecretValueCommand),
      lambda.commandCalls(InvokeCommand),
    ];
    const limits = sdkClients.map(async ([call]) => {
      const { config } = (call as NonNullable<typeof call>).thisValue as SecretsManagerClient;
      const { connectionTimeout, requestTimeout, throwOnRequestTimeout } = await handlerOptionsOf(config);
      return [await config.maxAttempts(), connectionTimeout, requestTimeout, throwOnRequestTimeout];
    });

    expect(await Promise.all(limits)).toEqual([
      [3, 2_000, 4_000, true],
      [3, 2_000, 20_000, true],
    ]);
  });

  it('serves its token from memory', async () => {
    const { client } = start();
    const token = await client.getAccessToken();

    expect(await client.getAccessToken()).toBe(token);
    expect(secretsRead()).toHaveLength(1);
  });

  it('replaces a token that expires at this moment', async () => {
    publish(1, { expiresAtMs: NOW_MS });
    refresherAnswers('refreshed', () => publish(2));

    const token = await start({ refresherFunctionName: 'refresher' }).client.getAccessToken();

    expect(token.generation).toBe(2);
  });

  it('serves a token until it expires, without asking the refresher', async () => {
    publish(1, { expiresAtMs: NOW_MS + 1 });

    const token = await start({ refresherFunctionName: 'refresher' }).client.getAccessToken();

    expect(token.generation).toBe(1);
    expect(refreshersAsked()).toEqual([]);
  });

  it('says which token expired, when, and where to look', async () => {
    const { clock, client } = start();
    clock.advance(HOUR_MS);

    await expect(client.getAccessToken()).rejects.toMatchObject({
      code: 'token_expired',
      message:
        "The token of crm-prod (generation 1) expired at 2026-01-05T10:00:00.000Z. No newer one is available (not requested). Check the connection's alarms.",
    });
  });

  it("calls the platform's current fetch with the given arguments", async () => {
    const { given } = start();
    const { fetch: _, ...options } = given;
    const client = createZohoClient(options);
    const platform = vi.fn(() => Promise.resolve(Response.json({})));
    vi.stubGlobal('fetch', platform);

    await client.fetch('/crm/v8/Leads', { method: 'DELETE' });

    expect(platform).toHaveBeenCalledExactlyOnceWith(
      new URL('https://www.zohoapis.eu/crm/v8/Leads'),
      expect.objectContaining({ method: 'DELETE' }),
    );
  });

  it('calls the given fetch', async () => {
    const response = Response.json({});

    const answer = await start({ fetch: () => Promise.resolve(response) }).client.fetch('/crm/v8/Leads');

    expect(answer).toBe(response);
  });

  it('writes the metrics that it holds when it is flushed', async () => {
    const lines = collectLines();
    const { client } = start({ metrics: 'emf' });
    await client.fetch('/crm/v8/Leads');
    const before = [...lines];

    await client.flush();

    expect(before).toEqual([]);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { connection: 'crm-prod', Unauthorized: [0] },
    ]);
  });

  it('says how many calls are missing from its metrics', async () => {
    vi.spyOn(process.stdout, 'write').mockImplementation(() => {
      throw new Error('EPIPE');
    });
    const { client } = start({ metrics: 'emf' });
    const before = client.droppedCalls;

    await client.fetch('/crm/v8/Leads');
    await client.flush();

    expect([before, client.droppedCalls]).toEqual([0, 1]);
  });

  it('dates metrics in whole milliseconds, as CloudWatch requires, also by a monotonic clock with fractions', async () => {
    const lines = collectLines();
    let elapsedMs = 0;
    const monotonic = () => elapsedMs;
    const clock = { now: () => NOW_MS + Math.floor(elapsedMs), monotonic, sleep: () => Promise.resolve() };
    const { client } = start({ metrics: 'emf', clock });
    elapsedMs = 100.6;
    await client.getAccessToken();

    await client.reportRejected(1);

    expect(JSON.parse(lines.at(-1) ?? '{}')._aws.Timestamp).toBe(NOW_MS + 100);
  });

  it('warns once for each secret that cannot be read while its token in memory is served', async () => {
    const lines = collectLines();
    const clock = new ManualClock(NOW_MS);
    const options = {
      metrics: 'emf',
      clock: { now: () => clock.now(), sleep: () => Promise.resolve() },
    } as const;
    publish(1, { connection: '' });
    const clients = ['crm-prod', 'desk-prod'].map((connection) => start({ ...options, connection }).client);
    const readAll = () => Promise.all(clients.map((client) => client.getAccessToken()));
    await readAll();
    secretsManager.on(GetSecretValueCommand).rejects(new Error('down'));

    for (const minutes of [55, 1]) {
      clock.advance(minutes * MINUTE_MS);
      await readAll();
    }
    await Promise.all(clients.map((client) => client.flush()));

    const unavailable = (connection: string, atMs: number) => ({
      connection,
      SecretUnavailable: 1,
      _aws: { Timestamp: atMs },
    });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      [clock.now() - MINUTE_MS, clock.now()].flatMap((atMs) => [
        unavailable('crm-prod', atMs),
        unavailable('desk-prod', atMs),
      ]),
    );
    expect(vi.mocked(process.emitWarning).mock.calls).toEqual(
      ['crm-prod', 'desk-prod'].map((connection) => [
        expect.stringMatching(
          `^The token of ${connection} cannot be read\\. secretsmanager:GetSecretValue on zoho/${connection}/access-token failed \\(Error\\)\\. .* The token in memory is used until it expires\\.$`,
        ),
        { type: 'ZohoClientWarning', code: 'secret_unavailable' },
      ]),
    );
  });
});

describe('without a clock of its own, a client', () => {
  function startInRealTime() {
    const { given } = start({ refresherFunctionName: 'refresher' });
    const { clock: _, ...options } = given;
    return createZohoClient(options);
  }

  it("waits in real time for the token of another caller's refresh", async () => {
    vi.useFakeTimers({ now: NOW_MS });
    publish(1, { expiresAtMs: NOW_MS });
    refresherAnswers('in-progress');
    const token = startInRealTime().getAccessToken();

    await vi.advanceTimersByTimeAsync(99);
    const readsWhileAsleep = secretsRead().length;
    publish(2);
    await vi.advanceTimersByTimeAsync(1);

    expect((await token).generation).toBe(2);
    expect(readsWhileAsleep).toBe(3);
  });
});

describe('invalid options', () => {
  it.each([
    [
      { connection: '' },
      'connection must be a connection name (at most 64 letters, digits, - and _), is a text (value omitted).',
    ],
    [
      { connection: 5 as never },
      'connection must be a connection name (at most 64 letters, digits, - and _), is 5.',
    ],
    [
      { secretPrefix: '/zoho' },
      'secretPrefix must be a prefix of secret names, no slash at either end, is a text (value omitted).',
    ],
  ])('are rejected at once, with what was given: %j', (options, message) => {
    expect(() => start(options)).toThrow(expect.objectContaining({ code: 'invalid_options', message }));
  });
});

describe('the middleware', () => {
  /** One invocation, whose handler ends with or without an error. */
  async function invoke(ending: 'after' | 'onError') {
    const context = lambdaContext() as ReturnType<typeof lambdaContext> & { zoho: never };
    const request = { event: {}, context, response: undefined, error: null, internal: {} };
    const { given } = start({ metrics: 'emf' });
    const middleware = zohoAccessToken(given);
    await middleware.before(request as never);
    const { zoho } = context as {
      zoho: Record<string, unknown> & { fetch(path: string): Promise<Response> };
    };
    await zoho.fetch('/crm/v8/Leads');
    const lines = collectLines();
    await middleware[ending]();
    return { context, zoho, lines };
  }

  it('provides the token and what is needed to use it, and logging the context does not show it', async () => {
    const { context, zoho } = await invoke('after');

    expect(zoho.accessToken).toBe(ACCESS_TOKEN);
    expect(zoho).toMatchObject({
      apiDomain: 'https://www.zohoapis.eu',
      dataCenter: 'eu',
      scope: 'ZohoCRM.modules.ALL',
      generation: 1,
      expiresAt: new Date(NOW_MS + HOUR_MS),
      getAccessToken: expect.any(Function),
    });
    expect(JSON.stringify(context)).toContain('"generation":1');
    expect(JSON.stringify(context)).not.toContain(ACCESS_TOKEN);
  });

  it.each(['after', 'onError'] as const)('writes the metrics: %s', async (ending) => {
    const { lines } = await invoke(ending);

    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ Unauthorized: [0] }]);
  });
});
