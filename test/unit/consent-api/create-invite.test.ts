import { describe, expect, test } from 'vitest';
import { disableConnection } from '../../../lambdas/core/connection/operator-transitions.ts';
import type { ConnectionSpec, CurrentCredentials } from '../../../lambdas/core/invites/consent-ports.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { BROWSER } from '../../simulation/consent/consent-stories.ts';
import { CLIENT, CONNECTION } from '../../simulation/consent/consent-world.ts';
import { ConsentInMemory, createEvent } from '../../support/consent-in-memory.ts';

const platform = { mode: 'platform', subject: 'user-1', return_url: 'https://app.example/done' };

describe('an invite is refused', () => {
  test.each([
    ['without a name', { connection: 'no name!' }, 'invalid_request', 'connection must be letters'],
    ['with an unknown key', { colour: 'red' }, 'invalid_request', 'unknown "colour"'],
    [
      'in an unknown data center',
      { data_center: 'mars' },
      'invalid_request',
      'data_center must be one of us, eu',
    ],
    ['with something that is no scope', { scopes: ['a b'] }, 'invalid_request', 'is not a scope'],
    ['for longer than a week', { expires_in_seconds: 604_801 }, 'invalid_request', 'at most 604800'],
    ['with a label of two lines', { label: 'a\nb' }, 'invalid_request', 'label must be one line'],
    [
      'for a platform without a subject',
      { ...platform, subject: undefined },
      'invalid_request',
      'needs subject',
    ],
    [
      'with a return URL of no platform',
      { return_url: platform.return_url },
      'invalid_request',
      'only for mode',
    ],
    [
      'with a foreign return URL',
      { ...platform, return_url: 'https://evil.example/' },
      'return_url_not_allowed',
      '',
    ],
    ['to create what exists', { create: true, data_center: 'eu' }, 'connection_exists', 'exists'],
    ['for a connection that does not exist', { connection: 'other' }, 'unknown_connection', 'other'],
  ])('%s', async (_, changes, code, message) => {
    const api = new ConsentInMemory();

    const answer = (await api.invoke('callers', createEvent(changes))) as { error: Record<string, string> };

    expect(answer.error.code).toBe(code);
    expect(answer.error.message).toContain(message);
    expect(answer.error.next_step).toMatch(/\.$|[a-z)]$/);
    expect(api.world.invites.size).toBe(0);
  });

  test('for a client that does not exist', async () => {
    const { ports } = new ConsentInMemory().world;
    const clients = { ...ports.clients, read: () => Promise.resolve(undefined) };
    const api = new ConsentInMemory({ ports: { clients } });

    expect(await api.invoke('callers', createEvent())).toMatchObject({ error: { code: 'unknown_client' } });
  });

  test('for a connection that is disconnected, and not for one that is paused', async () => {
    const api = new ConsentInMemory();
    const row = api.world.rows.get(CONNECTION);
    if (row === undefined) throw new Error('no row');
    api.world.rows.set(CONNECTION, disableConnection(row, 'disconnected', 0));

    expect(await api.invoke('callers', createEvent())).toMatchObject({ error: { code: 'not_connected' } });
    api.world.rows.set(CONNECTION, disableConnection(row, 'paused', 0));
    expect(await api.invoke('callers', createEvent())).toMatchObject({ status: 'open' });
  });
});

describe('an idempotency key', () => {
  test('gives the same invite a new link, and the earlier one stops working', async () => {
    const api = new ConsentInMemory();
    const [one, two] = [
      await api.invite({ idempotency_key: 'k' }),
      await api.invite({ idempotency_key: 'k', principal: 'another session' }),
    ];

    expect(two.id).toBe(one.id);
    expect(await api.invoke('pages', { action: 'view', token: one.token })).toEqual({ kind: 'unknown' });
    expect(await api.invoke('pages', { action: 'view', token: two.token })).toMatchObject({ kind: 'invite' });
  });

  test('is for one set of parameters', async () => {
    const api = new ConsentInMemory();
    await api.invite({ idempotency_key: 'k' });

    expect(await api.invoke('callers', createEvent({ idempotency_key: 'k', label: 'x' }))).toMatchObject({
      error: { code: 'idempotency_conflict' },
    });
  });

  test('of an invite that is over is used up', async () => {
    const api = new ConsentInMemory();
    const { id } = await api.invite({ idempotency_key: 'k' });
    await api.invoke('callers', { action: 'cancel-invite', id });

    expect(await api.invoke('callers', createEvent({ idempotency_key: 'k' }))).toMatchObject({
      error: { code: 'not_open' },
    });
  });
});

test('the scopes are those of the connection if none are given', async () => {
  const { ports } = new ConsentInMemory().world;
  const spec = { dataCenter: undefined, scopes: ['ZohoDesk.tickets.READ'] };
  const secrets = { ...ports.secrets, readSpec: () => Promise.resolve(spec) };
  const api = new ConsentInMemory({ ports: { secrets } });
  const { token } = await api.invite({ scopes: undefined, expect: { org_id: '70055' } });

  expect(await api.invoke('pages', { action: 'view', token })).toMatchObject({
    scopes: ['ZohoDesk.tickets.READ', 'AaaServer.profile.READ', 'ZohoCRM.org.READ'],
    expects: { org_id: '70055' },
  });
});

describe('the data center of the account', () => {
  const stored = (dataCenter: string) => ({
    kind: 'found' as const,
    versionId: 'v1',
    text: new Redacted(
      JSON.stringify({ client: CLIENT, refresh_token: '1000.old', data_center: dataCenter }),
    ),
  });
  const spec = { dataCenter: 'in', scopes: [] } as const;

  test.each([
    ['is that of the credentials', {}, { credentials: stored('jp'), spec }, 'jp'],
    ['is that of the tags, before the first consent', {}, { spec }, 'in'],
    ['is the one that the inviter expects', { data_center: 'au' }, { credentials: stored('jp'), spec }, 'au'],
    ['may be any, if nothing is known', {}, {}, undefined],
    ['may be any, if the connection is created', { connection: 'new', create: true }, { spec }, undefined],
  ])(
    '%s',
    async (_, changes, known: { credentials?: CurrentCredentials; spec?: ConnectionSpec }, expected) => {
      const { ports } = new ConsentInMemory().world;
      const secrets = {
        ...ports.secrets,
        readSpec: () => Promise.resolve(known.spec ?? { dataCenter: undefined, scopes: [] }),
        readCredentials: () => Promise.resolve(known.credentials ?? { kind: 'none' as const }),
      };
      const api = new ConsentInMemory({ ports: { secrets } });
      const { id, token } = await api.invite(changes);

      const view = await api.invoke('callers', { action: 'get-invite', id });
      const page = await api.invoke('pages', { action: 'view', token });

      expect(view).toMatchObject(expected === undefined ? {} : { expect: { data_center: expected } });
      expect('expect' in view).toBe(expected !== undefined);
      expect('account_host' in page).toBe(expected !== undefined);
      expect(page).toMatchObject({ kind: 'invite', scopes: ['ZohoCRM.modules.ALL'] });
    },
  );
});

test('at most twenty visitors in an hour are sent to Zoho', async () => {
  const api = new ConsentInMemory();
  const { token } = await api.invite();
  const begin = () => api.invoke('pages', { action: 'begin', token, browser: BROWSER });
  for (let visits = 0; visits < 20; visits += 1) expect(await begin()).toMatchObject({ kind: 'redirect' });

  expect(await begin()).toEqual({ kind: 'too-many', connection: CONNECTION });
  api.world.nowMs += 3_600_001;
  expect(await begin()).toMatchObject({ kind: 'redirect' });
});

test('a link with another secret, another id or a cut end is unknown', async () => {
  const api = new ConsentInMemory();
  const { token } = await api.invite();

  for (const wrong of [
    token.slice(0, -1),
    `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
    `${'b'.repeat(22)}${token.slice(22)}`,
    '',
  ])
    expect(await api.invoke('pages', { action: 'view', token: wrong })).toEqual({ kind: 'unknown' });
});
