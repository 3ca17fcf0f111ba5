import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../lambdas/adapters/system-clock.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import type { ClientCredentials } from '../../sandbox/zoho/zoho-simulator.ts';
import { freePort, isFree } from '../support/free-port.ts';

const CONNECTIONS = { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } } as const;
const CTRL_C = '\u0003';
const ENTER = '\r';
const SHOW_CURSOR = '\u001b[?25h';
const HIDE_CURSOR = '\u001b[?25l';
/** Terminal modes that a command must restore. */
const NORMAL_MODES = ['isig', 'icanon', 'echo'];

const NO_SCRIPT =
  'skipped: needs `script` of util-linux for a pseudo-terminal (apt-get install bsdutils; not on Windows or macOS)';
const hasScript = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');
if (!hasScript) {
  console.warn(NO_SCRIPT);
  it.skip(NO_SCRIPT);
}

describe.skipIf(!hasScript)('zoho-tokens in a terminal', () => {
  const children: ChildProcess[] = [];
  let server: SandboxServer;
  let client: ClientCredentials;
  let port: number;
  let config: string;

  beforeEach(async () => {
    server = await startSandboxServer({ clock: systemClock, connections: CONNECTIONS });
    client = server.deployment.zoho.registerClient({ dataCenter: 'eu' });
    port = await freePort();
    config = mkdtempSync(join(tmpdir(), 'zoho-tokens-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await server.close();
    rmSync(config, { recursive: true });
  });

  it('reads a client secret without showing any of it', async () => {
    confirmAccount();
    const terminal = authorizeInTerminal();

    await terminal.until(/Client id/);
    terminal.type(client.clientId + ENTER);
    await terminal.until(/Client secret/);
    for (const key of client.clientSecret) terminal.type(key);
    terminal.type(ENTER);
    const [, consentPage = ''] = await terminal.until(/(http:\S+\/oauth\/v2\/auth\?\S+)/);
    await fetch(consentPage, { method: 'POST', body: new URLSearchParams({ decision: 'accept' }) });
    await terminal.ended;

    expect(terminal.screen()).toContain('exit code 0');
    expect(JSON.parse(storedText())).toMatchObject({ client_secret: client.clientSecret });
    expect(fragmentsOf(client.clientSecret).filter((part) => terminal.screen().includes(part))).toEqual([]);
  });

  it('asks once whether the account is the right one, and no is the default', async () => {
    const [refused, confirmed] = [authorizeInTerminal(), authorizeInTerminal()];
    await refused.until(/Is it the right account/);
    refused.type(ENTER);
    await refused.ended;
    await confirmed.until(/Is it the right account/);
    confirmed.type('y');
    await confirmed.until(/Client id/);

    const again = authorizeInTerminal();
    await again.until(/Client id/);

    expect(refused.screen()).toContain('Cancelled. Nothing was changed.');
    expect(readFileSync(accountsFile(), 'utf8')).toContain('000000000000');
    expect(again.screen()).toContain('deployment zoho in account 000000000000, eu-west-1');
    expect(again.screen()).not.toContain('Is it the right account');
  });

  it.each<[when: string, hasClient: boolean, steps: [until: RegExp, type: () => string][]]>([
    [
      'at a question',
      false,
      [
        [/Use the current client/, () => 'n'],
        [/Client id/, () => client.clientId + ENTER],
        [/Client secret/, () => `half a sec${CTRL_C}`],
      ],
    ],
    ['while waiting for the browser', true, [[/Paste the address/, () => CTRL_C]]],
  ])(
    'Ctrl-C %s changes nothing, exits with 1, and restores terminal and port',
    async (_, hasClient, steps) => {
      confirmAccount();
      server.deployment.authorize('crm-prod');
      const before = storedText();
      const { clientId: ZOHO_CLIENT_ID, clientSecret: ZOHO_CLIENT_SECRET } = client;
      const terminal = authorizeInTerminal(hasClient ? { ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET } : {});

      for (const [pattern, keys] of steps) {
        await terminal.until(pattern);
        terminal.type(keys());
      }
      await terminal.ended;

      const screen = terminal.screen();
      expect(screen).toContain('Cancelled. Nothing was changed.');
      expect(screen).toContain('exit code 1');
      expect(terminal.modes()).toEqual(expect.arrayContaining(NORMAL_MODES));
      if (screen.includes(HIDE_CURSOR))
        expect(screen.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(screen.lastIndexOf(HIDE_CURSOR));
      expect(storedText()).toBe(before);
      expect(await isFree(port)).toBe(true);
    },
  );

  function authorizeInTerminal(environment: Readonly<Record<string, string>> = {}) {
    const redirectUri = `http://127.0.0.1:${port}/callback`;
    const command = `"$NODE" cli/zoho-tokens.mjs authorize crm-prod --no-browser --redirect-uri ${redirectUri}`;
    // Ctrl-C reaches the shell too, and some shells would end without printing the exit code.
    const script = `trap : INT; ${command}; echo "exit code $?"; stty -a`;
    const child = spawn('script', ['-qec', script, '/dev/null'], {
      env: {
        ...process.env,
        ...server.environment,
        SHELL: '/bin/sh',
        NODE: process.execPath,
        XDG_CONFIG_HOME: config,
        ...environment,
      },
      stdio: 'pipe',
    });
    children.push(child);
    return terminalOf(child);
  }

  const accountsFile = () => join(config, 'zoho-token-refresher', 'accounts.json');

  function confirmAccount(): void {
    mkdirSync(join(accountsFile(), '..'));
    writeFileSync(accountsFile(), '{"accounts":["000000000000"]}');
  }

  function storedText(): string {
    return server.deployment.aws.secretsManager.store.currentText('zoho/crm-prod/credentials') ?? '';
  }
});

/** The screen and the keyboard of a child process. */
function terminalOf(child: ChildProcess) {
  let screen = '';
  const waiting = new Set<() => void>();
  const ended = once(child, 'close');
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      for (const check of waiting) check();
    });
  }
  return {
    ended,
    screen: () => screen,
    /** The terminal's modes after the command, from `stty -a`. A disabled mode starts with a minus. */
    modes: () => screen.slice(screen.indexOf('exit code')).split(/[\s;]+/),
    type: (keys: string) => void child.stdin?.write(keys),
    until: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const check = () => {
          const match = pattern.exec(screen);
          if (match !== null) resolve(match);
        };
        waiting.add(check);
        check();
        ended.then(() => reject(new Error(`It ended without ${pattern}:\n${screen}`)));
      }),
  };
}

/** All substrings of four characters. Shorter ones may occur by chance. */
function fragmentsOf(text: string): string[] {
  return Array.from({ length: text.length - 3 }, (_, start) => text.slice(start, start + 4));
}
