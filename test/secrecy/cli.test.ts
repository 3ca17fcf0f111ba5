import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseJsonObject } from '../../lambdas/core/json.ts';
import { awsFault } from '../../sandbox/aws/aws-error.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { startZohoTokens } from '../support/cli-process.ts';
import { freeRedirectUri, visitor } from '../support/consent-visitor.ts';
import { InvitesDesk } from '../support/invites-desk.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import type { CliRunOptions } from '../support/run-zoho-tokens.ts';
import { Canary } from './canary.ts';
import { CanaryRecorder } from './recorder.ts';

const canary = new Canary();
const recorder = new CanaryRecorder();

const desk = await OperatorDesk.open(undefined, {}, {});
afterAll(() => desk.close());

type Options = Partial<CliRunOptions>;
/** Zoho as it is reached by the command line; every secret that goes there or comes back is watched for. */
const watchedFetch: typeof fetch = async (url, init) => {
  for (const [name, value] of new URLSearchParams(String(init?.body))) watch(name, value);
  const answer = await fetch(url, init);
  const json = parseJsonObject(await answer.clone().text()) ?? {};
  for (const [name, value] of Object.entries(json)) watch(name, String(value));
  return answer;
};

function watch(name: string, value: string): void {
  if (/secret|token$|code/.test(name) && value.length > 30) canary.watchFor(name, value);
}

/** Runs a command line and keeps everything that it says. */
async function listen(args: readonly string[], options: Options = {}) {
  const way = args
    .slice(0, 1)
    .concat(args.filter((arg) => arg.startsWith('--')))
    .join(' ');
  const { value } = await recorder.listenTo(way, () => desk.run(args, { fetch: watchedFetch, ...options }));
  return { exitCode: value?.exitCode, stdout: value?.stdout ?? '', stderr: value?.stderr ?? '' };
}

function clientOf(name = 'client_secret') {
  const client = desk.client();
  watch(name, client.clientSecret);
  return client;
}

async function live() {
  const connection = await desk.live();
  watch('client_secret', connection.clientSecret);
  watch('refresh_token', connection.refreshToken);
  watch('access_token', desk.deployment.readToken(connection.name)?.access_token ?? '');
  return connection;
}

async function authorize(name: string, args: readonly string[] = [], options: Options = {}) {
  const user = visitor('accept', (callback) => {
    watch('code', callback.searchParams.get('code') ?? '');
    return callback;
  });
  const run = await listen(['authorize', name, '--redirect-uri', await freeRedirectUri(), ...args], {
    environment: desk.with(clientOf()),
    openBrowser: user.openBrowser,
    ...options,
  });
  recorder.note('landing page', (await user.landing).html);
  return run;
}

/** What an answer of Zoho's may look like that repeats all that was sent to it. */
const echoes: Readonly<Record<string, (sent: string) => Promise<Response>>> = {
  'as an error': async (sent) => Response.json({ error: sent }),
  'as a description': async (sent) =>
    Response.json({ error: 'general_error', error_description: sent, status: 'failure' }, { status: 400 }),
  'as HTML': async (sent) => new Response(`<html>${sent}</html>`, { status: 500 }),
  'as a redirect': async (sent) =>
    new Response('', { status: 302, headers: { location: `https://elsewhere.example/?${sent}` } }),
  'as a fault of the network': (sent) =>
    Promise.reject(new TypeError(sent, { cause: Object.assign(new Error(sent), { code: sent }) })),
};

const PATHS: Readonly<Record<string, () => Promise<{ exitCode: number | undefined } | undefined>>> = {
  'a consent': async () => authorize((await live()).name),
  'a planned change of scopes': async () =>
    authorize((await live()).name, ['--add-scope', 'ZohoCRM.users.READ', '--revoke-old'], {
      environment: desk.server.environment,
    }),
  'credentials that are put back': async () => {
    const { name, refreshToken } = await live();
    const [{ refreshTokenOrdinal: old } = { refreshTokenOrdinal: 0 }] =
      desk.zoho.tokenCallsWith(refreshToken);
    const lift = desk.zoho.onTokenRequest(({ grantType, refreshTokenOrdinal }) =>
      grantType === 'refresh_token' && refreshTokenOrdinal !== old
        ? { kind: 'error', error: 'invalid_code' }
        : undefined,
    );
    const run = await authorize(name, ['--add-scope', 'ZohoCRM.users.READ'], {
      environment: desk.server.environment,
    });
    lift();
    return run;
  },
  'a write that AWS refuses with the text that was sent': async () => {
    const { name } = await live();
    const client = clientOf();
    desk.secrets.faults.failNext({
      ...{ operation: 'PutSecretValue', error: 'InvalidParameterException' },
      message: `SecretString {"client_secret":"${client.clientSecret}"} is not valid`,
    });
    return await authorize(name, [], { environment: desk.with(client) });
  },
  'a bug, whose text has a secret': async () => {
    const { name, clientSecret } = await live();
    const held = desk.zoho.holdNextCall();
    const refreshing = desk.deployment.refresh(name);
    await held.received;
    const wait = () => Promise.reject(new TypeError(`${clientSecret}\n    at ${clientSecret}`));
    const run = await listen(['refresh', name], { wait });
    held.release();
    await refreshing;
    return run;
  },
  'input that makes no sense': async () => {
    const { name } = await live();
    const { clientId, clientSecret } = clientOf();
    const swapped = JSON.stringify({ client_id: clientSecret, client_secret: clientId });
    const inputs = [
      swapped,
      `{"client_secret":"${clientSecret}"`,
      `${clientId}\n${clientSecret}\n${clientSecret}`,
    ];
    for (const stdin of inputs) await listen(['authorize', name], { stdin });
    return await listen(['authorize', clientSecret]);
  },
  'an import that Zoho refuses': async () => {
    const { refreshToken } = await live();
    const environment = desk.with(clientOf());
    return await listen(['authorize', await desk.pending(), '--import'], {
      environment,
      stdin: refreshToken,
    });
  },
  'a code of a self client, twice': async () => {
    const client = clientOf();
    const code = desk.zoho.issueCode({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
    watch('code', code);
    const args = ['authorize', (await live()).name, '--self-client'];
    await listen(args, { environment: desk.with(client), stdin: code });
    return await listen(args, { environment: desk.with(client), stdin: code });
  },
  'credentials that cannot be parsed': async () => {
    const { name, clientSecret, refreshToken } = await live();
    desk.writeCredentials(name, `{"client_secret":"${clientSecret}","refresh_token":["${refreshToken}"]}`);
    await listen(['refresh', name]);
    await listen(['status', name]);
    return await listen(['revoke', name, '--confirm', name]);
  },
  'a mint while the table is down, and one that IAM denies with the token in its text': async () => {
    const { name } = await live();
    desk.clock.advance(55 * 60_000);
    const restore = desk.table.faults.deny({ operation: '*' }, awsFault('InternalServerError'));
    const args = ['mint-without-table', name, '--confirm', name];
    const minted = await listen(args);
    desk.clock.advance(11 * 60_000);
    desk.secrets.faults.failNext({
      operation: 'PutSecretValue',
      error: 'AccessDeniedException',
      message: desk.deployment.readToken(name)?.access_token ?? '',
    });
    await listen(args);
    restore();
    return minted;
  },
  'doctor and audit, whatever is wrong': async () => {
    const { name, clientSecret, refreshToken } = await live();
    const examine = async (...args: string[]) => {
      for (const json of [[], ['--json']]) {
        await listen(['doctor', name, ...args, ...json]);
        await listen(['audit', ...json]);
      }
    };
    const accessToken = desk.deployment.readToken(name)?.access_token;
    const value = secretText(`{"access_token":"${accessToken}"}`);
    const swapped = { client_id: clientSecret, refresh_token: refreshToken, data_center: refreshToken };
    await examine('--probe-data-centers', '--yes');
    desk.writeCredentials(name, `${clientSecret} ${refreshToken}`);
    await examine();
    desk.writeCredentials(name, JSON.stringify(swapped));
    await desk.deployment.refresh(name);
    expect((await desk.row(name)).lastFailure?.code).toBe('malformed_credentials');
    await examine();
    const allow = desk.secrets.faults.deny({ operation: '*' });
    await examine();
    allow();
    desk.secrets.store.put(`zoho/${name}/access-token`, { value });
    await examine();
    return await listen(['audit']);
  },
  'a shared client, from its first secret to its removal': async () => {
    const [client, other] = [clientOf(), clientOf()];
    const given = (id: string, secret: string) => JSON.stringify({ client_id: id, client_secret: secret });
    const add = (name: string, stdin: string) =>
      listen(['client', 'add', name, '--data-center', 'eu'], { stdin });
    await add('swapped', given(client.clientSecret, client.clientId));
    await add('broken', `{"client_secret":"${client.clientSecret}"`);
    await add('acme', given(client.clientId, client.clientSecret));
    await add('other', given(other.clientId, other.clientSecret));
    const { name } = await live();
    const move = async (to: string, options: Options = {}) => {
      const user = visitor('accept', (callback) => {
        watch('code', callback.searchParams.get('code') ?? '');
        return callback;
      });
      const uri = await freeRedirectUri();
      return await listen(['move', name, '--client', to, '--redirect-uri', uri, '--revoke-old'], {
        ...{ environment: desk.server.environment, openBrowser: user.openBrowser, ...options },
      });
    };
    const moved = await move('acme');
    const renewed = desk.zoho.regenerateSecret(client.clientId);
    watch('client_secret', renewed.clientSecret);
    await desk.deployment.refresh(name);
    await listen(['doctor', name]);
    desk.secrets.faults.failNext({
      ...{ operation: 'UpdateSecretVersionStage', error: 'AccessDeniedException' },
      message: renewed.clientSecret,
    });
    await listen(['client', 'rotate', 'acme'], { stdin: given(client.clientId, renewed.clientSecret) });
    await listen(['client', 'rotate', 'acme'], { stdin: `{"client_secret":["${renewed.clientSecret}"]}` });
    await listen(['client', 'rotate', 'acme'], { stdin: given(other.clientId, renewed.clientSecret) });
    await listen(['client', 'rotate', 'acme'], { stdin: given(client.clientId, renewed.clientSecret) });
    await listen(['client', 'rotate', renewed.clientSecret]);
    await listen(['client', 'remove', 'acme']);
    await listen(['client', 'list', '--json']);
    await move(renewed.clientSecret.slice(0, 64));
    await move('other');
    await listen(['client', 'remove', 'acme', '--confirm', 'acme']);
    return moved;
  },
  'all the rest': async () => {
    const { name } = await desk.connected('acme-1');
    await live();
    for (const args of ['pause', 'resume', 'refresh', 'status', 'revoke', 'disconnect'])
      await listen([args, name, ...(/revoke|disconnect/.test(args) ? ['--confirm', name] : [])]);
    await listen(['status', '--json']);
    return await listen(['connect', name, '--data-center', 'eu', '--scope', SCOPE]);
  },
};

describe('no secret is printed, thrown or shown in the browser', () => {
  it.each(Object.entries(PATHS))('on the path of %s', async (path, walk) => {
    recorder.begin(path);

    const run = await walk();

    expect(run?.exitCode).toBeTypeOf('number');
    expect(recorder.findings(canary, path)).toEqual([]);
  });

  it.each(Object.entries(echoes))(
    'on the path of an answer that repeats what was sent, %s',
    async (how, echo) => {
      recorder.begin(how);
      const { name, refreshToken } = await live();
      const repeating: Options = {
        fetch: (_, init) => {
          for (const [key, value] of new URLSearchParams(String(init?.body))) watch(key, value);
          return echo(String(init?.body));
        },
      };

      const runs = [
        await authorize(name, [], repeating),
        await listen(['authorize', name, '--import'], { ...repeating, stdin: refreshToken }),
        await listen(['revoke', name, '--confirm', name], repeating),
      ];

      expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
      expect(recorder.findings(canary, how)).toEqual([]);
    },
  );

  it('but in what `token` prints, and there the search finds it', async () => {
    const { name } = await live();
    const found: string[] = [];

    for (const format of ['plain', 'env', 'header', 'json']) {
      recorder.begin(`token ${format}`);
      const { stdout, stderr } = await listen(['token', name, '--format', format]);
      expect(canary.find(stderr)).toEqual([]);
      found.push(...canary.find(stdout).map(({ secret }) => secret));
      expect(recorder.findings(canary, `token ${format}`)[0]).toContain('token --format, result');
    }

    expect(found).toEqual(['access_token', 'access_token', 'access_token', 'access_token']);
  });

  it('but the link of an invite in what `invite` prints, once, and nowhere else', async () => {
    const api = await InvitesDesk.open(desk);
    onTestFinished(() => api.close());
    api.addClient('inviting');
    const environment = api.environment;
    const newState = () => randomBytes(32).toString('base64url');
    const invite = async (name: string, ...args: string[]) => {
      const run = await desk.run(
        ['invite', name, '--client', 'inviting', '--expect-email', 'a@b.example', ...args],
        { environment, newState },
      );
      const [url = '', secret = ''] = /http:\/\/\S+\/i\/[\w-]{22}\.([\w-]{43})/.exec(run.stdout) ?? [];
      canary.watchFor('invite_secret', secret);
      expect(run.stdout.split(secret)).toHaveLength(2);
      expect(canary.find(run.stderr)).toEqual([]);
      return url;
    };
    const tell = (...args: string[]) => listen(args, { environment, newState });
    recorder.begin('invites');
    const { name } = await live();

    const urls = [await invite(name), await invite(name, '--json'), await invite(name)];
    await api.visit(urls[0] ?? '');
    await api.visit(urls[1] ?? '');
    for (const json of [[], ['--json']])
      for (const command of ['invites', 'status', 'doctor', 'audit'])
        await tell(command, ...(command === 'audit' ? [] : [name]), ...json);
    for (const command of ['invites', 'confirm', 'reject', 'cancel', 'invite', 'disconnect', 'status'])
      await tell(command, urls[2] ?? '');
    const { invites } = JSON.parse((await desk.run(['invites', name, '--json'], { environment })).stdout) as {
      invites: readonly { id: string; status: string }[];
    };
    const [one, other] = invites.filter(({ status }) => status === 'awaiting').map(({ id }) => id);
    api.next = () => {
      throw new TypeError(urls[2]);
    };
    await tell('invites', name);
    const confirmed = await tell('confirm', '--confirm', name, '--', one ?? '');
    const rejected = await tell('reject', '--confirm', name, '--', other ?? '');
    const cancelled = await tell('cancel', name);

    expect([confirmed, rejected, cancelled].map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    watch('refresh_token', desk.credentials(name).refresh_token ?? '');
    expect(recorder.findings(canary, 'invites')).toEqual([]);
  });

  it('and the search finds a secret in base64, in a URL and in JSON', async () => {
    const { clientSecret } = await live();
    const { stringify } = JSON;
    const base64 = Buffer.from(`x${clientSecret}`).toString('base64');
    const disguised = [base64, encodeURI(clientSecret), stringify(stringify({ clientSecret }))];

    const found = disguised.map((text) => canary.find(`error: ${text}`).map(({ secret }) => secret));

    expect(found).toEqual(disguised.map(() => ['client_secret']));
  });
});

describe('a process', () => {
  it('has no secret in its arguments or its output, and leaves none in a file', async () => {
    recorder.begin('a process');
    const home = mkdtempSync(join(tmpdir(), 'zoho-tokens-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const [{ name }, client] = [await live(), clientOf()];
    const refreshToken = desk.zoho.grant({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
    watch('refresh_token', refreshToken);
    const held = desk.zoho.holdNextCall({ refreshToken });
    const folders = { HOME: home, USERPROFILE: home, TMPDIR: home, TEMP: home };

    const child = startZohoTokens(['authorize', name, '--import'], {
      environment: { PATH: process.env.PATH, ...desk.with(client), ...folders },
      stdin: refreshToken,
    });
    await held.received;
    const argumentsFile = `/proc/${child.pid}/cmdline`;
    if (existsSync(argumentsFile)) recorder.note('arguments', readFileSync(argumentsFile, 'utf8'));
    held.release();
    const code = await child.ended;
    watch('access_token', desk.deployment.readToken(name)?.access_token ?? '');
    recorder.note('output', child.stdout() + child.stderr());
    recorder.noteFiles('file', home);

    expect(code).toBe(0);
    expect(recorder.findings(canary, 'a process')).toEqual([]);
  });
});
