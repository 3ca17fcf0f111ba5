import { request } from 'node:http';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../sandbox/deployment/clock.ts';
import { exportLines } from '../../../../sandbox/serve/environment.ts';
import { type SandboxServer, startSandboxServer } from '../../../../sandbox/serve/sandbox-server.ts';
import { addressOf } from '../../../../sandbox/serve/stack.ts';
import { START_MS } from '../../../support/sandbox.ts';

const CONNECTIONS = { 'crm-ca': { dataCenter: 'ca', scopes: ['ZohoCRM.modules.ALL'] } } as const;

let server: SandboxServer<ManualClock>;
beforeAll(async () => {
  server = await startSandboxServer({ clock: new ManualClock(START_MS), connections: CONNECTIONS });
});
afterAll(() => server.close());

/** `fetch` sets these headers itself. */
async function statusWith(headers: Record<string, string>): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    request(server.origin, { headers }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

function register(body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  return fetch(`${server.origin}/zoho-clients`, { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('the front door', () => {
  it('says what is here', async () => {
    const page = await (await fetch(server.origin)).text();

    expect(page).toContain(`export AWS_ENDPOINT_URL=${server.origin}`);
    expect(page).toContain('/zoho/accounts.zohocloud.ca');
  });

  it('answers only to names of this machine, so that DNS rebinding does not reach it', async () => {
    const { port } = new URL(server.origin);

    expect(await statusWith({ host: `localhost:${port}` })).toBe(200);
    expect(await statusWith({ host: `127.0.0.1:${port}` })).toBe(200);
    expect(await statusWith({ host: `sandbox.example.com:${port}` })).toBe(403);
    expect(await statusWith({ host: '127.0.0.1' })).toBe(403);
  });

  it('takes no request that a page of another site sends', async () => {
    expect(await statusWith({ origin: server.origin })).toBe(200);
    expect(await statusWith({ origin: 'https://example.com' })).toBe(403);
    expect(await statusWith({ origin: 'null' })).toBe(403);
  });

  it.each(['/nothing', '/zoho', '/zoho/', '/?zoho', '/zoho-clients/1'])('has nothing at %s', async (path) => {
    const response = await fetch(`${server.origin}${path}`);

    expect(response.status).toBe(path.startsWith('/?') ? 200 : 404);
  });

  it('is the only one of its port: a second is not started, and the first goes on', async () => {
    const port = Number(new URL(server.origin).port);

    const second = startSandboxServer({ port, clock: new ManualClock(START_MS), connections: CONNECTIONS });

    await expect(second).rejects.toThrow(`Port ${port} of 127.0.0.1 is in use`);
    expect((await fetch(server.origin)).status).toBe(200);
  });
});

describe("Zoho's hosts", () => {
  it('are at their public names', async () => {
    const accounts = await fetch(`${server.origin}/zoho/accounts.zoho.com/oauth/serverinfo`);
    const api = await fetch(`${server.origin}/zoho/www.zohoapis.ca/crm/v8/Leads?fields=Last_Name`);

    expect(await accounts.json()).toMatchObject({ locations: { ca: 'https://accounts.zohocloud.ca' } });
    expect(await api.json()).toMatchObject({ code: 'INVALID_TOKEN' });
  });

  it('are those that exist: accounts.zoho.ca does not', async () => {
    const response = await fetch(`${server.origin}/zoho/accounts.zoho.ca/oauth/v2/token`, { method: 'POST' });

    expect(response.status).toBe(404);
    expect(await response.text()).toContain('accounts.zohocloud.ca');
  });

  it('answer what is theirs: tokens are issued by accounts servers, products have hosts of their own', async () => {
    const token = await fetch(`${server.origin}/zoho/www.zohoapis.ca/oauth/v2/token`, { method: 'POST' });
    const product = await fetch(`${server.origin}/zoho/accounts.zohocloud.ca/crm/v8/Leads`);

    expect([token.status, product.status]).toEqual([404, 404]);
  });

  it('are the one that a header names, however the request is addressed', async () => {
    const call = (host: string, path: string) =>
      fetch(`${server.origin}${path}`, { headers: { 'x-zoho-sandbox-host': host } });

    const crm = await call('www.zohoapis.ca', '/crm/v8/Leads');
    const desk = await call('DESK.zohocloud.ca', '/api/v1/tickets');
    const crmAtDesk = await call('desk.zohocloud.ca', '/crm/v8/Leads');
    const elsewhere = await call('www.example.com', '/crm/v8/Leads');

    expect([crm.status, desk.status, crmAtDesk.status, elsewhere.status]).toEqual([401, 401, 404, 404]);
    expect(await desk.json()).toMatchObject({ errorCode: 'INVALID_OAUTH' });
    expect(await elsewhere.text()).toContain('"www.example.com" is not simulated.');
  });

  it('fail here when a fault is injected there', async () => {
    server.deployment.zoho.injectFault({ kind: 'drop', calls: 1 });

    const dropped = fetch(`${server.origin}/zoho/accounts.zohocloud.ca/oauth/v2/token`, { method: 'POST' });

    await expect(dropped).rejects.toThrow('fetch failed');
  });
});

describe('a client for Zoho', () => {
  it('is registered by JSON, and then known', async () => {
    const redirectUris = ['https://app.example.com/callback'];
    const response = await register({ dataCenter: 'ca', redirectUris, accountLocation: 'uk' });
    const { clientId, clientSecret } = (await response.json()) as Record<string, string>;

    const body = new URLSearchParams({ client_id: clientId ?? '', client_secret: clientSecret ?? '' });
    const accounts = `${server.origin}/zoho/accounts.zohocloud.ca/oauth/v2/token`;
    const answer = await fetch(accounts, { method: 'POST', body });

    expect(response.status).toBe(201);
    expect(await answer.json()).toEqual({ error: 'unsupported_grant_type' });
  });

  it.each([
    ['an unknown data center', { dataCenter: 'xx' }, 'dataCenter'],
    ['an unknown key', { dataCenter: 'ca', redirectUri: 'https://a.example.com' }, 'redirectUri'],
    ['a redirect URI that is none', { dataCenter: 'ca', redirectUris: ['javascript:1'] }, 'javascript:1'],
    ['no object', 'ca', 'expected object'],
  ])('is refused with the reason: %s', async (_, body, reason) => {
    const response = await register(body);

    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toContain(reason);
  });

  it('is not registered by what a form could send, nor by reading', async () => {
    const form = await register({ dataCenter: 'ca' }, { 'content-type': 'text/plain' });
    const read = await fetch(`${server.origin}/zoho-clients`);
    const long = await register({ dataCenter: 'c'.repeat(70_000) });

    expect([form.status, read.status, long.status]).toEqual([415, 405, 413]);
  });
});

describe('the environment', () => {
  it('is all that a process beside it needs', async () => {
    const { region, endpoint } = new SecretsManagerClient({
      region: server.environment.AWS_REGION ?? '',
      endpoint: server.environment.AWS_ENDPOINT_URL ?? '',
    }).config;

    expect(await region()).toBe('eu-west-1');
    expect((await endpoint?.())?.port).toBe(Number(new URL(server.origin).port));
    expect(server.environment).toEqual({
      AWS_ENDPOINT_URL: server.origin,
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'sandbox',
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      ZOHO_SANDBOX_URL: `${server.origin}/zoho`,
      ZOHO_SECRET_PREFIX: 'zoho',
      ZOHO_REFRESHER_FUNCTION_NAME: addressOf(server.origin)['consumer-target'],
      ZOHO_TOKENS_TABLE: 'zoho-tokens',
      ZOHO_CONSENT_TARGET:
        'arn:aws:lambda:eu-west-1:000000000000:function:ZohoTokenRefresher-ConsentApi:callers',
      ZOHO_API_ENDPOINT: server.origin,
      NODE_OPTIONS: expect.stringMatching(/^--import=file:.+redirect-zoho\.mjs$/),
    });
  });

  it.each([
    ['a plain value as it is', 'http://127.0.0.1:1/a?b=1', "export X='http://127.0.0.1:1/a?b=1'"],
    ['a quote inside quotes', "it's", "export X='it'\\''s'"],
    ['a path without spaces unquoted', '--import=file:///a%20b.mjs', 'export X=--import=file:///a%20b.mjs'],
  ])('is printed for a shell: %s', (_, value, line) => {
    expect(exportLines({ X: value })).toEqual([line]);
  });
});
