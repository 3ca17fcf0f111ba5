import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerConnection } from '../../lambdas/core/connection/connection.ts';
import { disableConnection } from '../../lambdas/core/connection/operator-transitions.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import { DECLARED, MovingDesk, OLD, OLD_TABLE } from '../support/moving-desk.ts';
import { SCOPE } from '../support/operator-desk.ts';

const MINUTE_MS = 60_000;

describe('a move to another prefix', () => {
  let moving: MovingDesk;
  beforeEach(async () => {
    moving = await MovingDesk.open({ connected: ['acme'] });
  });
  afterEach(() => moving.close());

  it('lets the new deployment republish the tokens of the old one, and then mint instead of it', async () => {
    const { desk, old } = moving;

    const begun = await moving.adopt('--all');

    expect(begun).toMatchObject({ exitCode: 0 });
    expect(begun.stdout).toBe(
      [
        `done: acme: create zoho/acme/access-token`,
        `done: acme: follow the deployment ${OLD}`,
        `done: acme: republish its token`,
        `done: ${DECLARED}: follow the deployment ${OLD}`,
        `done: ${DECLARED}: republish its token`,
        '',
      ].join('\n'),
    );
    for (const name of ['acme', DECLARED]) {
      expect(desk.deployment.readToken(name)?.access_token).toBe(old.readToken(name)?.access_token);
      expect(desk.secrets.store.find(`zoho/${name}/credentials`)).toBeUndefined();
    }

    const mintsBefore = moving.mints;
    await moving.passMinutes(120, () => {
      for (const name of ['acme', DECLARED]) {
        expect(moving.leftMs('old', name)).toBeGreaterThan(0);
        expect(moving.leftMs('new', name)).toBeGreaterThan(3 * MINUTE_MS);
      }
    });
    expect(moving.mints - mintsBefore).toBe(2 * 2);

    const finished = await moving.adopt('--finish', '--all');

    expect(finished).toMatchObject({ exitCode: 0 });
    expect(finished.stdout).toContain(`done: acme: stop the deployment ${OLD} from refreshing it`);
    for (const name of ['acme', DECLARED]) {
      expect(await old.row(name)).toMatchObject({
        status: 'disabled',
        lastFailure: {
          code: 'paused',
          message: 'Moved to the deployment zoho, which mints its tokens now. Do not resume it here.',
        },
      });
      expect(await desk.row(name)).toMatchObject({ status: 'active', follows: undefined });
      expect(moving.leftMs('old', name)).toBeGreaterThan(0);
    }
    const generations = ['acme', DECLARED].map((name) => old.readToken(name)?.generation);
    await moving.passMinutes(120, () => {
      for (const name of ['acme', DECLARED])
        expect(moving.leftMs('new', name)).toBeGreaterThan(5 * MINUTE_MS - 1);
    });
    expect(['acme', DECLARED].map((name) => old.readToken(name)?.generation)).toEqual(generations);
  });

  it('cannot follow a connection that the old deployment has in DynamoDB, and says how to move it there first', async () => {
    const { table } = moving.old;
    const row = await moving.old.row('acme');
    const nowMs = moving.desk.clock.now();
    await table.replaceIfFree(row, { ...row, store: 'dynamodb' }, nowMs, AbortSignal.timeout(5_000));

    const { exitCode, stderr } = await moving.adopt('acme');

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`problem: acme: is in DynamoDB in ${OLD}`);
    expect(stderr).toContain(`zoho-tokens --deployment ${OLD} move acme --to secrets-manager`);
  });

  it('copies credentials and tags, encrypted with the key of the new deployment, and prints neither', async () => {
    const { desk } = moving;
    await moving.adopt('--all');
    const runs = [await moving.adopt('--finish', 'acme')];

    const copied = desk.secrets.store.find('zoho/acme/credentials');
    expect(desk.credentialsText('acme')).toBe(desk.secrets.store.currentText(`${OLD}/acme/credentials`));
    expect(copied?.kmsKeyId).toMatch(/^arn:aws:kms:.*:key\//);
    expect(Object.fromEntries(copied?.tags ?? [])).toMatchObject({ application: 'zoho-token-refresher' });
    expect(Object.fromEntries(desk.secrets.store.find('zoho/acme/access-token')?.tags ?? [])).toMatchObject({
      'zoho-token-refresher:data-center': 'eu',
      'zoho-token-refresher:scopes': SCOPE,
    });
    const { refresh_token, client_secret } = desk.credentials('acme');
    for (const { stdout, stderr } of runs) {
      for (const secret of [refresh_token, client_secret]) expect(stdout + stderr).not.toContain(secret);
    }
  });

  it('copies the client that the credentials refer to, and its new secret if this deployment has an old one', async () => {
    const { desk, old } = moving;
    const { clientId, clientSecret } = desk.client();
    const client = (secret: string) =>
      JSON.stringify({ client_id: clientId, data_center: 'eu', client_secret: secret });
    const { store } = desk.secrets;
    const refreshToken = desk.zoho.grant({ clientId, dataCenter: 'eu', scope: SCOPE });
    const reference = { client: 'shared', refresh_token: refreshToken, data_center: 'eu', scope: SCOPE };
    store.create({ name: `${OLD}/shared/client`, value: secretText(client(clientSecret)) });
    store.put(`${OLD}/acme/credentials`, { value: secretText(JSON.stringify(reference)) });
    await moving.adopt('acme');

    const finished = await moving.adopt('--finish', 'acme');

    expect(finished.exitCode).toBe(0);
    expect(store.currentText('zoho/shared/client')).toBe(client(clientSecret));
    expect(store.get('zoho/shared/client').kmsKeyId).toMatch(/^arn:aws:kms:.*:key\//);
    expect((await desk.row('acme')).client).toBe('shared');

    const renewed = desk.zoho.regenerateSecret(clientId).clientSecret;
    store.put(`${OLD}/shared/client`, { value: secretText(client(renewed)) });
    store.put(`${OLD}/${DECLARED}/credentials`, { value: secretText(JSON.stringify(reference)) });
    await old.refresher.refresh(DECLARED);
    await moving.adopt(DECLARED);
    await moving.adopt('--finish', DECLARED);
    await desk.deployment.refresh(DECLARED);

    expect(store.currentText('zoho/shared/client')).toBe(client(renewed));
    expect((await desk.row(DECLARED)).lastFailure).toBeUndefined();
  });

  it('does not copy a client whose name stands for another one here', async () => {
    const { desk } = moving;
    const client = (clientId: string) =>
      secretText(`{"client_id":"${clientId}","data_center":"eu","client_secret":"s"}`);
    const { store } = desk.secrets;
    const reference = { client: 'shared', refresh_token: '1000.r', data_center: 'eu' };
    await moving.adopt('acme');
    store.create({ name: `${OLD}/shared/client`, value: client('1000.A') });
    store.put(`${OLD}/acme/credentials`, { value: secretText(JSON.stringify(reference)) });
    desk.deployment.putClient('shared', { client_id: '1000.B', data_center: 'eu', client_secret: 's' });

    const { exitCode, stdout, stderr } = await moving.adopt('--finish', 'acme');

    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain('This deployment has another client of the name shared');
    expect(store.currentText('zoho/shared/client')).toContain('1000.B');
  });

  it('takes over the calls of Zoho that the old deployment made', async () => {
    const { desk, old } = moving;
    await moving.adopt('acme');
    for (let times = 0; times < 3; times += 1) {
      await old.refresher.refresh('acme');
      desk.clock.advance(1_000);
    }
    const { mintsMs } = await old.row('acme');

    await moving.adopt('--finish', 'acme');

    expect((await desk.row('acme')).mintsMs).toEqual([...mintsMs, desk.clock.now()]);
  });

  it('copies credentials that were authorized anew in the old deployment during the move', async () => {
    const { desk, old } = moving;
    await moving.adopt('acme');
    const { refreshToken } = old.authorize('acme');

    await moving.adopt('--finish', 'acme');

    expect(desk.credentials('acme').refresh_token).toBe(refreshToken);
  });

  it('can be repeated at every stage', async () => {
    const { desk } = moving;
    const results: string[] = [];
    for (const args of [['acme'], ['acme'], ['--finish', 'acme'], ['--finish', 'acme'], ['acme']]) {
      const { exitCode, stdout, stderr } = await moving.adopt(...args);
      results.push(
        `${exitCode} ${(stdout + stderr).match(/(note: .*|Nothing to change\.)/)?.[0] ?? 'changed'}`,
      );
    }

    expect(results).toEqual([
      '0 changed',
      `0 Nothing to change.`,
      '0 changed',
      '0 Nothing to change.',
      '0 Nothing to change.',
    ]);
    expect((await desk.row('acme')).follows).toBeUndefined();
  });

  it('waits for a refresh of the old deployment to end', async () => {
    const { desk, old } = moving;
    await moving.adopt('acme');
    desk.clock.advance(11 * MINUTE_MS);
    const held = desk.zoho.holdNextCall();
    const refreshing = old.refresher.refresh('acme');
    await held.received;
    let waits = 0;

    const { exitCode } = await desk.run(
      ['adopt', '--from', OLD, '--from-table', OLD_TABLE, '--finish', 'acme'],
      {
        wait: async () => {
          waits += 1;
          held.release();
          await refreshing;
        },
      },
    );

    expect({ exitCode, waits }).toEqual({ exitCode: 0, waits: 1 });
    expect((await old.row('acme')).publishedGeneration).toBe(2);
  });

  it('prints the plan without a change', async () => {
    const { desk } = moving;
    const before = [...desk.secrets.store.all()];

    const { exitCode, stdout } = await moving.adopt('--all', '--dry-run');

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`5 changes:\n  acme: create zoho/acme/access-token\n`);
    expect(desk.secrets.store.all()).toEqual(before);
    expect((await desk.row(DECLARED)).follows).toBeUndefined();
  });

  it.each<[string, (moving: MovingDesk) => unknown, string]>([
    [
      'is paused in the old deployment',
      ({ old }) => pause(old),
      `problem: acme: is disabled in ${OLD}: Paused`,
    ],
    [
      'is not known there',
      ({ desk }) => desk.clock.advance(0),
      'problem: acme-2: is not a connection of team/zoho',
    ],
    [
      'has credentials of its own here',
      ({ desk }) => desk.secrets.store.create({ name: 'zoho/acme/credentials' }),
      'problem: acme: has credentials of its own here: zoho/acme/credentials',
    ],
  ])('leaves a connection alone that %s', async (what, prepare, message) => {
    await prepare(moving);
    const name = what.startsWith('is not known') ? 'acme-2' : 'acme';

    const { exitCode, stderr } = await moving.adopt(name);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
  });

  it('leaves a connection alone that the old deployment declares and the new one does not', async () => {
    const { old, desk } = moving;
    await old.register({ ...registerConnection('books', 'declared', desk.clock.now()) });
    old.createSecret('books', 'access-token');
    old.authorize('books');
    await old.refresher.compose({
      config: {
        ...old.refresher.config,
        declaredConnections: { books: { dataCenter: 'eu', scopes: [SCOPE] } },
      },
    })({ action: 'refresh', connection: 'books', reason: 'operator' }, lambdaContext());

    const { exitCode, stderr } = await moving.adopt('books');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('problem: books: is declared in the old deployment and not here');
  });

  it('is visible in doctor; authorize and refresh say where the connection is refreshed', async () => {
    const { desk } = moving;
    await moving.adopt(DECLARED);
    desk.clock.advance(2 * MINUTE_MS);

    const doctor = await desk.run(`doctor ${DECLARED}`);
    const authorize = await desk.run(`authorize ${DECLARED} --import`, { stdin: '1000.a.b' });
    const refresh = await desk.run(`refresh ${DECLARED}`);

    expect(doctor.stdout).toContain(`follows the deployment ${OLD} (to end it: `);
    expect(doctor.stdout).toContain(`not used here: the deployment ${OLD} has them`);
    expect(authorize).toMatchObject({ exitCode: 1 });
    expect(authorize.stderr).toContain(`${DECLARED} follows the deployment ${OLD}, which refreshes it`);
    expect(refresh).toMatchObject({ exitCode: 1 });
    expect(refresh.stderr).toContain(`It follows the deployment ${OLD}, which has published no newer token.`);
  });

  it('refuses the table of another deployment', async () => {
    const { desk } = moving;

    const own = await desk.run([
      'adopt',
      '--from',
      OLD,
      '--from-table',
      desk.deployment.config.tableName,
      'acme',
    ]);
    const missing = await desk.run(['adopt', '--from', OLD, '--from-table', 'NoSuchTable', 'acme']);
    const unknown = await desk.run(['adopt', '--from', 'elsewhere', 'acme']);

    expect([own, missing, unknown].map(({ exitCode }) => exitCode)).toEqual([2, 1, 1]);
    expect(own.stderr).toContain('is the table of the deployment zoho, not of team/zoho');
    expect(missing.stderr).toContain('dynamodb:GetItem on NoSuchTable failed: the resource does not exist.');
    expect(unknown.stderr).toContain('There is no deployment elsewhere with an address in account');
  });

  it('does not pause a row of a table that does not know the published token', async () => {
    const { old, desk } = moving;
    await moving.adopt('acme');
    const { store } = desk.secrets;
    const text = JSON.parse(store.currentText(`${OLD}/acme/access-token`) ?? '{}');
    store.put(`${OLD}/acme/access-token`, {
      value: secretText(JSON.stringify({ ...text, expires_at: '2026-01-05T11:11:11.000Z' })),
    });

    const { exitCode, stderr } = await moving.adopt('--finish', 'acme');

    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'The row of acme in OldConnections does not know the token in team/zoho/acme/access-token.',
    );
    expect((await old.row('acme')).status).toBe('active');
  });
});

it('is refused while the new refresher may not read the tokens of the old deployment', async () => {
  const moving = await MovingDesk.open({ mayFollow: false });

  const { exitCode, stderr } = await moving.adopt('--all');
  await moving.close();

  expect(exitCode).toBe(1);
  expect(stderr).toContain('The refresher of the deployment zoho may not read the tokens of team/zoho.');
  expect(stderr).toContain("Set follow: { secretPrefix: 'team/zoho', keyArn: '…' }");
});

async function pause({ table }: MovingDesk['old']): Promise<void> {
  const seen = await table.read('acme', AbortSignal.timeout(5_000));
  if (seen === undefined) throw new Error('There is no row.');
  const nowMs = Date.UTC(2026, 0, 5, 9);
  await table.replaceIfFree(
    seen,
    disableConnection(seen, 'paused', nowMs),
    nowMs,
    AbortSignal.timeout(5_000),
  );
}
