import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { createInviteTable } from '../../lambdas/consent-api/adapters/invite-table.ts';
import { disableConnection, reconnect } from '../../lambdas/core/connection/operator-transitions.ts';
import { ConsentDesk } from '../support/consent-desk.ts';
import { browserOf } from '../support/consent-environment.ts';

/** One deployment for all of it: each test has a client and a connection of its own, because Zoho counts codes by client. */
let desk: ConsentDesk;
let count = 0;
const signal = () => AbortSignal.timeout(10_000);

beforeAll(async () => {
  desk = await ConsentDesk.start();
});
afterAll(() => desk.close());

async function invited(changes: object = {}) {
  count += 1;
  const [connection, client] = [`crm-${count}`, `client-${count}`];
  const clientId = desk.addClient(client);
  await desk.register(connection);
  const invite = await desk.invite({ connection, client, ...changes });
  return { connection, client, clientId, ...invite };
}

const platform = { mode: 'platform', subject: 'user-7', return_url: 'https://app.example/zoho/done?tab=crm' };

describe('a callback', () => {
  test('in two tabs at once leads to one exchange, and both tabs can be loaded again', async () => {
    const { token } = await invited();
    const [one, two] = [await desk.arrive(token), await desk.arrive(token)];
    const before = desk.exchanges;

    const pages = await Promise.all([desk.callback(one), desk.callback(two)]);

    expect(desk.exchanges - before).toBe(1);
    expect(pages.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    const again = [await desk.callback(one), await desk.callback(two)].map(({ kind }) => kind);
    expect(again.sort()).toEqual(['done', 'used']);
  });

  test('that is repeated shows its result again, to the same browser only', async () => {
    const { token } = await invited();
    const query = await desk.arrive(token);
    const first = await desk.callback(query);
    const before = desk.exchanges;

    expect(await desk.callback(query)).toEqual(first);
    expect(await desk.callback(query, browserOf('two'))).toEqual({ kind: 'other-browser' });
    expect(await desk.callback(query, 'none')).toEqual({ kind: 'other-browser' });
    expect(desk.exchanges).toBe(before);
  });

  test('from a foreign browser uses nothing up', async () => {
    const { token, connection } = await invited();
    const query = await desk.arrive(token);

    expect(await desk.callback(query, browserOf('attacker'))).toEqual({ kind: 'other-browser' });
    expect(desk.credentials(connection)).toBeUndefined();
    expect(await desk.callback(query)).toMatchObject({ kind: 'done' });
  });

  test('of an invite that was cancelled or has expired meanwhile stores nothing', async () => {
    const cancelled = await invited();
    const query = await desk.arrive(cancelled.token);
    await desk.call({ action: 'cancel-invite', id: cancelled.id });
    const short = await invited({ expires_in_seconds: 60 });
    const late = await desk.arrive(short.token);
    desk.deployment.clock.advance(60_000);

    expect(await desk.callback(query)).toEqual({ kind: 'removed' });
    expect(await desk.callback(late)).toEqual({ kind: 'expired' });
    expect(await desk.page({ action: 'view', token: short.token })).toEqual({ kind: 'expired' });
    expect([desk.credentials(cancelled.connection), desk.credentials(short.connection)]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('for a connection that was disconnected, or disconnected and connected anew, stores nothing', async () => {
    const { token, connection } = await invited();
    const query = await desk.arrive(token);
    const table = createConnectionTable(desk.world.aws.dynamoDb, desk.deployment.aws.tableName);
    const nowMs = desk.deployment.clock.now();
    const row = await desk.deployment.readConnection(connection);
    const off = disableConnection(row, 'disconnected', nowMs);
    await table.replaceIfFree(row, off, nowMs, signal());

    expect(await desk.callback(query)).toEqual({ kind: 'removed' });
    await table.replaceIfFree(off, reconnect(off, 'connected', nowMs), nowMs, signal());
    expect(await desk.callback(query)).toEqual({ kind: 'removed' });
    expect(await desk.page({ action: 'view', token })).toEqual({ kind: 'removed' });
    expect(desk.credentials(connection)).toBeUndefined();
  });

  test('without an answer of Zoho is recorded, because a refresh token may exist', async () => {
    const { id, token, connection, clientId } = await invited();
    const query = await desk.arrive(token);
    desk.deployment.zoho.injectFault({ kind: 'drop', withEffect: true, calls: 1 });

    const page = await desk.callback(query);

    expect(page).toMatchObject({ kind: 'failed', connection, reason: 'zoho_unavailable', retryable: true });
    const { status, message } = await desk.status(id);
    expect(status).toBe('failed');
    expect(message).toContain(`A refresh token of the client ${clientId} in data center eu may exist`);
    expect(await desk.consent(token)).toMatchObject({ kind: 'done' });
  });

  test('whose grant cannot be sealed revokes it', async () => {
    const { id, token, connection } = await invited();
    const query = await desk.arrive(token);
    const allow = desk.kms.faults.deny({ operation: 'Encrypt' });

    const page = await desk.callback(query);
    allow();

    expect(page).toMatchObject({ kind: 'failed', reason: 'aws_unavailable', retryable: true });
    expect((await desk.status(id)).message).not.toContain('may exist');
    expect(desk.credentials(connection)).toBeUndefined();
    expect(await desk.consent(token)).toMatchObject({ kind: 'done' });
  });

  test('that Zoho answers with access_denied sooner than a person decides is about its limit', async () => {
    const { token, connection } = await invited();
    const url = await desk.begin(token);
    for (let codes = 0; codes < 10; codes += 1) await desk.decide(url);

    expect(await desk.callback(await desk.decide(url))).toEqual({ kind: 'too-many', connection });
  });
});

describe('a platform', () => {
  test('completes the consent of its user, whose code is exchanged only then', async () => {
    const { id, token, connection } = await invited(platform);
    const before = desk.exchanges;
    const query = await desk.arrive(token);
    const page = await desk.callback(query);

    const back = new URL(page.url ?? '');
    const session = back.searchParams.get('session') ?? '';
    expect(`${back.origin}${back.pathname}`).toBe('https://app.example/zoho/done');
    expect([back.searchParams.get('tab'), back.searchParams.get('invite')]).toEqual(['crm', id]);
    expect(desk.exchanges).toBe(before);
    expect(await desk.callback(query)).toEqual(page);

    const complete = { action: 'complete-invite', id, session };
    expect(await desk.call({ ...complete, subject: 'user-8' })).toMatchObject({
      error: { code: 'wrong_subject' },
    });
    expect(await desk.call({ ...complete, session: browserOf('x'), subject: 'user-7' })).toMatchObject({
      error: { code: 'wrong_session' },
    });
    expect(await desk.call({ action: 'complete-invite', id })).toMatchObject({
      error: { code: 'invalid_request' },
    });
    expect(desk.exchanges).toBe(before);

    const answers = await Promise.all([
      desk.call({ ...complete, subject: 'user-7' }),
      desk.call({ ...complete, subject: 'user-7' }),
    ]);
    expect(answers.some(({ status }) => status === 'authorized')).toBe(true);
    expect(desk.exchanges).toBe(before + 1);
    expect(await desk.call({ ...complete, subject: 'user-7' })).toMatchObject({ status: 'authorized' });
    expect(desk.credentials(connection)).toMatchObject({ invite_id: id });
  });

  test('that comes too late gets nothing, and its user can come again', async () => {
    const { id, token } = await invited(platform);
    const page = await desk.consent(token);
    const session = new URL(page.url ?? '').searchParams.get('session');
    desk.deployment.clock.advance(60_000);

    expect(await desk.call({ action: 'complete-invite', id, subject: 'user-7', session })).toMatchObject({
      error: { code: 'session_expired' },
    });
    expect(await desk.status(id)).toMatchObject({ status: 'open' });
    const again = new URL((await desk.consent(token)).url ?? '').searchParams.get('session');
    expect(
      await desk.call({ action: 'complete-invite', id, subject: 'user-7', session: again }),
    ).toMatchObject({
      status: 'authorized',
    });
  });
});

describe('the wrong person', () => {
  const expects = { expect: { email: 'boss@acme.example' } };

  test('is held until an operator confirms', async () => {
    const { id, token, connection } = await invited(expects);

    expect(await desk.consent(token)).toMatchObject({ kind: 'received', consented_by: 'owner@example.com' });
    expect(await desk.status(id)).toMatchObject({ status: 'awaiting', mismatch: ['email'] });
    expect(desk.credentials(connection)).toBeUndefined();
    expect(await desk.page({ action: 'view', token })).toEqual({ kind: 'received', connection });
    expect(await desk.call({ action: 'complete-invite', id })).toMatchObject({ status: 'authorized' });
  });

  test('is revoked at Zoho if an operator rejects, or if no one confirms in a day', async () => {
    const [rejected, forgotten] = [await invited(expects), await invited(expects)];
    await desk.consent(rejected.token);
    await desk.consent(forgotten.token);

    expect(await desk.call({ action: 'reject-invite', id: rejected.id })).toMatchObject({
      ...{ status: 'failed', reason: 'rejected', retryable: false },
    });
    desk.deployment.clock.advance(24 * 3_600_000);
    expect(await desk.sweep()).toMatchObject({ revoked: 1 });
    expect(await desk.status(forgotten.id)).toMatchObject({ status: 'failed', reason: 'not_confirmed' });
    expect(JSON.stringify(await desk.rows())).not.toContain('sealed');
  });
});

test('the 21st consent of a user and client names the connection that it may have ended', async () => {
  const { id, token, clientId } = await invited({ identify: true });
  const table = createInviteTable(desk.world.aws.dynamoDb, desk.deployment.aws.dynamoDb.consentsTableName);
  const grantor = `${clientId}#eu#20100001`;
  for (let others = 1; others <= 20; others += 1) {
    await desk.register(`tenant-${others}`);
    await table.recordConsent(
      { connection: `tenant-${others}`, inviteId: 'x', grantor, persons: [], authorizedAtMs: others },
      signal(),
    );
  }

  await desk.consent(token);

  expect(await desk.status(id)).toMatchObject({ status: 'authorized', may_have_ended: ['tenant-1'] });
});

test('an administrator in another data center than the client is followed there', async () => {
  count += 1;
  const [connection, client] = [`crm-${count}`, `client-${count}`];
  desk.addClient(client, 'eu', { sharedCredentials: true, accountLocation: 'in' });
  await desk.register(connection);
  const { token } = await desk.invite({ connection, client });

  expect(await desk.consent(token)).toMatchObject({ kind: 'done', token_live: true });
  expect(desk.credentials(connection)).toMatchObject({ data_center: 'in' });
});

test('ten consents at once complete once each', async () => {
  const invites = await Promise.all(Array.from({ length: 10 }, () => invited()));
  const before = desk.exchanges;
  const queries = await Promise.all(
    invites.map(async ({ token }) => await desk.decide(await desk.begin(token))),
  );

  const pages = await Promise.all(queries.flatMap((query) => [desk.callback(query), desk.callback(query)]));

  expect(desk.exchanges - before).toBe(10);
  expect(pages.filter(({ kind }) => kind === 'done').length).toBeGreaterThanOrEqual(10);
  for (const { id, connection } of invites)
    expect(desk.credentials(connection)).toMatchObject({ invite_id: id });
});
