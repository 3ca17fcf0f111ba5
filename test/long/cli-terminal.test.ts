import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../sandbox/deployment/clock.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import type { ClientCredentials } from '../../sandbox/zoho/zoho-simulator.ts';
import { freePort, isFree } from '../support/free-port.ts';

const CONNECTIONS = { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } } as const;
const CTRL_C = '\u0003';
const ENTER = '\r';
const SHOW_CURSOR = '\u001b[?25h';
/** As `script` makes a terminal, and as a command has to leave it. */
const IN_ORDER = ['isig', 'icanon', 'echo'];

const NO_SCRIPT =
  'skipped for want of a pseudo-terminal: `script` of util-linux (apt-get install bsdutils), not on Windows or macOS';
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

  beforeEach(async () => {
    server = await startSandboxServer({ clock: realClock, connections: CONNECTIONS });
    client = server.deployment.zoho.registerClient({ dataCenter: 'eu' });
    port = await freePort();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await server.close();
  });

  it('shows no character of a client secret that is typed, and gets all of them', async () => {
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
    expect(storedCredentials()).toMatchObject({ client_secret: client.clientSecret });
    expect(fragmentsOf(client.clientSecret).filter((part) => terminal.screen().includes(part))).toEqual([]);
  });

  it('Ctrl-C at a question: nothing is changed, exit code 1, and the terminal is as it was', async () => {
    server.deployment.authorize('crm-prod');
    const before = storedText();
    const terminal = authorizeInTerminal();

    await terminal.until(/Use the client/);
    terminal.type('n');
    await terminal.until(/Client id/);
    terminal.type(client.clientId + ENTER);
    await terminal.until(/Client secret/);
    terminal.type('half a sec');
    terminal.type(CTRL_C);
    await terminal.ended;

    const screen = terminal.screen();
    expect(screen).toContain('Cancelled. Nothing was changed.');
    expect(screen).toContain('exit code 1');
    expect(terminal.modes()).toEqual(expect.arrayContaining(IN_ORDER));
    expect(screen.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(screen.lastIndexOf('\u001b[?25l'));
    expect(storedText()).toBe(before);
  });

  it('Ctrl-C while the browser is waited for: nothing is changed, exit code 1, the port is free', async () => {
    server.deployment.authorize('crm-prod');
    const before = storedText();
    const { clientId, clientSecret } = client;
    const terminal = authorizeInTerminal({ ZOHO_CLIENT_ID: clientId, ZOHO_CLIENT_SECRET: clientSecret });

    await terminal.until(/Waiting for the consent/);
    terminal.type(CTRL_C);
    await terminal.ended;

    expect(terminal.screen()).toContain('Cancelled. Nothing was changed.');
    expect(terminal.screen()).toContain('exit code 1');
    expect(terminal.modes()).toEqual(expect.arrayContaining(IN_ORDER));
    expect(storedText()).toBe(before);
    expect(await isFree(port)).toBe(true);
  });

  function authorizeInTerminal(environment: Readonly<Record<string, string>> = {}) {
    const redirectUri = `http://127.0.0.1:${port}/callback`;
    const command = `"$NODE" cli/zoho-tokens.mjs authorize crm-prod --no-browser --redirect-uri ${redirectUri}`;
    // A Ctrl-C reaches the shell too, and not every shell would outlive it to tell the exit code.
    const script = `trap : INT; ${command}; echo "exit code $?"; stty -a`;
    const child = spawn('script', ['-qec', script, '/dev/null'], {
      env: {
        ...process.env,
        ...server.environment,
        SHELL: '/bin/sh',
        NODE: process.execPath,
        ...environment,
      },
      stdio: 'pipe',
    });
    children.push(child);
    return terminalOf(child);
  }

  function storedText(): string {
    return server.deployment.aws.secretsManager.store.currentText('zoho/crm-prod/credentials') ?? '';
  }

  function storedCredentials(): unknown {
    return JSON.parse(storedText());
  }
});

/** A person at a terminal: sees the screen and types. */
function terminalOf(child: ChildProcess) {
  let screen = '';
  const waiting = new Set<() => void>();
  const ended = once(child, 'close');
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      for (const look of waiting) look();
    });
  }
  return {
    ended,
    screen: () => screen,
    /** The modes of the terminal after the command, as `stty -a` says; those that are off begin with a minus. */
    modes: () => screen.slice(screen.indexOf('exit code')).split(/[\s;]+/),
    type: (keys: string) => void child.stdin?.write(keys),
    until: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(screen);
          if (match !== null) resolve(match);
        };
        waiting.add(look);
        look();
        ended.then(() => reject(new Error(`It ended without ${pattern}:\n${screen}`)));
      }),
  };
}

/** Every four characters of a text that stand together: fewer might be there by chance. */
function fragmentsOf(text: string): string[] {
  return Array.from({ length: text.length - 3 }, (_, start) => text.slice(start, start + 4));
}
