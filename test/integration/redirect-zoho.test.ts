import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import { START_MS } from '../support/sandbox.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a process with the sandbox's environment sees, without the client. */
const CALLS = `
import https, { get } from 'node:https';
import tls from 'node:tls';
const url = 'https://www.zohoapis.eu/crm/v8/Leads?fields=Last_Name';
const headers = { authorization: process.argv[1] };
const failure = (call) => call().then(() => 'no error', (error) => String(error.cause ?? error));
const byHttps = (request, ...args) =>
  new Promise((resolve) => request(...args, (response) => resolve(response.resume().statusCode)));
const file = process.env.NODE_OPTIONS.slice('--import='.length);
const refused = [];
for (const endpoint of process.argv.slice(2)) {
  process.env.ZOHO_API_ENDPOINT = endpoint;
  refused.push(await failure(() => import(file + '?' + refused.length)));
}
console.log(JSON.stringify({
  fetch: await (await fetch(url, { headers, redirect: 'error' })).json(),
  request: await (await fetch(new Request(url, { headers, method: 'POST', body: 'x' }))).json(),
  https: [
    await byHttps(get, url, { headers }),
    await byHttps(https.get, { hostname: 'www.zohoapis.eu', path: '/crm/v8/Leads', agent: https.globalAgent }),
  ],
  unknown: (await fetch('https://www.zohoapis.com.au/nothing')).status,
  tls: await failure(async () => tls.connect({ host: 'accounts.zoho.eu', port: 443 })),
  lookalike: await failure(() => fetch('https://www.zohoapis.eu.invalid/crm/v8/Leads', { headers })),
  refused,
}));`;

it('code that does not use the client calls the sandbox in place of Zoho, and nothing else', async () => {
  const server = await startSandboxServer({
    clock: new ManualClock(START_MS),
    connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
  });
  server.deployment.authorize('crm-prod');
  await server.tick();
  const authorization = `Zoho-oauthtoken ${server.deployment.readToken('crm-prod')?.access_token}`;
  const elsewhere = [
    'https://evil.example',
    'http://127.0.0.1.evil.example:80',
    'http://user@127.0.0.1:4610',
    'http://127.0.0.1:4610/path',
    'https://127.0.0.1:4610',
    'http://10.0.0.1:4610',
    'nonsense',
  ];

  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', CALLS, authorization, ...elsewhere],
    { cwd: root, env: { ...server.environment } },
  );
  await server.close();

  expect(JSON.parse(stdout)).toEqual({
    fetch: { data: [] },
    request: { data: [] },
    https: [200, 401],
    unknown: 404,
    tls: 'Error: accounts.zoho.eu is the real Zoho: the sandbox cannot answer in its place here.',
    lookalike: expect.stringContaining('www.zohoapis.eu.invalid'),
    refused: elsewhere.map(() =>
      expect.stringContaining('ZOHO_API_ENDPOINT is not an address of this machine'),
    ),
  });
});
