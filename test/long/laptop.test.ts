import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../lambdas/adapters/system-clock.ts';
import { FAULT_EXAMPLES } from '../../sandbox/serve/fault-requests.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import { readSnippets, type Snippet } from '../support/document-snippets.ts';
import { guarded, runServed } from '../support/served-snippet.ts';
import { runShell, whyNoShell } from '../support/shell-snippet.ts';
import { whyNoPython } from '../support/snippet-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const documentAt = (path: string) => new URL(`../../${path}`, import.meta.url);
const snippets = new Map(
  ['consuming-tokens', 'http-clients', 'laptop'].flatMap((name) => [
    ...readSnippets(documentAt(`docs/${name}.md`)),
  ]),
);
const others = new Map([...snippets].filter(([name]) => name === 'call-zoho'));
const REVOKED = { kind: 'revoke-token', connection: 'crm-prod' };

let server: SandboxServer;
let environment: Readonly<Record<string, string>>;
let token: string;
beforeEach(async () => {
  server = await startSandboxServer({
    clock: systemClock,
    connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
  });
  server.deployment.authorize('crm-prod');
  await server.tick();
  environment = server.environment;
  token = server.deployment.readToken('crm-prod')?.access_token ?? '';
});
afterEach(() => server.close());

function snippetOf(name: string): Snippet {
  const snippet = snippets.get(name);
  if (snippet === undefined) throw new Error(`no document has the snippet "${name}"`);
  return snippet;
}

describe('with the exports of the sandbox, and unchanged', () => {
  it.each(['client', 'client-middy', 'powertools', 'middy'])('the example %s calls it', async (name) => {
    const { results } = await runServed(snippetOf(name), { environment });

    expect(results).toEqual([{ data: [] }]);
  });

  it("the README's example calls it, whatever goes wrong there", async () => {
    const readme = readFileSync(documentAt('README.md'), 'utf8');
    const [, code = ''] = /```js\n([\s\S]+?)```/.exec(readme) ?? [];

    const { results } = await runServed(
      { language: 'js', code },
      {
        environment,
        faults: [
          REVOKED,
          { kind: 'missing-scope', times: 1 },
          { kind: 'aws-denied', service: 'secretsmanager' },
          { kind: 'aws-hang', service: 'lambda' },
        ],
      },
    );

    const served = { data: [] };
    expect(results).toEqual([
      served,
      served,
      expect.objectContaining({ code: 'OAUTH_SCOPE_MISMATCH' }),
      served,
      served,
    ]);
  });

  it('a call fails when the sandbox stops in the middle of it', async () => {
    let calls = 0;
    server.deployment.zoho.onApiRequest(() => {
      calls += 1;
      if (calls === 1) return undefined;
      setImmediate(() => void server.close());
      return { kind: 'hang' };
    });

    const { results } = await runServed(snippetOf('client'), { environment, faults: [REVOKED] });

    expect(results).toEqual([{ data: [] }, expect.objectContaining({ error: 'TypeError: fetch failed' })]);
  });

  describe.skipIf(whyNoPython() !== undefined)('the Python example', () => {
    it('calls it, and handles a rejected token', async () => {
      const { results } = await runServed(snippetOf('python'), { environment, faults: [REVOKED] });

      expect(results).toEqual([{ data: [] }, { data: [] }]);
    });

    it.each(['http://127.0.0.1.evil.example:80', 'http://user@127.0.0.1:80', 'https://evil.example'])(
      'refuses to send a token to %s',
      async (endpoint) => {
        const run = runServed(snippetOf('python'), {
          environment: { ...environment, ZOHO_API_ENDPOINT: endpoint },
        });

        await expect(run).rejects.toThrow('ZOHO_API_ENDPOINT must be on this machine');
      },
    );
  });

  describe.skipIf(whyNoShell() !== undefined)('the shell examples', () => {
    let tools: string;
    beforeAll(() => {
      tools = mkdtempSync(join(tmpdir(), 'laptop-tools-'));
      const npx = `#!/bin/sh\nshift\nexec "${process.execPath}" --import "${import.meta.resolve('tsx')}" "${root}cli/main.ts" "$@"\n`;
      writeFileSync(join(tools, 'npx'), npx);
      chmodSync(join(tools, 'npx'), 0o755);
    });
    afterAll(() => rmSync(tools, { recursive: true, force: true }));

    const inShell = (changes: Record<string, string> = {}) => {
      const env = guarded({ ...environment, ...changes });
      return { ...env, PATH: `${tools}:${env.PATH}` };
    };

    it.each(['shell', 'faults', 'curl'])(
      '%s: calls no other machine, with no token as an argument',
      async (name) => {
        const { stdout, argv } = await runShell(snippetOf(name).code, { env: inShell(), routes: {} });

        const hosts = argv.filter((arg) => /^https?:/.test(arg)).map((arg) => new URL(arg).hostname);
        expect(new Set(hosts)).toEqual(new Set(['127.0.0.1']));
        if (name !== 'faults') expect(JSON.parse(stdout)).toEqual({ data: [] });
        expect(argv.join('\n')).not.toContain(token);
      },
    );

    it('shell: an endpoint that is not on this machine is refused, and no token is sent', async () => {
      const env = inShell({ ZOHO_API_ENDPOINT: 'http://127.0.0.1.evil.example:80' });

      await expect(runShell(snippetOf('shell').code, { env, routes: {} })).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining('ZOHO_API_ENDPOINT must be on this machine'),
      });
    });

    it('postman: the file can be read by its owner only', async () => {
      const file = 'crm-prod.postman_environment.json';
      const code = `${snippetOf('postman').code}stat -c %a ${file}; cat ${file}`;

      const { stdout } = await promisify(execFile)('bash', ['-euc', code], { cwd: tools, env: inShell() });

      const [mode, ...json] = stdout.split('\n');
      expect(mode).toBe('600');
      expect(JSON.parse(json.join('\n')).values).toMatchObject([
        { key: 'token', value: token, type: 'secret' },
        { key: 'api-domain', value: `${server.origin}/zoho/www.zohoapis.eu` },
        { key: 'accounts-url' },
        { key: 'expires-at' },
      ]);
    });
  });
});

it('the guide lists every fault as the home page does', () => {
  const guide = readFileSync(documentAt('docs/laptop.md'), 'utf8');

  for (const { body } of FAULT_EXAMPLES) expect(guide).toContain(`| \`${JSON.stringify(body)}\` |`);
});

describe('the example with another HTTP client', () => {
  const SERVED = { data: [] };

  it.each(['ky', 'openapi-fetch', 'axios', 'got'])(
    '%s: a rejected token is replaced once, a missing scope is returned, and both are counted',
    async (name) => {
      const faults = [REVOKED, { kind: 'missing-scope', times: 1 }];

      const { results } = await runServed(snippetOf(name), { environment, others, faults });

      expect(results).toEqual([
        SERVED,
        SERVED,
        expect.objectContaining({ error: expect.stringContaining('401') }),
      ]);
      expect(unauthorized()).toEqual({ SampleCount: 4, Sum: 2 });
    },
  );

  it("zoho-sdk: Zoho's own SDK reads a module with it, and a rejected token is replaced once", async () => {
    const { results } = await runServed(snippetOf('zoho-sdk'), { environment, others, faults: [REVOKED] });

    expect(results).toEqual([200, 200]);
    expect(unauthorized()).toEqual({ SampleCount: 3, Sum: 1 });
  });

  it.each(['ky', 'openapi-fetch', 'axios', 'got', 'zoho-sdk'])(
    '%s: an error of the network does not contain the token',
    async (name) => {
      const unreachable = { ...environment, ZOHO_API_ENDPOINT: 'http://127.0.0.1:9' };

      const { results, output } = await runServed(snippetOf(name), { environment: unreachable, others });

      expect(results).toEqual([expect.objectContaining({ error: expect.any(String) })]);
      expect(output).toContain('at ');
      expect(output).not.toContain(token);
    },
  );

  function unauthorized() {
    const metric = {
      namespace: 'ZohoTokenRefresher',
      name: 'Unauthorized',
      dimensions: { service: 'zoho', connection: 'crm-prod' },
    };
    const hour = 3_600_000;
    const window = { startMs: Date.now() - hour, endMs: Date.now() + hour, periodMs: 2 * hour };
    const total = (statistic: 'SampleCount' | 'Sum') =>
      server.aws.cloudWatch.metrics.read(metric, window, statistic)[0]?.value;
    return { SampleCount: total('SampleCount'), Sum: total('Sum') };
  }
});
