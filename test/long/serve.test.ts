import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, describe, expect, it } from 'vitest';

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'sandbox/main.ts', ...args], { stdio: 'pipe' });
  children.push(child);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const until = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(lines.join('\n'));
        if (match !== null) resolve(match);
      };
      waiting.add(look);
      look();
      ended.then(() => reject(new Error(`It ended without ${pattern}:\n${lines.join('\n')}`)));
    });
  return { child, lines, ended, until };
}

describe('npm start -- --serve', () => {
  it('says how it is used, answers there, tells what happens, and ends with Ctrl-C', async () => {
    const { child, lines, ended, until } = start('--serve', '--port', '0');
    const [, origin = ''] = await until(/^export AWS_ENDPOINT_URL=(\S+)$/m);
    const [, clientId = '', clientSecret = ''] = await until(
      /^crm-eu +eu +client id (\S+) +client secret (\S+)$/m,
    );
    await until(/crm-eu +waiting for credentials: no_credentials/);
    await until(/ready: the connections that are authorized have a token/);
    expect(lines.filter((line) => /WARNING|No one is notified/.test(line))).toEqual([]);

    const consent = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      scope: 'ZohoCRM.modules.ALL',
      redirect_uri: 'http://127.0.0.1:8000/callback',
      access_type: 'offline',
    });
    const accounts = `${origin}/zoho/accounts.zoho.eu/oauth/v2`;
    const accepted = await fetch(`${accounts}/auth?${consent}`, {
      method: 'POST',
      body: new URLSearchParams({ decision: 'accept' }),
      redirect: 'manual',
    });
    const code = new URL(accepted.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const exchange = {
      grant_type: 'authorization_code',
      client_id: clientId,
      client_secret: clientSecret,
      code,
    };
    const answer = await fetch(`${accounts}/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...exchange, redirect_uri: 'http://127.0.0.1:8000/callback' }),
    });
    const { refresh_token } = (await answer.json()) as Record<string, string>;

    const secrets = new SecretsManagerClient({
      endpoint: origin,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    });
    const credentials = {
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token,
      data_center: 'eu',
    };
    await secrets.send(
      new CreateSecretCommand({
        Name: 'zoho/crm-eu/credentials',
        SecretString: JSON.stringify(credentials),
      }),
    );
    const { SecretString } = await secrets.send(
      new GetSecretValueCommand({ SecretId: 'zoho/crm-eu/credentials' }),
    );
    secrets.destroy();
    child.kill('SIGINT');

    expect(await ended).toBe(0);
    expect(JSON.parse(SecretString ?? '')).toEqual(credentials);
    expect(refresh_token).toMatch(/^1000\./);
    expect(lines).toContain(`export ZOHO_SANDBOX_URL=${origin}/zoho`);
    expect(lines.join('\n')).not.toContain(refresh_token);
  });

  it('says in one line that the port is in use, and ends with 1', async () => {
    const { other, port } = await occupyPort();

    const { ended, lines } = start('--serve', '--port', String(port));
    const code = await ended;
    other.close();

    expect(code).toBe(1);
    expect(lines).toEqual([
      `Port ${port} of 127.0.0.1 is in use. Stop the process that uses it, or choose another with --port (0 for any free port).`,
    ]);
  });
});

/** Listens on a port. The next one, which the pages for invites take, is free. */
async function occupyPort(): Promise<{ readonly other: Server; readonly port: number }> {
  for (;;) {
    const other = await listen(0);
    if (other === undefined) continue;
    const { port } = other.address() as AddressInfo;
    const next = await listen(port + 1);
    next?.close();
    if (next !== undefined) return { other, port };
    other.close();
  }
}

/** Undefined if the port is in use. */
function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
