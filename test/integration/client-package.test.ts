import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildClient } from '../../build/client.ts';
import { createZohoClient } from '../../lambdas/client/index.ts';
import { startAuthorizedDeployment } from '../support/sandbox.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
let folder: string;

/** Builds like `npm run build`, into a folder inside the project, where Node.js finds the dependencies. */
beforeAll(async () => {
  mkdirSync(join(root, 'dist'), { recursive: true });
  folder = mkdtempSync(join(root, 'dist', 'test-'));
  await buildClient(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the package', () => {
  it('loads as an ES module and as CommonJS', async () => {
    const names =
      'createZohoClient,createZohoClients,createZohoInvites,zohoAccessToken,ZohoClientError,ZohoInvitesError';
    const esm = `import * as zoho from ${JSON.stringify(join(folder, 'client.mjs'))}; const names = Object.keys(zoho);`;
    const cjs = `const names = Object.keys(require(${JSON.stringify(join(folder, 'client.cjs'))}));`;
    const print = 'console.log(names.sort((a, b) => a.localeCompare(b)).join());';
    writeFileSync(join(folder, 'load.mjs'), `${esm}${print}`);
    writeFileSync(join(folder, 'load.cjs'), `${cjs}${print}`);

    for (const file of ['load.mjs', 'load.cjs']) {
      const { stdout } = await run(process.execPath, [join(folder, file)]);
      expect(stdout.trim()).toBe(names);
    }
  });

  it('does not load the SDK of Lambda, nor that of CloudWatch, when it is imported and a client is created', async () => {
    const use = "require('./client.cjs').createZohoClient({ connection: 'crm-prod' });";
    const print =
      'console.log(Object.keys(require.cache).filter((path) => /client-(lambda|cloudwatch)/.test(path)).join());';
    writeFileSync(join(folder, 'lazy.cjs'), `${use}${print}`);

    const { stdout } = await run(process.execPath, [join(folder, 'lazy.cjs')], {
      env: { ...process.env, AWS_REGION: 'eu-west-1' },
    });

    expect(stdout.trim()).toBe('');
  });

  it('ends a call in time although AWS never answers', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const call = `createZohoClient({ connection: 'crm-prod' }).getAccessToken({ timeoutMs: 200 })`;
    const code = `import { createZohoClient } from './client.mjs'; ${call}.catch(({ code }) => process.stdout.write(code, () => process.exit()));`;
    writeFileSync(join(folder, 'silent.mjs'), code);

    const { stdout } = await run(process.execPath, [join(folder, 'silent.mjs')], {
      env: {
        ...process.env,
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'sandbox',
        AWS_SECRET_ACCESS_KEY: 'sandbox',
        AWS_ENDPOINT_URL: endpoint,
      },
    });
    silent.closeAllConnections();
    silent.close();

    expect(stdout.trim()).toBe('timeout');
  });

  it('adds nothing of invites to the bundle of who does not create any', async () => {
    const withInvites = await bundleOf('createZohoInvites');
    const others = await bundleOf('createZohoClient, zohoAccessToken, ZohoClientError');

    expect(withInvites).toMatch(/ZOHO_CONSENT_TARGET.*create-invite/s);
    expect(others).not.toMatch(/invite|consent/i);
  });

  it('depends neither on the stack nor on the refresher, and loads Lambda and CloudWatch only when they are used', () => {
    const code = readFileSync(join(folder, 'client.mjs'), 'utf8');
    const imports = [...code.matchAll(/^import .* from "([^"]+)";$/gm)].map(([, name]) => name);

    expect(new Set(imports)).toEqual(new Set(['@aws-sdk/client-secrets-manager', 'node:stream']));
    expect(code).toContain('import("@aws-sdk/client-lambda")');
    expect(code).toContain('import("@aws-sdk/client-cloudwatch")');
  });
});

/** What a bundler takes of the package for a consumer who imports these names. */
async function bundleOf(names: string): Promise<string> {
  const bundled = await build({
    stdin: { contents: `export { ${names} } from './client.mjs';`, resolveDir: folder },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*'],
    write: false,
    logLevel: 'silent',
  });
  return bundled.outputFiles[0]?.text ?? '';
}

describe('a redirect', () => {
  it('to another host is followed without the token', async () => {
    const { deployment } = await startAuthorizedDeployment();
    const seen: (string | undefined)[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401).end('{"code":"INVALID_TOKEN"}');
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const target = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/file`;
    const zohoApi = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(302, { location: target }).end();
    }).listen(0, '127.0.0.1');
    await once(zohoApi, 'listening');
    const origin = `http://127.0.0.1:${(zohoApi.address() as AddressInfo).port}`;
    const client = createZohoClient({
      connection: 'crm-prod',
      metrics: 'off',
      secretsManagerClient: new SecretsManagerClient(deployment.aws.clientConfig('secretsmanager')),
      fetch: (input, init) => fetch(new URL(new URL(String(input)).pathname, origin), init),
      clock: { now: () => deployment.clock.now(), sleep: () => Promise.resolve() },
    });

    deployment.aws.secretsManager.resetCalls();
    const response = await client.fetch('/crm/v8/files/1');

    const readsOfToken = deployment.aws.secretsManager.calls.filter(({ operation, secret }) => {
      return operation === 'GetSecretValue' && secret === 'zoho/crm-prod/access-token';
    }).length;
    elsewhere.close();
    zohoApi.close();
    await deployment.close();
    expect(response.status).toBe(401);
    expect(seen).toEqual([expect.stringMatching(/^Zoho-oauthtoken /), undefined]);
    expect(readsOfToken).toBe(1);
  });
});
