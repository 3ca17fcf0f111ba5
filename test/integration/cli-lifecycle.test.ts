import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { registerConnection } from '../../lambdas/core/connection/connection.ts';
import { createAwsClientsWithoutTimeouts } from '../../sandbox/deployment/aws-clients-without-timeouts.ts';
import { freeRedirectUri, person } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

let desk: OperatorDesk;

beforeAll(async () => {
  desk = await OperatorDesk.open();
});

afterAll(() => desk.close());

const secret = (name: string, kind: string) => desk.secrets.store.find(`zoho/${name}/${kind}`);
const connect = (name: string, ...more: string[]) =>
  desk.run(['connect', name, '--data-center', 'eu', '--scope', SCOPE, ...more]);
const disconnect = (name: string) => desk.run(['disconnect', name, '--confirm', name]);

/** A refresh that is under way when the command begins, and ends when the command waits for it. */
async function duringRefresh(name: string, args: readonly string[]) {
  const held = desk.zoho.holdNextCall();
  const refreshing = desk.deployment.refresh(name);
  await held.received;
  let waits = 0;
  const run = await desk.run(args, {
    wait: async () => {
      waits += 1;
      held.release();
      await refreshing;
    },
  });
  return { ...run, waits };
}

describe('connect', () => {
  it('makes both secrets, empty, with the key of the stack and what the connection is meant to be', async () => {
    const { exitCode, stdout } = await connect('acme-1', '--scope', 'ZohoCRM.users.READ');

    const tags = {
      application: 'zoho-token-refresher',
      'zoho-token-refresher:data-center': 'eu',
      'zoho-token-refresher:scopes': `${SCOPE} ZohoCRM.users.READ`,
    };
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      'created: zoho/acme-1/credentials\ncreated: zoho/acme-1/access-token\nregistered: acme-1, eu\n',
    );
    for (const kind of ['credentials', 'access-token']) {
      expect(Object.fromEntries(secret('acme-1', kind)?.tags ?? [])).toEqual(tags);
      expect(secret('acme-1', kind)?.kmsKeyId).toMatch(/^arn:aws:kms:.*:key\//);
      expect(secret('acme-1', kind)?.versions.size).toBe(0);
    }
    expect(await desk.row('acme-1')).toMatchObject({ status: 'pending', source: 'connected', generation: 0 });
  });

  it('is followed by a consent to what it was connected for', async () => {
    await connect('acme-2');
    const visitor = person('accept');

    const { exitCode } = await desk.run(['authorize', 'acme-2', '--redirect-uri', await freeRedirectUri()], {
      environment: desk.with(desk.client()),
      openBrowser: visitor.openBrowser,
    });

    expect(exitCode).toBe(0);
    expect(new URL(visitor.visited[0] ?? '').searchParams.get('scope')).toBe(SCOPE);
    expect(desk.deployment.readToken('acme-2')?.generation).toBe(1);
  });

  it('may be said again: what lives goes on undisturbed', async () => {
    await desk.connected('acme-3');
    const [row, token] = [await desk.row('acme-3'), desk.deployment.readToken('acme-3')];

    const { exitCode, stdout } = await connect('acme-3');

    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      'exists: zoho/acme-3/credentials\nexists: zoho/acme-3/access-token\nregistered before: acme-3, eu\n',
    );
    expect([await desk.row('acme-3'), desk.deployment.readToken('acme-3')]).toEqual([row, token]);
  });

  it('goes on where it was stopped', async () => {
    desk.secrets.store.create({ name: 'zoho/acme-4/credentials' });

    const { exitCode, stdout } = await connect('acme-4');

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^exists: .*\ncreated: .*\nregistered: /);
  });

  it('takes up a connection that is no longer declared, before the refresher retires it and after', async () => {
    const clients = createAwsClientsWithoutTimeouts(desk.deployment.aws.clientConfig);
    const table = createConnectionTable(clients.dynamoDb, desk.deployment.config.tableName);
    const sources: unknown[] = [];

    for (const [name, isRetired] of [
      ['former-1', false],
      ['former-2', true],
    ] as const) {
      const { signal } = new AbortController();
      await table.create({ ...registerConnection(name, 'declared', 0), generation: 7 }, signal);
      if (isRetired) await desk.deployment.refresh(name);
      const refused = await desk.run(['authorize', name], { environment: desk.with(desk.client()) });
      await desk.connected(name);
      const { generation } = await desk.row(name);
      sources.push({ isRefused: refused.stderr.includes('no longer declared'), generation });
    }
    clients.dynamoDb.destroy();

    expect(sources).toEqual([
      { isRefused: false, generation: 8 },
      { isRefused: true, generation: 8 },
    ]);
  });

  it.each([
    ['a declared connection', 'crm-01', [], 1, /crm-01 is declared in the stack's configuration/],
    ['more scopes than a tag can hold', 'acme-9', ['--scope', 'Z'.repeat(240)], 2, /at most 256 fit/],
  ] as const)('refuses %s, before anything is made', async (_, name, more, code, says) => {
    const secretsBefore = desk.secrets.store.all().length;

    const { exitCode, stderr } = await connect(name, ...more);

    expect(exitCode).toBe(code);
    expect(stderr).toMatch(says);
    expect(desk.secrets.store.all()).toHaveLength(secretsBefore);
  });
});

describe('disconnect', () => {
  it('switches the connection off and schedules the deletion of both secrets; again it does no more', async () => {
    await desk.connected('acme-10');

    const runs = [await disconnect('acme-10'), await disconnect('acme-10')];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(runs[0]?.stdout).toBe(
      'switched off: acme-10\ndeleted in 30 days: zoho/acme-10/access-token\ndeleted in 30 days: zoho/acme-10/credentials\n',
    );
    expect(secret('acme-10', 'access-token')?.deletionAtMs).toBe(desk.clock.now() + 30 * 86_400_000);
    expect(await desk.row('acme-10')).toMatchObject({
      status: 'disabled',
      lastFailure: { code: 'disconnected' },
    });
  });

  it('wants the name typed, or on the command line, and changes nothing for another', async () => {
    const { name } = await desk.connected('acme-11');
    const codes: number[] = [];

    for (const [args, answers] of [
      [[], undefined],
      [[], ['acme-12']],
      [['--confirm', 'acme-12'], undefined],
    ] as const) {
      const { exitCode } = await desk.run(['disconnect', name, ...args], answers && { answers });
      codes.push(exitCode);
    }
    const unchanged = await desk.row(name);
    const { exitCode } = await desk.run(['disconnect', name], { answers: [name] });

    expect([...codes, exitCode]).toEqual([2, 1, 2, 0]);
    expect(unchanged.status).toBe('active');
  });

  it('is taken back by connect, with credentials and all, and no generation is given twice', async () => {
    await desk.connected('acme-13');
    const generations: number[] = [];

    for (let round = 0; round < 3; round += 1) {
      generations.push(desk.deployment.readToken('acme-13')?.generation ?? 0);
      await disconnect('acme-13');
      const { stdout } = await connect('acme-13');
      expect(stdout).toMatch(/^taken back: .*\ntaken back: .*\nregistered before: /);
      await desk.refresh('acme-13');
    }

    expect(generations).toEqual([1, 2, 3]);
    expect(desk.zoho.isValid(desk.deployment.readToken('acme-13')?.access_token ?? '')).toBe(true);
  });

  it('is not for declared connections', async () => {
    const { name } = await desk.live();

    const { exitCode, stderr } = await disconnect(name);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`zoho-tokens pause ${name}`);
    expect((await desk.row(name)).status).toBe('active');
  });
});

describe('pause and resume', () => {
  it('stop the refreshes and let them go on, at once; said again they do nothing', async () => {
    const { name } = await desk.live();
    const said: string[] = [];

    for (const command of ['pause', 'pause', 'resume', 'resume']) {
      const { exitCode, stdout } = await desk.run([command, name]);
      said.push(`${exitCode} ${(await desk.row(name)).status}: ${stdout.split('\n')[0]}`);
    }

    expect(said).toEqual([
      `0 disabled: paused: ${name} is not refreshed any more. Its token is valid for another 60 min.`,
      `0 disabled: paused: ${name} is not refreshed any more. Its token is valid for another 60 min.`,
      `0 active: resumed: ${name} is refreshed again.`,
      `0 active: ${name} is not paused: nothing to do.`,
    ]);
    expect(desk.deployment.readToken(name)?.generation).toBe(2);
  });

  it('are no way around a revocation or a disconnection', async () => {
    const { name } = await desk.connected('acme-14');
    await disconnect(name);

    const runs = [await desk.run(['pause', name]), await desk.run(['resume', name])];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 1]);
    expect(await desk.row(name)).toMatchObject({ lastFailure: { code: 'disconnected' } });
  });

  it('wait for a refresh under way, of whose work nothing is lost', async () => {
    const { name } = await desk.live();

    const { exitCode, waits } = await duringRefresh(name, ['pause', name]);

    expect({ exitCode, waits }).toEqual({ exitCode: 0, waits: 1 });
    expect(await desk.row(name)).toMatchObject({
      ...{ status: 'disabled', generation: 2, publishedGeneration: 2, lease: undefined },
      lastFailure: { code: 'paused' },
    });
    expect(desk.deployment.readToken(name)?.generation).toBe(2);
  });
});
