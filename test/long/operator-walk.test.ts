import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../lambdas/adapters/system-clock.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import { CLI_ACTIONS } from '../support/operator-policy.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const runbooks = readdirSync(join(root, 'docs/runbooks')).map((name) => `docs/runbooks/${name}`);
/** Commands that exit with another code than 0, because they report something, or because no invite awaits an answer. */
const EXIT_CODES: Readonly<Record<string, number>> = { audit: 1, mint: 1, confirm: 1, reject: 1 };

let server: SandboxServer;
let proxy: RecordingProxy;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  server = await startSandboxServer({
    clock: systemClock,
    connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
    consent: {},
  });
  proxy = await startRecordingProxy(server.origin);
  folder = mkdtempSync(join(tmpdir(), 'operator-walk-'));
  await installCli(folder);
  const { clientId, clientSecret } = server.deployment.zoho.registerClient({ dataCenter: 'eu' });
  environment = {
    ...server.environment,
    AWS_ENDPOINT_URL: proxy.origin,
    ZOHO_CLIENT_ID: clientId,
    ZOHO_CLIENT_SECRET: clientSecret,
    PATH: `${folder}:${process.env.PATH}`,
    HOME: folder,
    BROWSER: fileURLToPath(new URL('../support/consenting-browser.mjs', import.meta.url)),
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  await server.tick();
});
afterAll(async () => {
  await Promise.all([proxy?.close(), server?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the documented commands in a shell, each once and all but curl's hosts and the second region unchanged, against the sandbox server. */
describe('the commands', () => {
  // `cli-stores.test.ts` and `cli-adopt-fleet.test.ts` run those of a fleet, `cli-init.test.ts` the one that writes an app.
  const isElsewhere = (line: string) => / (?:tenant-\d+|init|--credentials-table)\b/.test(line);
  const commandsOf = (path: string) => commandsIn(read(path)).filter((line) => !isElsewhere(line));
  const ofOperating = commandsOf('docs/operating.md');
  const ofReadme = commandsOf('README.md');
  const ofRunbooks = commandsIn(runbooks.map(read).join('\n'))
    .filter((line) => !isElsewhere(line))
    .filter((line) => !ofOperating.includes(line))
    .sort((one, other) => rankOf(one) - rankOf(other));

  it('of README are among those of docs/operating.md', () => {
    expect(ofReadme.filter((line) => !ofOperating.includes(line))).toEqual([]);
  });

  it.each(ofOperating)('of docs/operating.md work: %s', async (line) => {
    const { exitCode, output } = await runInShell(line);

    expect(exitCode, output).toBe(exitCodeOf(line));
  });

  it('leave one healthy connection, and a disconnected one that can be restored', async () => {
    const { output } = await runInShell('zoho-tokens status --json');
    const disconnected = await server.deployment.readConnection('crm-acme');
    const again = await runInShell('zoho-tokens connect crm-acme --data-center eu');

    expect(JSON.parse(output).connections).toMatchObject([{ connection: 'crm-prod', health: 'good' }]);
    expect(disconnected).toMatchObject({ status: 'disabled', lastFailure: { code: 'disconnected' } });
    expect(again).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('restored: zoho/crm-acme'),
    });
  });

  it.each(ofRunbooks)('of the runbooks work: %s', async (line) => {
    const { exitCode, output } = await runInShell(line);

    expect(exitCode, output).toBe(exitCodeOf(line));
  });

  it('that takes over what an earlier deployment left behind works', async () => {
    server.deployment.aws.secretsManager.store.create({
      name: 'zoho/left-behind/credentials',
      kmsKeyId: 'arn:aws:kms:eu-west-1:000000000000:key/earlier',
      tags: new Map([['application', 'zoho-token-refresher']]),
      value: secretText(
        '{"client_id":"1000.A","client_secret":"b","refresh_token":"1000.c.d","data_center":"eu"}',
      ),
    });

    const { exitCode, output } = await runInShell('zoho-tokens adopt left-behind');

    expect(exitCode, output).toBe(0);
    expect(output).toContain('done: left-behind: re-encrypt zoho/left-behind/credentials');
  });

  it('that deletes the secrets of a throw-away deployment works', async () => {
    const { exitCode, output } = await runInShell('zoho-tokens delete-secrets --force --confirm zoho');

    expect(exitCode, output).toBe(0);
    const left = server.deployment.aws.secretsManager.store.all().map(({ name }) => name);
    expect(left).toEqual(['zoho/crm-prod/access-token']);
  });

  it('need exactly the permissions of the documented policy', () => {
    const notInSandbox = CLI_ACTIONS.filter((action) => action.startsWith('iam:'));

    const asked = new Set([...proxy.actions, ...notInSandbox]);
    // It needs no permission.
    asked.delete('sts:GetCallerIdentity');

    expect([...asked].sort()).toEqual([...CLI_ACTIONS].sort());
  });
});

/** A client is added before others use it, and nothing works with what is revoked. */
function rankOf(line: string): number {
  const isAboutInvites = / (?:invites|confirm|reject|cancel) /.test(line);
  return (
    Number(line.includes(' revoke ')) + Number(isAboutInvites) / 2 - Number(line.includes(' client add '))
  );
}

/** The `zoho-tokens` commands in bash blocks, without comments, each once. */
function commandsIn(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/```bash\n([\s\S]+?)```/g)].map(([, block = '']) => block);
  return blocks
    .flatMap((block) => block.replace(/([|\\])\n\s*/g, '$1 ').split('\n'))
    .map((line) => line.trim())
    .filter((line) => /^(npx )?zoho-tokens /.test(line))
    .map((line) => line.replace(/\s+#.*$/, '').replace(/^npx /, ''))
    .filter((line, index, all) => all.indexOf(line) === index);
}

function exitCodeOf(line: string): number {
  const command = /zoho-tokens (\w+)/.exec(line)?.[1] ?? '';
  return EXIT_CODES[command] ?? 0;
}

async function installCli(target: string): Promise<void> {
  const bundle = join(root, 'node_modules/.cache/zoho-token-refresher/operator-walk.mjs');
  mkdirSync(join(bundle, '..'), { recursive: true });
  await build({
    entryPoints: [join(root, 'cli/main.ts')],
    outfile: bundle,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
  });
  writeFileSync(join(target, 'zoho-tokens'), `#!/bin/sh\nexec "${process.execPath}" "${bundle}" "$@"\n`);
  chmodSync(join(target, 'zoho-tokens'), 0o755);
}

/** curl cannot be redirected by its environment: the sandbox serves Zoho's hosts below its own address. It has one region. */
function runInShell(line: string): Promise<{ exitCode: number; output: string }> {
  const local = line
    .replace(/https:\/\/(www\.zohoapis\.\w+)/, `${server.origin}/zoho/$1`)
    .replace(' --region eu-central-1', '');
  return new Promise((resolve) => {
    execFile('bash', ['-c', `set -o pipefail; ${local}`], { env: environment }, (error, stdout, stderr) => {
      const exitCode = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ exitCode, output: line.includes('--json') ? stdout : `${stdout}${stderr}` });
    });
  });
}
