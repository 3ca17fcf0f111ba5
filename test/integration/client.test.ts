import { LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import middy from '@middy/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  createZohoClient,
  type ZohoClient,
  type ZohoClientOptions,
  zohoAccessToken,
} from '../../lambdas/client/index.ts';
import {
  type LambdaEndpoint,
  LambdaServiceError,
  startLambdaEndpoint,
} from '../../sandbox/aws/lambda-endpoint.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { Authorization, LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { MetricLog } from '../../sandbox/deployment/metric-log.ts';
import { fetchThrough } from '../../sandbox/deployment/zoho-router.ts';
import { MINUTE_MS, startAuthorizedDeployment } from '../support/sandbox.ts';

const INVALID_TOKEN = { code: 'INVALID_TOKEN' };

let deployment: LocalDeployment;
let authorization: Authorization;
let lambda: LambdaEndpoint;
let secretsManager: SecretsManagerClient;
let lambdaClient: LambdaClient;
let refresher: (event: unknown) => unknown;
let sent: { url: string; authorization: string | null }[];
/** What happened to a shared deployment before the test. */
let before = { invocations: 0, reads: 0 };

/** A deployment whose connection `crm-prod` has a token of generation 1, valid for an hour. */
async function start(): Promise<void> {
  ({ deployment, authorization } = await startAuthorizedDeployment());
  // A rejection of a token that was issued a moment ago is not taken seriously.
  deployment.clock.advance(MINUTE_MS);
  lambda = await startLambdaEndpoint({ functions: { refresher: (event) => refresher(event) } });
  secretsManager = new SecretsManagerClient({
    ...deployment.aws.functionConfig('secretsmanager'),
    requestHandler: { httpAgent: { maxSockets: 100 } },
    maxAttempts: 1,
  });
  lambdaClient = new LambdaClient({
    region: 'eu-west-1',
    endpoint: lambda.endpoint,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts: 1,
  });
}

async function stop(): Promise<void> {
  await Promise.all([deployment.close(), lambda.close()]);
}

beforeEach(() => {
  sent = [];
});

const invocations = () => lambda.invocations.slice(before.invocations);
const secretReads = () =>
  deployment.aws.secretsManager.calls
    .filter(({ operation, secret }) => operation === 'GetSecretValue' && secret?.endsWith('/access-token'))
    .slice(before.reads);

/** A client as a consumer's Lambda has it, pointed at the sandbox. */
function connect(options: Partial<ZohoClientOptions> = {}): ZohoClient {
  return createZohoClient({ ...sandboxOptions(), ...options });
}

function sandboxOptions(): ZohoClientOptions {
  return {
    secretsManagerClient: secretsManager,
    lambdaClient,
    connection: 'crm-prod',
    refresherFunctionName: 'refresher',
    metrics: 'off',
    fetch: sendThrough({ [deployment.zoho.apiHosts.eu]: deployment.zoho.origins.eu }),
    clock: { now: () => deployment.clock.now(), sleep: () => Promise.resolve() },
  };
}

/** The same client with a clock of its own, which moves without the deployment's: it does not see the time of AWS. */
function connectWithClock(options: Partial<ZohoClientOptions> = {}) {
  const time = new ManualClock(deployment.clock.now());
  const clock = { now: () => time.now(), sleep: () => Promise.resolve() };
  const secretsManagerClient = {
    send: ({ input }: { readonly input: object }) =>
      secretsManager.send(new GetSecretValueCommand(input as GetSecretValueCommandInput)),
  };
  return { time, client: connect({ clock, secretsManagerClient, ...options }) };
}

function sendThrough(routes: Record<string, string>): typeof globalThis.fetch {
  const send = fetchThrough(routes);
  return (input, init) => {
    sent.push({ url: String(input), authorization: new Headers(init?.headers).get('authorization') });
    return send(input, init);
  };
}

/** Rejects tokens as one of Zoho's products does; `this token` is the one that is published now. */
function rejecting(
  status: number,
  body: object | string,
  which: 'this token' | 'every token' | 'no token' = 'this token',
): typeof globalThis.fetch {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const rejected = `Zoho-oauthtoken ${deployment.readToken('crm-prod')?.access_token}`;
  return (input, init) => {
    const header = new Headers(init?.headers).get('authorization');
    sent.push({ url: String(input), authorization: header });
    const isRejected = which === 'every token' || (which === 'this token' && header === rejected);
    return Promise.resolve(isRejected ? new Response(text, { status }) : Response.json({ data: ['fine'] }));
  };
}

/** Publishes the token with a change, or a text instead of it. */
function putToken(change: object | string, connection = 'crm-prod'): void {
  const text =
    typeof change === 'string' ? change : JSON.stringify({ ...deployment.readToken('crm-prod'), ...change });
  deployment.aws.secretsManager.store.put(`zoho/${connection}/access-token`, { value: secretText(text) });
}

/** Metrics that are written to standard output while `act` runs, as CloudWatch would extract them. */
async function collectMetrics(act: (log: MetricLog) => Promise<void>): Promise<MetricLog> {
  const log = new MetricLog();
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    if (String(text).startsWith('{"_aws"')) log.add(String(text).trim());
    return true;
  });
  try {
    await act(log);
    return log;
  } finally {
    write.mockRestore();
  }
}

/** These share one deployment: they leave its clock and its token as they are. */
describe('a published token', () => {
  beforeAll(start);
  afterAll(stop);
  beforeEach(() => {
    refresher = () => ({ outcome: 'failed' });
    before = { invocations: 0, reads: 0 };
    before = { invocations: invocations().length, reads: secretReads().length };
    return () => {
      before = { invocations: 0, reads: 0 };
    };
  });

  it('is returned, and not shown when it is printed', async () => {
    const token = await connect().getAccessToken();

    const published = deployment.readToken('crm-prod');
    const { accessToken, apiDomain, expiresAt, generation } = token;
    expect(accessToken).toBe(published?.access_token);
    expect({ apiDomain, generation, expiresAt: expiresAt.toISOString() }).toEqual({
      apiDomain: 'https://www.zohoapis.eu',
      generation: 1,
      expiresAt: published?.expires_at,
    });
    expect(JSON.stringify(token)).not.toContain(accessToken);
  });

  it('is read once for a thousand callers of a cold start', async () => {
    const client = connect();

    const tokens = await Promise.all(Array.from({ length: 1000 }, () => client.getAccessToken()));

    expect(new Set(tokens).size).toBe(1);
    expect(secretReads()).toHaveLength(1);
  });

  it('is read every 15 seconds while the next one is late', async () => {
    const { time, client } = connectWithClock();
    await client.getAccessToken();
    time.advance(55 * MINUTE_MS);

    for (let second = 0; second < 60; second += 1) {
      await client.getAccessToken();
      time.advance(1_000);
    }

    expect(secretReads()).toHaveLength(1 + 4);
  });

  it('is served while Secrets Manager is unreachable and it is valid; after that it is an error', async () => {
    const { time, client } = connectWithClock();
    await client.getAccessToken();
    onTestFinished(deployment.aws.secretsManager.faults.deny({ operation: 'GetSecretValue' }));

    time.advance(58 * MINUTE_MS);
    const still = await client.getAccessToken();
    time.advance(2 * MINUTE_MS);

    expect(still.generation).toBe(1);
    await expect(client.getAccessToken()).rejects.toMatchObject({ code: 'secret_unavailable' });
  });

  it.each([
    ['without the refresher', { refresherFunctionName: 'nobody' }],
    ['with a refresher that may not be asked', {}],
  ])('%s: an expired token is an error with a stable code', async (_name, options) => {
    refresher = () => {
      throw new LambdaServiceError(403, 'AccessDeniedException');
    };
    const { time, client } = connectWithClock(options);
    time.advance(61 * MINUTE_MS);

    await expect(client.getAccessToken()).rejects.toMatchObject({
      code: 'token_expired',
      message: expect.stringContaining('crm-prod (generation 1) expired at 2026-01-05T10:00:00.000Z'),
    });
  });

  it.each([
    ['text', 'oops', 'it is not a JSON object'],
    ['another api_domain', { api_domain: 'https://evil.example' }, 'api_domain is missing or invalid'],
    ['no token', { access_token: '' }, 'access_token is missing or invalid'],
    ['a line break in the token', { access_token: 'a\r\nHost: evil' }, 'access_token is missing or invalid'],
    ['no expiry', { expires_at: 'soon' }, 'expires_at is missing or invalid'],
  ])('with %s in the secret is an error that names the problem', async (name, change, message) => {
    const connection = name.replaceAll(' ', '-');
    deployment.aws.secretsManager.store.create({ name: `zoho/${connection}/access-token` });
    putToken(change, connection);

    await expect(connect({ connection }).getAccessToken()).rejects.toMatchObject({
      code: 'malformed_token',
      message: expect.stringContaining(message),
    });
  });

  it('that is empty means that the connection is not authorized yet', async () => {
    deployment.aws.secretsManager.store.create({ name: 'zoho/books/access-token' });

    await expect(connect({ connection: 'books' }).getAccessToken()).rejects.toMatchObject({
      code: 'not_authorized',
      message: expect.stringContaining('zoho/books/access-token is empty'),
    });
  });

  it.each([
    { connection: '' },
    { connection: '../x' },
    { secretPrefix: '/zoho' },
    { metrics: 'statsd' as never },
  ])('is not read with the invalid options %j', (options) => {
    expect(() => connect(options)).toThrow(expect.objectContaining({ code: 'invalid_options' }));
  });

  it('is in the context of a middy handler, where logging does not show it', async () => {
    const handler = middy()
      .use(zohoAccessToken(sandboxOptions()))
      .handler((_event, context) => ({ token: context.zoho.accessToken, logged: JSON.stringify(context) }));

    const { token, logged } = await handler({}, lambdaContext() as never);

    expect(token).toBe(deployment.readToken('crm-prod')?.access_token);
    expect(logged).not.toContain(token);
  });

  it("is sent to Zoho's API", async () => {
    const response = await connect().fetch('/crm/v8/Leads?fields=Last_Name');

    expect(await response.json()).toEqual({ data: [] });
    expect(sent).toEqual([
      {
        url: 'https://www.zohoapis.eu/crm/v8/Leads?fields=Last_Name',
        authorization: `Zoho-oauthtoken ${deployment.readToken('crm-prod')?.access_token}`,
      },
    ]);
  });

  it.each([
    'https://desk.zoho.eu/api/v1/tickets',
    'https://www.zohoapis.eu/books/v3/invoices',
    'crm/v8/Leads',
    new URL('https://mail.zoho.eu/api/accounts'),
  ])('is sent to %s', async (url) => {
    const client = connect({ fetch: rejecting(401, '', 'no token') });

    expect((await client.fetch(url)).status).toBe(200);
    expect(sent[0]?.authorization).toContain('Zoho-oauthtoken 1000.');
  });

  it.each([
    'http://www.zohoapis.eu/crm',
    'https://www.zohoapis.com/crm',
    'https://desk.zoho.com/api',
    'https://evil.example/',
    '//evil.example/crm',
    '/\\evil.example/crm',
    '\\\\evil.example/crm',
    'https://zohoapis.eu.evil.example/',
    'https://evilzohoapis.eu/',
    'https://www.zohoapis.eu:8443/crm',
    'https://user:pass@www.zohoapis.eu/crm',
    'https://www.zohoapis.eu@evil.example/crm',
    'https://xn--zohoapis-q1a.eu/',
    'https://www.zohoapis.eu.',
    'javascript:alert(1)',
    'data:text/plain,x',
    'file:///etc/passwd',
    'https://',
    'https://127.0.0.1/',
  ])('is not sent to %s', async (url) => {
    const client = connect();

    await expect(client.fetch(url)).rejects.toMatchObject({
      name: 'ZohoClientError',
      code: expect.stringMatching(/^(forbidden_host|invalid_url)$/),
    });
    expect(sent).toEqual([]);
  });

  it.each([
    [401, { code: 'OAUTH_SCOPE_MISMATCH' }],
    [401, { code: 'INVALID_OAUTHSCOPE' }],
    [403, { errorCode: 'SCOPE_MISMATCH' }],
    [403, { code: 'NO_PERMISSION' }],
    [400, { code: 'INVALID_DATA' }],
    [500, { code: 'INTERNAL_ERROR' }],
  ])('is not refreshed after HTTP %d %j, which is returned unchanged', async (status, body) => {
    const response = await connect({ fetch: rejecting(status, body) }).fetch('/crm/v8/Leads');

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(body);
    expect(invocations()).toEqual([]);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['is blocked', { outcome: 'blocked' }],
    ['is throttled', { outcome: 'throttled', retry_after_seconds: 600 }],
    ['has used up its budget', { outcome: 'budget-exhausted', retry_after_seconds: 60 }],
    ['fails', { outcome: 'failed' }],
    ['returns something unexpected', 'what?'],
  ])(
    'that is rejected while the refresher %s: the 401 is returned, and the refresher is not asked again for a while',
    async (_name, answer) => {
      refresher = () => answer;
      const { time, client } = connectWithClock({ fetch: rejecting(401, INVALID_TOKEN) });

      const responses = [await client.fetch('/crm/v8/Leads'), await client.fetch('/crm/v8/Leads')];
      time.advance(5 * MINUTE_MS);
      responses.push(await client.fetch('/crm/v8/Leads'));

      expect(responses.map(({ status }) => status)).toEqual([401, 401, 401]);
      expect(invocations()).toHaveLength(2);
    },
  );

  it.each([
    ['when the refresher crashes', {}],
    ['without permission to ask the refresher', { refresherFunctionName: 'nobody' }],
  ])('that is rejected %s: the 401 is returned', async (_name, options) => {
    refresher = () => {
      throw new Error('broken');
    };
    const client = connect({ fetch: rejecting(401, INVALID_TOKEN), ...options });

    expect((await client.fetch('/crm/v8/Leads')).status).toBe(401);
  });

  it('that is rejected with a stream: the request is not sent again', async () => {
    const client = connect({ fetch: rejecting(401, INVALID_TOKEN) });
    const body = new Blob(['{}']).stream();
    const init = { method: 'POST', body, duplex: 'half' } as const;

    const response = await client.fetch('/crm/v8/Leads', init);

    expect(response.status).toBe(401);
    expect(await response.json()).toEqual(INVALID_TOKEN);
    expect(sent).toHaveLength(1);
  });

  it('that is rejected with another status than 401 is counted all the same', async () => {
    const log = await collectMetrics(async () => {
      const client = connect({ metrics: 'emf', fetch: rejecting(400, INVALID_TOKEN) });
      await client.fetch('/phonebridge/v3/calls');
      await client.flush();
    });

    expect(log.ofFleet('Unauthorized').map(({ value }) => value)).toContain(1);
  });

  it('that is served because the secret cannot be read is a metric', async () => {
    const { time, client } = connectWithClock({ metrics: 'emf' });
    const log = await collectMetrics(async () => {
      await client.getAccessToken();
      time.advance(55 * MINUTE_MS);
      onTestFinished(deployment.aws.secretsManager.faults.deny({ operation: 'GetSecretValue' }));
      await client.getAccessToken();
      await client.flush();
    });

    expect(log.ofFleet('SecretUnavailable')).toMatchObject([{ value: 1, atMs: time.now() }]);
  });
});

/** Each of these has a deployment of its own. */
describe('a token that is replaced', () => {
  beforeEach(async () => {
    await start();
    refresher = (event) => deployment.handler(event, lambdaContext());
  });
  afterEach(stop);

  it('is read no sooner than refresh_after, and then the new one is found', async () => {
    const client = connect();
    const readsByRefresher = secretReads().length;
    await client.getAccessToken();

    deployment.clock.advance(51 * MINUTE_MS);
    await client.getAccessToken();
    const readsBefore = secretReads().length - readsByRefresher;
    await deployment.runMinutes(3);
    const token = await client.getAccessToken();

    expect(readsBefore).toBe(1);
    expect(token.generation).toBe(2);
  });

  it('never comes back: a newer generation is not replaced by an older one', async () => {
    const client = connect();
    await deployment.refresh('crm-prod', { reason: 'operator' });
    const newer = await client.getAccessToken();
    putToken({ generation: 1 });

    deployment.clock.advance(54 * MINUTE_MS);
    const later = await client.getAccessToken();

    expect([newer.generation, later.generation]).toEqual([2, 2]);
  });

  it('because it expired is replaced by the refresher, which the client waits for', async () => {
    deployment.clock.advance(61 * MINUTE_MS);

    const token = await connect().getAccessToken();

    expect(token.generation).toBe(2);
    expect(invocations().map(({ event }) => event)).toEqual([
      { action: 'refresh', connection: 'crm-prod', rejectedGeneration: 1, reason: 'expired' },
    ]);
  });

  it.each([-MINUTE_MS, MINUTE_MS])(
    'is valid at every moment for a client whose clock is %d ms off',
    async (offMs) => {
      const client = connect({
        clock: { now: () => deployment.clock.now() + offMs, sleep: () => Promise.resolve() },
      });
      for (let minute = 0; minute < 70; minute += 1) {
        const token = await client.getAccessToken();
        expect(deployment.zoho.isValid(token.accessToken)).toBe(true);
        // Only around the time of the refresh does a tick change anything.
        if (minute < 50 || minute > 60) deployment.clock.advance(MINUTE_MS);
        else await deployment.runMinutes(1);
      }
    },
  );

  it('because Zoho rejected it: the request is sent once more, and both calls are counted', async () => {
    const log = await collectMetrics(async () => {
      const client = connect({ metrics: 'emf', fetch: rejecting(401, INVALID_TOKEN) });

      const response = await client.fetch('/crm/v8/Leads');
      expect(await response.json()).toEqual({ data: ['fine'] });
      await client.fetch('/crm/v8/Leads');
      await client.flush();
    });

    expect(sent).toHaveLength(3);
    expect(invocations()).toHaveLength(1);
    const values = log.ofFleet('Unauthorized').map(({ value }) => value);
    expect(values.toSorted()).toEqual([0, 0, 1]);
    expect(log.ofConnection('Unauthorized', 'crm-prod')).toHaveLength(3);
  });

  it('costs one invocation and one mint when a thousand calls are rejected', async () => {
    const client = connect({ fetch: rejecting(401, INVALID_TOKEN) });

    const responses = await Promise.all(Array.from({ length: 1000 }, () => client.fetch('/crm/v8/Leads')));

    expect(responses.every(({ status }) => status === 200)).toBe(true);
    expect(invocations()).toHaveLength(1);
    expect(deployment.zoho.tokenCalls).toHaveLength(2);
  });

  it('costs no invocation when a newer one is already published', async () => {
    const client = connect({ fetch: rejecting(401, INVALID_TOKEN) });
    await client.getAccessToken();
    await deployment.refresh('crm-prod', { reason: 'operator' });

    const response = await client.fetch('/crm/v8/Leads');

    expect(response.status).toBe(200);
    expect(sent).toHaveLength(2);
    expect(invocations()).toEqual([]);
  });

  it("is not replaced again when that does not help against Books' ambiguous 57", async () => {
    const client = connect({ fetch: rejecting(401, { code: 57 }, 'every token') });

    for (let call = 0; call < 5; call += 1)
      expect((await client.fetch('/books/v3/invoices')).status).toBe(401);

    expect(invocations()).toHaveLength(1);
    expect(deployment.zoho.tokenCalls).toHaveLength(2);
  });

  it('is found by a client that may not ask, which tries to ask only every five minutes', async () => {
    refresher = () => {
      throw new LambdaServiceError(403, 'AccessDeniedException');
    };
    const client = connect({ fetch: rejecting(401, INVALID_TOKEN) });

    for (let minute = 0; minute < 5; minute += 1) {
      await client.fetch('/crm/v8/Leads');
      deployment.clock.advance(MINUTE_MS - 1);
    }
    const askedWithinFiveMinutes = invocations().length;
    await deployment.refresh('crm-prod', { reason: 'operator' });
    const response = await client.fetch('/crm/v8/Leads');

    expect(askedWithinFiveMinutes).toBe(1);
    expect(response.status).toBe(200);
  });

  it('by the refresh of another caller is waited for', async () => {
    refresher = () => ({ outcome: 'in-progress' });
    let waits = 0;
    const sleep = async () => {
      waits += 1;
      if (waits === 3) await deployment.refresh('crm-prod', { reason: 'operator' });
    };
    const client = connect({
      fetch: rejecting(401, INVALID_TOKEN),
      clock: { now: () => deployment.clock.now(), sleep },
    });

    const response = await client.fetch('/crm/v8/Leads');

    expect(response.status).toBe(200);
    expect(waits).toBe(3);
  });

  it('cannot be replaced when Zoho revoked the refresh token: the 401 is returned, and Zoho is asked again later', async () => {
    deployment.zoho.revoke(authorization.refreshToken);

    const response = await connect().fetch('/crm/v8/Leads');

    expect(response.status).toBe(401);
    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      status: 'active',
      lastFailure: { code: 'invalid_code' },
    });
  });
});
