import { request } from 'node:http';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../sandbox/deployment/clock.ts';
import { FAULT_EXAMPLES, faultSchema } from '../../../../sandbox/serve/fault-requests.ts';
import { type SandboxServer, startSandboxServer } from '../../../../sandbox/serve/sandbox-server.ts';
import { MINUTE_MS, START_MS } from '../../../support/sandbox.ts';

const SECRET = 'zoho/crm-prod/access-token';

let server: SandboxServer<ManualClock>;
let secrets: SecretsManagerClient;
beforeAll(async () => {
  server = await startSandboxServer({
    clock: new ManualClock(START_MS),
    connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
  });
  server.deployment.authorize('crm-prod');
  await server.tick();
  secrets = new SecretsManagerClient({
    endpoint: server.origin,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts: 1,
  });
});
afterEach(() => faults('DELETE'));
afterAll(async () => {
  secrets.destroy();
  await server.close();
});

async function faults(method: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.origin}/faults`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

function callCrm(init: RequestInit = {}) {
  const authorization = `Zoho-oauthtoken ${server.deployment.readToken('crm-prod')?.access_token}`;
  return fetch(`${server.origin}/zoho/www.zohoapis.eu/crm/v8/Leads`, { headers: { authorization }, ...init });
}

function readSecret(signal?: AbortSignal) {
  return secrets.send(new GetSecretValueCommand({ SecretId: SECRET }), {
    ...(signal && { abortSignal: signal }),
  });
}

/** A request that gets no answer for as long as anybody could wait in a test. */
async function neverAnswered(send: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
  const giveUp = new AbortController();
  const other = fetch(`${server.origin}/faults`).then(() => 'no answer');
  const first = await Promise.race([send(giveUp.signal).catch(() => 'failed'), other]);
  giveUp.abort();
  return first === 'no answer';
}

describe('the faults of the API', () => {
  it.each([
    ['missing-scope', {}, 401, 'OAUTH_SCOPE_MISMATCH'],
    ['proxy-401', {}, 401, '<!DOCTYPE html>'],
    ['zoho-5xx', {}, 503, '<!DOCTYPE html>'],
    ['zoho-slow', { seconds: 0.05 }, 200, '"data":[]'],
  ])('%s', async (kind, more, status, text) => {
    await faults('POST', { kind, times: 1, ...more });

    const failed = await callCrm();
    const next = await callCrm();

    expect([failed.status, next.status]).toEqual([status, 200]);
    expect(await failed.text()).toContain(text);
  });

  it('zoho-hang', async () => {
    await faults('POST', { kind: 'zoho-hang' });

    expect(await neverAnswered((signal) => callCrm({ signal }))).toBe(true);
  });

  it('affect the data center that they name', async () => {
    await faults('POST', { kind: 'proxy-401', dataCenter: 'us' });

    expect((await callCrm()).status).toBe(200);
  });

  it('do not affect token requests, and the reverse', async () => {
    await faults('POST', { kind: 'zoho-5xx', at: 'api' });
    const refreshed = await server.deployment.refresh('crm-prod');
    await faults('DELETE');
    await faults('POST', { kind: 'zoho-5xx', at: 'tokens' });

    expect(refreshed.outcome).toBe('refreshed');
    expect((await callCrm()).status).toBe(200);
    expect((await server.deployment.refresh('crm-prod')).outcome).toBe('failed');
    server.deployment.clock.advance(20 * MINUTE_MS);
  });
});

it('throttle: the refresher is refused, until the fault is removed', async () => {
  await faults('POST', { kind: 'throttle' });

  const throttled = await server.deployment.refresh('crm-prod');
  await faults('DELETE');
  server.deployment.clock.advance(20 * MINUTE_MS);

  expect(throttled.outcome).toBe('throttled');
  expect((await server.deployment.refresh('crm-prod')).outcome).toBe('refreshed');
});

describe('the faults of AWS', () => {
  it('aws-denied: a read from outside is denied, and the refresher goes on', async () => {
    await faults('POST', { kind: 'aws-denied', service: 'secretsmanager' });

    await expect(readSecret()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect((await server.deployment.refresh('crm-prod')).outcome).toBe('refreshed');
  });

  it('aws-hang: a read is never answered, and the next one is', async () => {
    await faults('POST', { kind: 'aws-hang', service: 'secretsmanager', times: 1 });

    expect(await neverAnswered(readSecret)).toBe(true);
    expect((await readSecret()).Name).toBe(SECRET);
  });

  it('of Lambda do not affect Secrets Manager', async () => {
    await faults('POST', { kind: 'aws-denied', service: 'lambda' });

    expect((await readSecret()).Name).toBe(SECRET);
  });
});

describe('a revocation', () => {
  it('of the token happens at once, and a refresh repairs it', async () => {
    const { status, json } = await faults('POST', { kind: 'revoke-token', connection: 'crm-prod' });
    const rejected = await callCrm();
    server.deployment.clock.advance(20 * MINUTE_MS);
    await server.deployment.refresh('crm-prod');

    expect([status, rejected.status, (await callCrm()).status]).toEqual([200, 401, 200]);
    expect(JSON.stringify(json)).toContain('It is 0 s old: a process that has not used it yet asks');
    expect((await faults('GET')).json.active).toEqual([]);
  });

  it('of the authorization blocks the connection until it is authorized again, once it is confirmed', async () => {
    await faults('POST', { kind: 'revoke-authorization', connection: 'crm-prod' });
    server.deployment.clock.advance(20 * MINUTE_MS);

    expect((await server.deployment.refresh('crm-prod')).outcome).toBe('failed');
    server.deployment.clock.advance(3 * MINUTE_MS);
    expect((await server.deployment.refresh('crm-prod')).outcome).toBe('blocked');
    expect((await callCrm()).status).toBe(401);

    server.deployment.authorize('crm-prod');
    server.deployment.clock.advance(20 * MINUTE_MS);
    expect((await server.deployment.refresh('crm-prod')).outcome).toBe('refreshed');
  });

  it.each(['revoke-token', 'revoke-authorization', 'regenerate-secret'])(
    '%s needs a connection with a token',
    async (kind) => {
      const { status, json } = await faults('POST', { kind, connection: 'crm-x' });

      expect(status).toBe(400);
      expect(json.error).toContain('There is no connection "crm-x" with a token.');
    },
  );
});

describe('a secret that is regenerated', () => {
  const { stringify } = JSON;
  const judge = async (client_secret: string) => {
    const { client_id = '' } = JSON.parse(
      server.deployment.aws.secretsManager.store.currentText('zoho/crm-prod/credentials') ?? '',
    );
    const body = new URLSearchParams({ grant_type: 'refresh_token', client_id, client_secret });
    const url = `${server.deployment.zoho.origins.eu}/oauth/v2/token`;
    return stringify(await (await fetch(url, { method: 'POST', body })).json());
  };
  const oldSecret = () =>
    JSON.parse(server.deployment.aws.secretsManager.store.currentText('zoho/crm-prod/credentials') ?? '')
      .client_secret;

  it.each([
    [true, 'invalid_code'],
    [false, 'invalid_client_secret'],
  ])('keeps the old one: %s', async (keepsOld, error) => {
    const { status, json } = await faults('POST', {
      ...{ kind: 'regenerate-secret', connection: 'crm-prod', keepsOld },
    });

    expect(status).toBe(200);
    expect(await judge(oldSecret())).toContain(error);
    expect(await judge(String(json.clientSecret))).toContain('invalid_code');
  });

  it('is that of the shared client, if the connection has one', async () => {
    const { clientId, clientSecret } = server.deployment.zoho.registerClient({ dataCenter: 'eu' });
    const shared = { client_id: clientId, data_center: 'eu', client_secret: clientSecret };
    server.deployment.putClient('acme', shared);
    server.deployment.authorizeWithClient('crm-prod', 'acme', clientId);

    const { json } = await faults('POST', { kind: 'regenerate-secret', connection: 'crm-prod' });

    expect(json).toMatchObject({ clientId, done: expect.stringContaining('client rotate acme') as string });
    server.deployment.authorize('crm-prod');
  });
});

describe('GET /faults', () => {
  it('shows the active ones, how many requests they still affect, and an example of each kind', async () => {
    await faults('POST', { kind: 'proxy-401', times: 2 });
    await callCrm();

    const { json } = await faults('GET');

    const since = new Date(server.deployment.clock.now()).toISOString();
    expect(json).toEqual({
      active: [{ kind: 'proxy-401', times: 2, timesLeft: 1, since }],
      examples: FAULT_EXAMPLES.map(({ body }) => body),
    });
  });

  it('has an example of each kind that is accepted, and so has the home page', async () => {
    const page = await (await fetch(server.origin)).text();
    const kinds = faultSchema.options.map(({ shape }) => shape.kind.value);

    expect(FAULT_EXAMPLES.map(({ body }) => body.kind)).toEqual(kinds);
    for (const { body } of FAULT_EXAMPLES) expect(faultSchema.safeParse(body).success).toBe(true);
    for (const kind of kinds) expect(page).toContain(`&quot;${kind}&quot;`);
  });
});

describe('a fault is refused with the reason', () => {
  it.each([
    ['an unknown kind', { kind: 'explode' }, 'one of revoke-token, expire-token, revoke-authorization, '],
    ['no object', 'throttle', 'The body must be a JSON object'],
    ['a wrong value', { kind: 'throttle', times: 0 }, 'at times'],
    ['an unknown key', { kind: 'throttle', time: 1 }, '"time"'],
    ['a missing key', { kind: 'aws-hang' }, 'Example: {"kind":"aws-hang","service":"secretsmanager"}'],
    ['an unknown data center', { kind: 'throttle', dataCenter: 'xx' }, 'at dataCenter'],
    ['a wait of years', { kind: 'zoho-slow', seconds: 1e9 }, 'at seconds'],
  ])('%s', async (_, body, reason) => {
    const { status, json } = await faults('POST', body);

    expect(status).toBe(400);
    expect(json.error).toContain(reason);
    expect((await faults('GET')).json.active).toEqual([]);
  });

  it('a form, a page of another site, another name of this machine, another method', async () => {
    const { port } = new URL(server.origin);
    const body = '{"kind":"throttle"}';
    const json = { 'content-type': 'application/json' };
    const post = (headers: Record<string, string>, method = 'POST') =>
      new Promise<number | undefined>((resolve, reject) => {
        request(`${server.origin}/faults`, { method, headers }, (response) =>
          resolve(response.resume().statusCode),
        )
          .on('error', reject)
          .end(method === 'POST' ? body : undefined);
      });

    expect(await post({ 'content-type': 'text/plain' })).toBe(415);
    expect(await post({ ...json, origin: 'https://evil.example' })).toBe(403);
    expect(await post({ ...json, origin: 'null' })).toBe(403);
    expect(await post({ ...json, host: `evil.example:${port}` })).toBe(403);
    expect(await post({ origin: 'https://evil.example' }, 'DELETE')).toBe(403);
    expect(await post(json, 'PUT')).toBe(405);
    expect((await faults('GET')).json.active).toEqual([]);
  });
});
