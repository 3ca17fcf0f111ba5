import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import middy from '@middy/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { Authorization, LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { MetricLog } from '../../sandbox/deployment/metric-log.ts';
import { fetchThrough } from '../../sandbox/deployment/zoho-router.ts';
import { MINUTE_MS, startAuthorizedDeployment } from '../support/sandbox.ts';

const TOKEN_SECRET = 'zoho/crm-prod/access-token';

let deployment: LocalDeployment;
let authorization: Authorization;
let lambda: LambdaEndpoint;
let refresher: (event: unknown) => unknown;
let sent: { url: string; authorization: string | null }[];

beforeEach(async () => {
  ({ deployment, authorization } = await startAuthorizedDeployment());
  refresher = (event) => deployment.handler(event, lambdaContext());
  lambda = await startLambdaEndpoint({ functions: { refresher: (event) => refresher(event) } });
  sent = [];
});
afterEach(async () => {
  await Promise.all([deployment.close(), lambda.close()]);
});

/** A client as a consumer's Lambda has it, pointed at the sandbox. */
function connect(options: Partial<ZohoClientOptions> = {}): ZohoClient {
  return createZohoClient({ ...sandboxOptions(), ...options });
}

function sandboxOptions(): ZohoClientOptions {
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  return {
    connection: 'crm-prod',
    refresherFunctionName: 'refresher',
    metrics: 'off',
    secretsManagerClient: new SecretsManagerClient({
      ...deployment.aws.clientConfig('secretsmanager'),
      requestHandler: { httpAgent: { maxSockets: 100 } },
      maxAttempts: 1,
    }),
    lambdaClient: new LambdaClient({
      region: 'eu-west-1',
      endpoint: lambda.endpoint,
      credentials,
      maxAttempts: 1,
    }),
    fetch: sendThrough({ [deployment.zoho.apiHosts.eu]: deployment.zoho.origins.eu }),
    clock: { now: () => deployment.clock.now(), sleep: () => Promise.resolve() },
  };
}

function sendThrough(routes: Record<string, string>): typeof globalThis.fetch {
  const send = fetchThrough(routes);
  return (input, init) => {
    sent.push({ url: String(input), authorization: new Headers(init?.headers).get('authorization') });
    return send(input, init);
  };
}

/** Answers as one of Zoho's products would, until the token is of a later generation than the given one. */
function rejecting(status: number, body: object | string, upToGeneration = 1): typeof globalThis.fetch {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const rejected = new Set<string>();
  const note = () => {
    const current = deployment.readToken('crm-prod');
    if (current !== undefined && current.generation <= upToGeneration)
      rejected.add(`Zoho-oauthtoken ${current.access_token}`);
  };
  note();
  return (input, init) => {
    const header = new Headers(init?.headers).get('authorization') ?? '';
    sent.push({ url: String(input), authorization: header });
    note();
    return Promise.resolve(
      rejected.has(header) ? new Response(text, { status }) : Response.json({ data: ['fine'] }),
    );
  };
}

const secretReads = () =>
  deployment.aws.secretsManager.calls.filter(
    ({ operation, secret }) => operation === 'GetSecretValue' && secret === TOKEN_SECRET,
  );

function putToken(change: object | string): void {
  const text =
    typeof change === 'string' ? change : JSON.stringify({ ...deployment.readToken('crm-prod'), ...change });
  deployment.aws.secretsManager.store.put(TOKEN_SECRET, { value: secretText(text) });
}

describe('getAccessToken', () => {
  it('gives the published token, and prints none of it', async () => {
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

  it('reads the secret once for a thousand callers of a cold start', async () => {
    const client = connect();

    const tokens = await Promise.all(Array.from({ length: 1000 }, () => client.getAccessToken()));

    expect(new Set(tokens).size).toBe(1);
    expect(secretReads()).toHaveLength(1);
  });

  it('does not look at the secret again before refresh_after, and then finds the new token', async () => {
    const client = connect();
    await client.getAccessToken();

    await deployment.runMinutes(52);
    await client.getAccessToken();
    const readsBefore = secretReads().length;
    await deployment.runMinutes(3);
    const token = await client.getAccessToken();

    expect(readsBefore).toBe(1);
    expect(token.generation).toBe(2);
  });

  it('looks again every 15 seconds while the new token is late', async () => {
    const client = connect();
    await client.getAccessToken();
    deployment.clock.advance(55 * MINUTE_MS);

    for (let second = 0; second < 60; second += 1) {
      await client.getAccessToken();
      deployment.clock.advance(1_000);
    }

    expect(secretReads()).toHaveLength(1 + 4);
  });

  it('survives an unreachable Secrets Manager while the token is valid, and says so when it no longer is', async () => {
    const client = connect();
    await client.getAccessToken();
    deployment.aws.secretsManager.faults.deny({ operation: 'GetSecretValue' });

    deployment.clock.advance(59 * MINUTE_MS);
    const still = await client.getAccessToken();
    deployment.clock.advance(2 * MINUTE_MS);

    expect(still.generation).toBe(1);
    await expect(client.getAccessToken()).rejects.toMatchObject({ code: 'secret_unavailable' });
  });

  it('never replaces a newer generation by an older read', async () => {
    const client = connect();
    await deployment.runMinutes(55);
    const before = await client.getAccessToken();
    putToken({ generation: 1 });

    deployment.clock.advance(54 * MINUTE_MS);
    const after = await client.getAccessToken();

    expect([before.generation, after.generation]).toEqual([2, 2]);
  });

  it('has the refresher replace a token that ran out, and waits for it', async () => {
    deployment.clock.advance(61 * MINUTE_MS);

    const token = await connect().getAccessToken();

    expect(token.generation).toBe(2);
    expect(lambda.invocations.map(({ event }) => event)).toEqual([
      { action: 'refresh', connection: 'crm-prod', rejectedGeneration: 1, reason: 'unauthorized' },
    ]);
  });

  it.each([
    ['without the refresher', { refresherFunctionName: 'nobody' }],
    ['with a refresher that may not be asked', {}],
  ])('%s: a token that ran out is an error with a stable code', async (_name, options) => {
    refresher = () => {
      throw new LambdaServiceError(403, 'AccessDeniedException');
    };
    deployment.clock.advance(61 * MINUTE_MS);

    await expect(connect(options).getAccessToken()).rejects.toMatchObject({
      code: 'token_expired',
      message: expect.stringContaining('crm-prod (generation 1) expired at 2026-01-05T10:00:00.000Z'),
    });
  });

  it.each([
    ['text', 'oops', 'it is not a JSON object'],
    [
      'another api_domain',
      { api_domain: 'https://evil.example' },
      "api_domain is not an https origin of Zoho's",
    ],
    ['no token', { access_token: '' }, 'access_token is missing'],
    [
      'a line break in the token',
      { access_token: 'a\r\nHost: evil' },
      'access_token is missing or cannot stand in a header',
    ],
    ['no expiry', { expires_at: 'soon' }, 'expires_at is not an ISO 8601 time'],
  ])('with %s in the secret: an error that names the fault', async (_name, change, message) => {
    putToken(change);

    await expect(connect().getAccessToken()).rejects.toMatchObject({
      code: 'malformed_token',
      message: expect.stringContaining(message),
    });
  });

  it('for an empty secret says that the connection is not authorized yet', async () => {
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
  ])('refuses the options %j at once', (options) => {
    expect(() => connect(options)).toThrow(expect.objectContaining({ code: 'invalid_options' }));
  });

  it.each([-MINUTE_MS, MINUTE_MS])('works with a clock that is %d ms off', async (offMs) => {
    const client = connect({
      clock: { now: () => deployment.clock.now() + offMs, sleep: () => Promise.resolve() },
    });
    for (let minute = 0; minute < 70; minute += 1) {
      const token = await client.getAccessToken();
      expect(deployment.zoho.isValid(token.accessToken)).toBe(true);
      await deployment.runMinutes(1);
    }
  });
});

describe('fetch', () => {
  it("calls Zoho's API with the token", async () => {
    const response = await connect().fetch('/crm/v8/Leads?fields=Last_Name');

    expect(await response.json()).toEqual({ data: [] });
    expect(sent).toEqual([
      {
        url: 'https://www.zohoapis.eu/crm/v8/Leads?fields=Last_Name',
        authorization: `Zoho-oauthtoken ${deployment.readToken('crm-prod')?.access_token}`,
      },
    ]);
  });

  it('replaces a token that Zoho rejects, and calls once more', async () => {
    const client = connect({ fetch: rejecting(401, { code: 'INVALID_TOKEN' }) });

    const response = await client.fetch('/crm/v8/Leads');

    expect(await response.json()).toEqual({ data: ['fine'] });
    expect(sent).toHaveLength(2);
    expect(lambda.invocations).toHaveLength(1);
  });

  it('costs one invocation and one mint when a thousand callers are rejected', async () => {
    const client = connect({ fetch: rejecting(401, { code: 'INVALID_TOKEN' }) });

    const responses = await Promise.all(Array.from({ length: 1000 }, () => client.fetch('/crm/v8/Leads')));

    expect(responses.every(({ status }) => status === 200)).toBe(true);
    expect(lambda.invocations).toHaveLength(1);
    expect(deployment.zoho.tokenCalls).toHaveLength(2);
  });

  it('only reads again when a newer token than the rejected one is published', async () => {
    const client = connect({ fetch: rejecting(401, { code: 'INVALID_TOKEN' }) });
    await client.getAccessToken();
    await deployment.refresh('crm-prod');

    const response = await client.fetch('/crm/v8/Leads');

    expect(response.status).toBe(200);
    expect(sent).toHaveLength(2);
    expect(lambda.invocations).toEqual([]);
  });

  it.each([
    [401, { code: 'OAUTH_SCOPE_MISMATCH' }],
    [401, { code: 'INVALID_OAUTHSCOPE' }],
    [403, { errorCode: 'SCOPE_MISMATCH' }],
    [401, { error: { code: 6890 } }],
    [403, { code: 'NO_PERMISSION' }],
    [400, { code: 'INVALID_DATA' }],
    [500, { code: 'INTERNAL_ERROR' }],
  ])('hands HTTP %d %j back as it is, without a refresh', async (status, body) => {
    const response = await connect({ fetch: rejecting(status, body) }).fetch('/crm/v8/Leads');

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(body);
    expect(lambda.invocations).toEqual([]);
    expect(sent).toHaveLength(1);
  });

  it("asks for no second refresh when a new token does not mend Books' ambiguous 57", async () => {
    const client = connect({ fetch: rejecting(401, { code: 57 }, 99) });

    for (let call = 0; call < 5; call += 1)
      expect((await client.fetch('/books/v3/invoices')).status).toBe(401);

    expect(lambda.invocations).toHaveLength(1);
    expect(deployment.zoho.tokenCalls).toHaveLength(2);
  });

  it.each([
    ['blocked', { outcome: 'blocked' }],
    ['throttled', { outcome: 'throttled', retry_after_seconds: 600 }],
    ['budget-exhausted', { outcome: 'budget-exhausted', retry_after_seconds: 60 }],
    ['failed', { outcome: 'failed' }],
    ['of another kind', 'what?'],
  ])(
    'hands the 401 back when the refresher is %s, and leaves it alone for a while',
    async (_name, answer) => {
      refresher = () => answer;
      const client = connect({ fetch: rejecting(401, { code: 'INVALID_TOKEN' }, 99) });

      const responses = [await client.fetch('/crm/v8/Leads'), await client.fetch('/crm/v8/Leads')];
      deployment.clock.advance(61_000);
      responses.push(await client.fetch('/crm/v8/Leads'));

      expect(responses.map(({ status }) => status)).toEqual([401, 401, 401]);
      expect(lambda.invocations).toHaveLength(2);
    },
  );

  it('hands the 401 back when the refresher fails, and works without the right to ask it', async () => {
    refresher = () => {
      throw new Error('broken');
    };
    const broken = connect({ fetch: rejecting(401, { code: 'INVALID_TOKEN' }, 99) });
    const unnamed = connect({
      fetch: rejecting(401, { code: 'INVALID_TOKEN' }, 99),
      refresherFunctionName: 'nobody',
    });

    expect((await broken.fetch('/crm/v8/Leads')).status).toBe(401);
    expect((await unnamed.fetch('/crm/v8/Leads')).status).toBe(401);
  });

  it('does not ask again for five minutes when it may not ask, and reads again all the same', async () => {
    refresher = () => {
      throw new LambdaServiceError(403, 'AccessDeniedException');
    };
    const client = connect({ fetch: rejecting(401, { code: 'INVALID_TOKEN' }) });

    for (let minute = 0; minute < 5; minute += 1) {
      await client.fetch('/crm/v8/Leads');
      deployment.clock.advance(MINUTE_MS - 1);
    }
    const askedWithinFiveMinutes = lambda.invocations.length;
    await deployment.refresh('crm-prod');
    const response = await client.fetch('/crm/v8/Leads');

    expect(askedWithinFiveMinutes).toBe(1);
    expect(response.status).toBe(200);
  });

  it('waits for the token that another caller is getting', async () => {
    refresher = () => ({ outcome: 'in-progress' });
    let waits = 0;
    const sleep = async () => {
      waits += 1;
      if (waits === 3) await deployment.refresh('crm-prod');
    };
    const client = connect({
      fetch: rejecting(401, { code: 'INVALID_TOKEN' }),
      clock: { now: () => deployment.clock.now(), sleep },
    });

    const response = await client.fetch('/crm/v8/Leads');

    expect(response.status).toBe(200);
    expect(waits).toBe(3);
  });

  it('does not send a stream twice', async () => {
    const client = connect({ fetch: rejecting(401, { code: 'INVALID_TOKEN' }) });
    const body = new Blob(['{}']).stream();

    const response = await client.fetch('/crm/v8/Leads', {
      method: 'POST',
      body,
      duplex: 'half',
    } as RequestInit);

    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ code: 'INVALID_TOKEN' });
    expect(sent).toHaveLength(1);
  });

  it('comes to rest when Zoho rejects every token', async () => {
    deployment.zoho.revoke(authorization.refreshToken);

    const response = await connect().fetch('/crm/v8/Leads');

    expect(response.status).toBe(401);
    expect(await deployment.readConnection('crm-prod')).toMatchObject({ status: 'blocked' });
  });

  it.each([
    'https://desk.zoho.eu/api/v1/tickets',
    'https://www.zohoapis.eu/books/v3/invoices',
    'crm/v8/Leads',
    new URL('https://mail.zoho.eu/api/accounts'),
  ])('sends the token to %s', async (url) => {
    const client = connect({ fetch: rejecting(401, '', 0) });

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
  ])('does not send the token to %s', async (url) => {
    const client = connect();

    await expect(client.fetch(url)).rejects.toMatchObject({
      name: 'ZohoClientError',
      code: expect.stringMatching(/^(forbidden_host|invalid_url)$/),
    });
    expect(sent).toEqual([]);
  });
});

describe('the metrics of a consumer in Lambda', () => {
  /** What is written to standard output while `act` runs, as CloudWatch would extract it. */
  async function collect(act: (client: ZohoClient) => Promise<void>, options: Partial<ZohoClientOptions>) {
    const log = new MetricLog();
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      if (String(text).startsWith('{"_aws"')) log.add(String(text).trim());
      return true;
    });
    try {
      const client = connect({ metrics: 'emf', ...options });
      await act(client);
      await client.flush();
      return log;
    } finally {
      write.mockRestore();
    }
  }

  it('say of each call whether it was rejected, for the fleet and for the connection', async () => {
    const log = await collect(
      async (client) => {
        await client.fetch('/crm/v8/Leads');
        await client.fetch('/crm/v8/Leads');
      },
      { fetch: rejecting(401, { code: 'INVALID_TOKEN' }) },
    );

    const values = log.ofFleet('Unauthorized').map(({ value }) => value);
    expect(values.toSorted()).toEqual([0, 0, 1]);
    expect(log.ofConnection('Unauthorized', 'crm-prod')).toHaveLength(3);
  });

  it('count a token that is rejected with another status than 401', async () => {
    const log = await collect(
      async (client) => {
        await client.fetch('/phonebridge/v3/calls');
      },
      { fetch: rejecting(400, { code: 'INVALID_TOKEN' }) },
    );

    expect(log.ofFleet('Unauthorized').map(({ value }) => value)).toContain(1);
  });

  it('warn when the token at hand is served because the secret cannot be read', async () => {
    const log = await collect(async (client) => {
      await client.getAccessToken();
      deployment.clock.advance(55 * MINUTE_MS);
      deployment.aws.secretsManager.faults.deny({ operation: 'GetSecretValue' });
      await client.getAccessToken();
    }, {});

    expect(log.ofFleet('SecretUnavailable')).toMatchObject([{ value: 1, atMs: deployment.clock.now() }]);
  });
});

describe('the middy middleware', () => {
  it('puts the token into the context, where logging does not show it', async () => {
    const handler = middy()
      .use(zohoAccessToken(sandboxOptions()))
      .handler((_event, context) => ({ token: context.zoho.accessToken, logged: JSON.stringify(context) }));

    const { token, logged } = await handler({}, lambdaContext() as never);

    expect(token).toBe(deployment.readToken('crm-prod')?.access_token);
    expect(logged).not.toContain(token);
  });
});
