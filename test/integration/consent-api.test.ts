import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { disableConnection } from '../../lambdas/core/connection/operator-transitions.ts';
import { ConsentDesk } from '../support/consent-desk.ts';
import { BASE_URL, browserOf } from '../support/consent-environment.ts';

/** One deployment for all of it: each test has a client and a connection of its own, because Zoho counts codes by client. */
let desk: ConsentDesk;
let count = 0;

beforeAll(async () => {
  desk = await ConsentDesk.start();
});
afterAll(() => desk.close());

/** A connection with a client of its own, and an invite for it. */
async function invited(changes: object = {}) {
  count += 1;
  const [connection, client] = [`crm-${count}`, `client-${count}`];
  const clientId = desk.addClient(client);
  await desk.register(connection);
  const invite = await desk.invite({ connection, client, ...changes });
  return { connection, client, clientId, ...invite };
}

describe('an invite', () => {
  test('leads from its link to a live token', async () => {
    const { id, token, connection, client } = await invited({ label: 'Acme Support', identify: true });

    expect(await desk.page({ action: 'view', token })).toEqual({
      kind: 'invite',
      connection,
      label: 'Acme Support',
      display_name: 'Acme Support',
      client_id_host: 'accounts.zoho.eu',
      scopes: ['ZohoCRM.modules.ALL', 'AaaServer.profile.READ'],
      mode: 'direct',
      expires_at: '2026-01-08T09:00:00.000Z',
    });
    expect(await desk.consent(token)).toEqual({
      kind: 'done',
      connection,
      consented_by: 'owner@example.com',
      token_live: true,
    });
    expect(await desk.status(id)).toMatchObject({
      status: 'authorized',
      consented_by: { zuid: '20100001', email: 'owner@example.com' },
      old_refresh_token: 'none',
      token_live: true,
    });
    expect(desk.credentials(connection)).toMatchObject({
      client,
      data_center: 'eu',
      scope: 'ZohoCRM.modules.ALL,AaaServer.profile.READ',
      invite_id: id,
      authorized_by: { zuid: '20100001', email: 'owner@example.com' },
    });
    expect(desk.deployment.readToken(connection)).toBeDefined();
  });

  test('is used up by a consent, and says nothing to other visitors', async () => {
    const { token } = await invited();
    await desk.consent(token);

    expect(await desk.page({ action: 'view', token })).toEqual({ kind: 'used' });
    expect(await desk.page({ action: 'begin', token, browser: browserOf('two') })).toEqual({ kind: 'used' });
  });

  test('is not used up by a visitor who refuses', async () => {
    const { id, token, connection } = await invited();

    expect(await desk.consent(token, { decision: 'reject' })).toEqual({ kind: 'declined', connection });
    expect(await desk.status(id)).toMatchObject({ status: 'declined', retryable: true });
    expect(await desk.consent(token)).toMatchObject({ kind: 'done' });
  });

  test('replaces credentials, and revokes the old refresh token once the new one is live', async () => {
    const { id, token, connection } = await invited();
    await desk.consent(token);
    const old = String(desk.credentials(connection)?.refresh_token);
    const second = await desk.invite({ connection, client: `client-${count}` });

    expect(await desk.consent(second.token)).toMatchObject({ kind: 'done', token_live: true });
    expect(await desk.status(second.id)).toMatchObject({ old_refresh_token: 'revoked' });
    expect(await desk.refreshTokenWorks(connection, old)).toBe(false);
    expect(desk.credentials(connection)?.invite_id).not.toBe(id);
  });

  test('uses the new secret of a client that is being rotated, and makes it current', async () => {
    const { token, client, clientId, connection } = await invited();
    const { clientSecret } = desk.deployment.zoho.regenerateSecret(clientId);
    const renewed = { client_id: clientId, client_secret: clientSecret, data_center: 'eu' };
    desk.deployment.putClient(client, renewed, { pending: true });

    expect(await desk.consent(token)).toMatchObject({ kind: 'done', token_live: true });
    const current = desk.deployment.aws.secretsManager.store.currentText(`zoho/${client}/client`);
    expect(JSON.parse(current ?? '')).toEqual(renewed);
    expect(desk.credentials(connection)).toMatchObject({ client });
  });

  test('stores the credentials of a paused connection, which stays paused', async () => {
    const { id, token, connection } = await invited();
    const table = createConnectionTable(desk.world.aws.dynamoDb, desk.deployment.aws.tableName);
    const row = await desk.deployment.readConnection(connection);
    const paused = disableConnection(row, 'paused', desk.deployment.clock.now());
    await table.replaceIfFree(row, paused, desk.deployment.clock.now(), AbortSignal.timeout(5_000));

    expect(await desk.consent(token)).toMatchObject({ kind: 'done', token_live: false });
    expect(desk.credentials(connection)).toMatchObject({ invite_id: id });
    expect((await desk.deployment.readConnection(connection)).status).toBe('disabled');
  });

  test('connects a connection that does not exist yet', async () => {
    const client = 'client-create';
    desk.addClient(client);
    const { id, token } = await desk.invite({
      ...{ connection: 'tenant-1', client, create: true, data_center: 'eu' },
    });

    expect(desk.deployment.aws.secretsManager.store.find('zoho/tenant-1/access-token')).toBeUndefined();
    expect(await desk.consent(token)).toMatchObject({ kind: 'done', token_live: true });
    expect(await desk.status(id)).toMatchObject({ status: 'authorized' });
    const secret = desk.deployment.aws.secretsManager.store.find('zoho/tenant-1/access-token');
    expect(Object.fromEntries(secret?.tags ?? [])).toEqual({
      application: 'zoho-token-refresher',
      team: 'sales',
      'zoho-token-refresher:deployment': 'zoho',
      'zoho-token-refresher:data-center': 'eu',
      'zoho-token-refresher:scopes': 'ZohoCRM.modules.ALL',
    });
  });

  test('stores nothing that opens a door: no link, no state, no cookie and no token is in the table, a log line, a metric or an event', async () => {
    const { token, connection } = await invited();
    const url = new URL(await desk.begin(token));
    desk.deployment.clock.advance(5_000);
    await desk.callback(await desk.decide(url.href));

    const { log, aws } = desk.deployment;
    const told = [...log.lines, ...desk.metricLines, JSON.stringify(aws.eventBridge.events)];
    const text = [JSON.stringify(await desk.rows()), ...told].join('\n');
    const secret = token.split('.')[1] ?? '';
    for (const hidden of [
      secret,
      url.searchParams.get('state') ?? '',
      browserOf('one'),
      desk.credentials(connection)?.refresh_token,
    ])
      expect(text).not.toContain(hidden);
    expect(url.searchParams.get('redirect_uri')).toBe(`${BASE_URL}/callback`);
  });
});
