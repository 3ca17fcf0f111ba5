import { afterAll, describe, expect, it } from 'vitest';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { registerConnection } from '../../lambdas/core/connection/connection.ts';
import { KEY_ARN } from '../../sandbox/aws/embedded-aws.ts';
import { createAwsClientsWithoutTimeouts } from '../../sandbox/deployment/aws-clients-without-timeouts.ts';
import { authorizeInBrowser } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import { MINUTE_MS } from '../support/sandbox.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

const secret = (name: string, kind: string) => desk.secrets.store.find(`zoho/${name}/${kind}`);
const connect = (name: string, ...more: string[]) =>
  desk.run(['connect', name, '--data-center', 'eu', '--scope', SCOPE, ...more]);
const disconnect = (name: string) => desk.run(['disconnect', name, '--confirm', name]);

describe('connect', () => {
  it("creates the empty token secret with the stack's key and the spec of the connection", async () => {
    const { exitCode, stdout } = await connect('acme-1', '--scope', 'ZohoCRM.users.READ');

    const tags = {
      application: 'zoho-token-refresher',
      'zoho-token-refresher:deployment': 'zoho',
      'zoho-token-refresher:data-center': 'eu',
      'zoho-token-refresher:scopes': `${SCOPE} ZohoCRM.users.READ`,
    };
    expect(exitCode).toBe(0);
    expect(stdout).toBe('created: zoho/acme-1/access-token\nregistered: acme-1, eu\n');
    expect(Object.fromEntries(secret('acme-1', 'access-token')?.tags ?? [])).toEqual(tags);
    expect(secret('acme-1', 'access-token')?.kmsKeyId).toBe(KEY_ARN);
    expect(secret('acme-1', 'access-token')?.versions.size).toBe(0);
    expect(secret('acme-1', 'credentials')).toBeUndefined();
    expect(await desk.row('acme-1')).toMatchObject({ status: 'pending', source: 'connected', generation: 0 });
  });

  it('records the scopes that authorize then requests', async () => {
    await connect('acme-2');

    const { exitCode, requestedScope } = await authorizeInBrowser(desk, 'acme-2');

    expect({ exitCode, requestedScope }).toEqual({ exitCode: 0, requestedScope: SCOPE });
    expect(desk.deployment.readToken('acme-2')?.generation).toBe(1);
  });

  it('can be repeated without effect on a live connection', async () => {
    await desk.connected('acme-3');
    const [row, token] = [await desk.row('acme-3'), desk.deployment.readToken('acme-3')];

    const { exitCode, stdout } = await connect('acme-3');

    expect(exitCode).toBe(0);
    expect(stdout).toBe('exists: zoho/acme-3/access-token\nalready registered: acme-3, eu\n');
    expect([await desk.row('acme-3'), desk.deployment.readToken('acme-3')]).toEqual([row, token]);
  });

  it('records who is notified of its problems, changes it, and keeps it when it is not given', async () => {
    await connect('acme-5s', '--severity', 'page');
    await connect('acme-5s');
    expect(await desk.row('acme-5s')).toMatchObject({ severity: 'page' });

    await connect('acme-5s', '--severity', 'none');
    await disconnect('acme-5s');
    await connect('acme-5s');

    expect(await desk.row('acme-5s')).toMatchObject({ status: 'pending', severity: 'none' });
  });

  it('continues where an earlier run was interrupted', async () => {
    const tags = new Map([['application', 'zoho-token-refresher']]);
    desk.secrets.store.create({ name: 'zoho/acme-4/access-token', kmsKeyId: KEY_ARN, tags });

    const { exitCode, stdout } = await connect('acme-4');

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^exists: .*\nregistered: /);
  });

  it.each([
    ['before the refresher has disabled it', 'former-1', false],
    ['after the refresher has disabled it', 'former-2', true],
  ])('adopts a connection that is no longer declared, %s', async (_, name, isRetired) => {
    const { dynamoDb } = createAwsClientsWithoutTimeouts(desk.deployment.aws.clientConfig);
    const table = createConnectionTable(dynamoDb, desk.deployment.config.tableName);
    const row = { ...registerConnection(name, 'declared', 0), generation: 7 };
    await table.create(row, new AbortController().signal);
    dynamoDb.destroy();
    if (isRetired) await desk.deployment.refresh(name);

    const refused = await desk.run(['authorize', name], { environment: desk.with(desk.client()) });
    await desk.connected(name);

    expect(refused.stderr.includes('no longer declared')).toBe(isRetired);
    expect((await desk.row(name)).generation).toBe(8);
  });

  it.each([
    ['a declared connection', 'crm-01', [], 1, /crm-01 is declared in the stack's configuration/],
    [
      'more scopes than fit in a tag',
      'acme-9',
      ['--scope', `${'Z'.repeat(120)},${'Y'.repeat(120)}`],
      2,
      /at most 256 fit/,
    ],
    ['a scope that is none', 'acme-9', ['--scope', '1000.abc'], 2, /Scope 1 of .* is not a scope of Zoho/],
  ] as const)('refuses %s before creating anything', async (_, name, more, code, says) => {
    const secretsBefore = desk.secrets.store.all().length;

    const { exitCode, stderr } = await connect(name, ...more);

    expect(exitCode).toBe(code);
    expect(stderr).toMatch(says);
    expect(desk.secrets.store.all()).toHaveLength(secretsBefore);
  });
});

describe('an existing connection', () => {
  it('gets another data center only after a confirmation, and is not asked when it stays', async () => {
    await desk.connected('acme-20');
    const tagOf = () => secret('acme-20', 'access-token')?.tags.get('zoho-token-refresher:data-center');
    const toUs = ['connect', 'acme-20', '--data-center', 'us'];

    const refused = await desk.run(toUs);
    const cancelled = await desk.run(toUs, { answers: ['acme-2'] });
    const before = tagOf();
    const confirmed = await desk.run([...toUs, '--confirm', 'acme-20']);

    expect([refused.exitCode, cancelled.exitCode, before]).toEqual([2, 1, 'eu']);
    expect(refused.stderr).toContain('--confirm acme-20');
    expect([confirmed.exitCode, tagOf()]).toEqual([0, 'us']);
  });

  it('keeps the spec that version 0.1 wrote into the tags of the credentials secret', async () => {
    await connect('acme-21');
    desk.secrets.store.deleteNow('zoho/acme-21/access-token');
    desk.secrets.store.create({ name: 'zoho/acme-21/access-token', kmsKeyId: KEY_ARN });
    const tags = new Map([
      ['application', 'zoho-token-refresher'],
      ['zoho-token-refresher:data-center', 'eu'],
      ['zoho-token-refresher:scopes', 'ZohoCRM.settings.ALL'],
    ]);
    desk.secrets.store.create({ name: 'zoho/acme-21/credentials', kmsKeyId: KEY_ARN, tags });

    const { exitCode, requestedScope } = await authorizeInBrowser(desk, 'acme-21');

    expect({ exitCode, requestedScope }).toEqual({ exitCode: 0, requestedScope: 'ZohoCRM.settings.ALL' });
  });

  it("does not publish into a secret that someone else created under the token secret's name", async () => {
    desk.secrets.store.create({ name: 'zoho/acme-22/access-token', kmsKeyId: KEY_ARN });

    const { exitCode, stderr } = await connect('acme-22');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('zoho/acme-22/access-token was not created by this deployment');
    await expect(desk.row('acme-22')).rejects.toThrow('no row');
  });
});

describe('disconnect --for-declaration', () => {
  it('frees the name of the token secret; once declared, the connection has a token without a new consent', async () => {
    const { deployment } = desk;
    await desk.connected('acme-30');
    const run = await desk.run(['disconnect', 'acme-30', '--for-declaration', '--confirm', 'acme-30']);
    const between = { token: secret('acme-30', 'access-token'), row: await desk.row('acme-30') };

    // What the deployment does that declares it.
    desk.secrets.store.create({ name: 'zoho/acme-30/access-token', kmsKeyId: KEY_ARN });
    const declared = { 'acme-30': { dataCenter: 'eu', scopes: [SCOPE] } } as const;
    const handler = deployment.compose({
      config: { ...deployment.config, declaredConnections: declared },
    });
    const { outcome } = await deployment
      .refresh('acme-30', undefined, handler)
      .catch(() => ({ outcome: '' }));
    await deployment.tick(handler);

    expect(run.exitCode).toBe(0);
    expect(between.token).toBeUndefined();
    expect(between.row).toMatchObject({ status: 'disabled', lastFailure: { code: 'undeclared' } });
    expect(outcome).toBe('blocked');
    expect(await desk.row('acme-30')).toMatchObject({ status: 'active', source: 'declared', generation: 2 });
    expect(deployment.readToken('acme-30')?.generation).toBe(2);
  });

  it('is undone by connect', async () => {
    await desk.connected('acme-31');
    await desk.run(['disconnect', 'acme-31', '--for-declaration', '--confirm', 'acme-31']);

    const { exitCode } = await connect('acme-31');
    await desk.refresh('acme-31');

    expect(exitCode).toBe(0);
    expect(await desk.row('acme-31')).toMatchObject({ status: 'active', source: 'connected', generation: 2 });
  });
});

describe('disconnect', () => {
  it('disables the connection and schedules the deletion of both secrets; repeated, it does no more', async () => {
    await desk.connected('acme-10');

    const runs = [await disconnect('acme-10'), await disconnect('acme-10')];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(runs[0]?.stdout).toBe(
      'disabled: acme-10\ndeletion in 30 days: zoho/acme-10/access-token\ndeletion in 30 days: zoho/acme-10/credentials\n',
    );
    expect(secret('acme-10', 'access-token')?.deletionAtMs).toBe(desk.clock.now() + 30 * 86_400_000);
    expect(await desk.row('acme-10')).toMatchObject({
      status: 'disabled',
      lastFailure: { code: 'disconnected' },
    });
  });

  it('needs the name again, typed or on the command line, and changes nothing for another name', async () => {
    const { name } = await desk.connected('acme-11');

    const refused = [
      await desk.run(['disconnect', name]),
      await desk.run(['disconnect', name], { answers: ['acme-12'] }),
      await desk.run(['disconnect', name, '--confirm', 'acme-12']),
    ];
    const { status } = await desk.row(name);
    const { exitCode } = await desk.run(['disconnect', name], { answers: [name] });

    expect(refused.map((run) => run.exitCode)).toEqual([2, 1, 2]);
    expect(status).toBe('active');
    expect(exitCode).toBe(0);
  });

  it('is undone by connect, with the credentials, and no generation is used twice', async () => {
    await desk.connected('acme-13');
    const generations: number[] = [];

    for (let round = 0; round < 3; round += 1) {
      generations.push(desk.deployment.readToken('acme-13')?.generation ?? 0);
      await disconnect('acme-13');
      const { stdout } = await connect('acme-13');
      expect(stdout).toMatch(/^restored: .*\nrestored: .*\nalready registered: /);
      await desk.refresh('acme-13');
    }

    expect(generations).toEqual([1, 2, 3]);
    expect(desk.zoho.isValid(desk.deployment.readToken('acme-13')?.access_token ?? '')).toBe(true);
  });

  it('refuses declared connections', async () => {
    const { name } = await desk.live();

    const { exitCode, stderr } = await disconnect(name);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`zoho-tokens pause ${name}`);
    expect((await desk.row(name)).status).toBe('active');
  });
});

describe('pause and resume', () => {
  it('stop and restart the refreshes at once; repeated, they do nothing', async () => {
    const { name } = await desk.live();
    const results: string[] = [];

    for (const command of ['pause', 'pause', 'resume', 'resume']) {
      const { exitCode, stdout } = await desk.run([command, name]);
      results.push(`${exitCode} ${(await desk.row(name)).status}: ${stdout.split('\n')[0]}`);
    }

    const paused = `0 disabled: paused: ${name} is no longer refreshed. Its token is valid for another 60 min.`;
    expect(results).toEqual([
      paused,
      paused,
      `0 active: resumed: ${name} is refreshed again.`,
      `0 active: ${name} is neither paused nor parked. Nothing was changed.`,
    ]);
    expect(desk.deployment.readToken(name)?.generation).toBe(2);
  });

  it('of a parked connection: resume asks Zoho at once, and its days begin anew', async () => {
    const { name, refreshToken } = await desk.live();
    desk.zoho.revoke(refreshToken);
    desk.clock.advance(60 * MINUTE_MS);
    await desk.deployment.refresh(name);
    desk.clock.advance(7 * 24 * 60 * MINUTE_MS);
    const calls = desk.zoho.tokenCalls.length;

    const fleet = await desk.run('status --parked');
    const named = await desk.run(['status', name, '--json']);
    const blocked = await desk.run('status --blocked');
    const doctor = await desk.run(['doctor', name]);
    const allBlocked = await desk.run('refresh --all-blocked');
    const resumed = await desk.run(['resume', name]);

    expect(fleet).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(new RegExp(`${name} +parked`)),
    });
    expect(named.exitCode).toBe(1);
    expect(JSON.parse(named.stdout)).toMatchObject({
      summary: { states: { parked: 1 } },
      connections: [{ status: 'blocked', parked: true, blocked_since: expect.any(String) }],
    });
    expect(blocked.stdout).not.toContain(name);
    expect(doctor.stdout).toContain('parked: blocked for 7 d');
    expect(allBlocked.stderr).toContain('Left out: 1 parked.');
    expect(resumed).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(`resumed: ${name}`) });
    expect(desk.zoho.tokenCalls.length).toBe(calls + 1);
    expect((await desk.row(name)).blockedAtMs).toBe(desk.clock.now());
  });

  it('do not undo a disconnection', async () => {
    const { name } = await desk.connected('acme-14');
    await disconnect(name);

    const runs = [await desk.run(['pause', name]), await desk.run(['resume', name])];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 1]);
    expect(await desk.row(name)).toMatchObject({ lastFailure: { code: 'disconnected' } });
  });

  it('wait for a refresh in progress and keep its result', async () => {
    const { name } = await desk.live();
    const held = desk.zoho.holdNextCall();
    const refreshing = desk.deployment.refresh(name);
    await held.received;
    let waits = 0;

    const { exitCode } = await desk.run(['pause', name], {
      wait: async () => {
        waits += 1;
        held.release();
        await refreshing;
      },
    });

    expect({ exitCode, waits }).toEqual({ exitCode: 0, waits: 1 });
    expect(await desk.row(name)).toMatchObject({
      ...{ status: 'disabled', generation: 2, publishedGeneration: 2, lease: undefined },
      lastFailure: { code: 'paused' },
    });
    expect(desk.deployment.readToken(name)?.generation).toBe(2);
  });
});
