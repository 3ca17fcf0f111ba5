import { describe, expect, test, vi } from 'vitest';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import { BROWSER } from '../../simulation/consent/consent-stories.ts';
import { ConsentInMemory, createEvent, httpEvent } from '../../support/consent-in-memory.ts';

const ID = 'a'.repeat(22);
const ALL_CALLERS_EVENTS = [
  createEvent(),
  { action: 'get-invite', id: ID },
  { action: 'list-invites' },
  { action: 'complete-invite', id: ID },
  { action: 'reject-invite', id: ID },
  { action: 'cancel-invite', id: ID },
];
const ALL_PAGES_EVENTS = [
  { action: 'view', token: 't' },
  { action: 'begin', token: 't', browser: BROWSER },
  { action: 'callback', query: 'code=c&state=s', browser: BROWSER },
];
const SWEEP = { action: 'sweep' };
const FORGED = httpEvent('POST', '/v1/invites', { body: createEvent() });

describe('the door of the pages', () => {
  test.each([...ALL_CALLERS_EVENTS, SWEEP, FORGED, { ...createEvent(), ...FORGED }, null, 'view', []])(
    'answers %j like an unknown link, and changes nothing',
    async (event) => {
      const api = new ConsentInMemory();

      expect(await api.invoke('pages', event)).toEqual({ kind: 'unknown' });
      expect(api.world.invites.size).toBe(0);
    },
  );

  test('cannot complete what waits for a confirmation', async () => {
    const api = new ConsentInMemory();
    const { id } = await api.invite({ mode: 'confirm' });

    expect(await api.invoke('pages', { action: 'complete-invite', id })).toEqual({ kind: 'unknown' });
  });
});

describe('the door of the callers', () => {
  test.each([...ALL_PAGES_EVENTS, SWEEP, FORGED, null])('refuses %j', async (event) => {
    const api = new ConsentInMemory();

    expect(await api.invoke('callers', event)).toMatchObject({ error: { code: 'invalid_request' } });
    expect(api.world.invites.size).toBe(0);
  });

  test('records the principal that a caller states', async () => {
    const api = new ConsentInMemory();
    const { id } = await api.invite({ principal: 'arn:aws:iam::111122223333:role/backend' });

    expect(await api.invoke('callers', { action: 'get-invite', id })).toMatchObject({
      created_by: 'arn:aws:iam::111122223333:role/backend',
    });
  });
});

describe('the door of the schedule', () => {
  test('sweeps, and fails for everything else: such an event is our own', async () => {
    const api = new ConsentInMemory();

    expect(await api.invoke('schedule', SWEEP)).toEqual({ finished: 0, revoked: 0, expired: 0, left: 0 });
    for (const event of [...ALL_CALLERS_EVENTS, ...ALL_PAGES_EVENTS, FORGED])
      await expect(api.invoke('schedule', event)).rejects.toThrow('action must be one of sweep');
  });
});

test.each([60_000, -600_000, Number.NaN])(
  'every invocation has 25 seconds, also if a wrong clock says that %d ms are left',
  async (leftMs) => {
    const api = new ConsentInMemory();
    const { clock } = api.world.ports;
    const abortAfter = vi.fn(clock.abortAfter);

    await api.with({ clock: { ...clock, abortAfter } }).invoke('callers', { action: 'list-invites' }, leftMs);

    expect(abortAfter.mock.calls[0]).toEqual([25_000]);
  },
);

test('an invite that expires is announced once', async () => {
  const events: string[] = [];
  const announce = ({ state }: { readonly state: string }) => Promise.resolve(void events.push(state));
  const api = new ConsentInMemory({ ports: { events: { announce } } });
  await api.invite({ expires_in_seconds: 60 });
  api.world.nowMs += 60_000;

  const sweep = () => api.invoke('schedule', SWEEP);
  expect(await sweep()).toEqual({ finished: 0, revoked: 0, expired: 1, left: 0 });
  expect(await sweep()).toEqual({ finished: 0, revoked: 0, expired: 0, left: 0 });
  expect(events).toEqual(['invited', 'expired']);
});

test.each(['', 'operators', '$LATEST', 'PAGES'])('the alias "%s" is no door', async (door) => {
  const api = new ConsentInMemory();

  expect(await api.invoke(door, createEvent())).toMatchObject({ error: { code: 'not_allowed' } });
  expect(await api.invoke(door, SWEEP)).toMatchObject({ error: { code: 'not_allowed' } });
});

describe('the door of API Gateway', () => {
  const answerOf = async (api: ConsentInMemory, event: object) => {
    const { statusCode, body } = (await api.invoke('http', event)) as { statusCode: number; body: string };
    return { statusCode, ...JSON.parse(body) };
  };

  test('creates, reads, lists, completes, rejects and cancels invites for a verified principal', async () => {
    const api = new ConsentInMemory();
    const { action: _action, ...body } = createEvent({ principal: 'stated' }) as Record<string, unknown>;
    const created = await answerOf(api, httpEvent('POST', '/v1/invites', { body }));

    expect(created).toMatchObject({ statusCode: 200, status: 'open' });
    const path = `/v1/invites/${created.id}`;
    expect(await answerOf(api, httpEvent('GET', path))).toMatchObject({
      created_by: 'arn:aws:iam::111122223333:user/ann',
    });
    const list = await answerOf(api, httpEvent('GET', '/v1/invites', { query: { connection: 'crm-acme' } }));
    expect(list.invites).toHaveLength(1);
    expect(await answerOf(api, httpEvent('POST', `${path}/complete`, { body: {} }))).toMatchObject({
      ...{ statusCode: 409, error: { code: 'not_awaiting' } },
    });
    expect(await answerOf(api, httpEvent('POST', `${path}/reject`))).toMatchObject({ statusCode: 409 });
    expect(await answerOf(api, httpEvent('DELETE', path))).toMatchObject({
      statusCode: 200,
      status: 'cancelled',
    });
  });

  test('takes the idempotency key from the header', async () => {
    const api = new ConsentInMemory();
    const { action: _action, ...body } = createEvent() as Record<string, unknown>;
    const event = httpEvent('POST', '/v1/invites', { body, headers: { 'idempotency-key': 'order-1' } });

    const [one, two] = [await answerOf(api, event), await answerOf(api, event)];

    expect(one.id).toBe(two.id);
    expect(one.url).not.toBe(two.url);
  });

  test.each([
    ['without a principal', httpEvent('GET', '/v1/invites', { principal: null }), 403, 'not_allowed'],
    [
      'with a principal that is none',
      httpEvent('GET', '/v1/invites', { principal: 'ann' }),
      403,
      'not_allowed',
    ],
    ['of an unknown route', httpEvent('PUT', '/v1/invites'), 400, 'invalid_request'],
    ['below a route', httpEvent('GET', `/v1/invites/${ID}/complete/x`), 400, 'invalid_request'],
    ['with a body that is no JSON', httpEvent('POST', '/v1/invites', { body: '{' }), 400, 'invalid_request'],
    ['for an unknown invite', httpEvent('GET', `/v1/invites/${ID}`), 404, 'unknown_invite'],
    ['with an action of Invoke', createEvent(), 403, 'not_allowed'],
    ['that is null', null, 403, 'not_allowed'],
  ])('refuses a request %s', async (_, event, statusCode, code) => {
    const api = new ConsentInMemory();

    expect(await answerOf(api, event as object)).toMatchObject({ statusCode, error: { code } });
    expect(api.world.invites.size).toBe(0);
  });
});

describe('a failure of AWS', () => {
  const ports = () => {
    const { ports } = new ConsentInMemory().world;
    const failure = new InfrastructureError({
      code: 'aws_throttled',
      message: 'dynamodb:GetItem is throttled.',
    });
    return { invites: { ...ports.invites, read: () => Promise.reject(failure) } };
  };

  test('is a page that says so, and an answer that callers repeat', async () => {
    const api = new ConsentInMemory({ ports: ports() });

    const view = { action: 'view', token: `${ID}.${BROWSER}` };
    expect(await api.invoke('pages', view)).toEqual({ kind: 'unavailable' });
    expect(await api.invoke('callers', { action: 'get-invite', id: ID })).toMatchObject({
      error: { code: 'unavailable' },
    });
  });

  test('that is a bug is a function error without its text', async () => {
    const { invites } = new ConsentInMemory().world.ports;
    const broken = { ...invites, read: () => Promise.reject(new TypeError('a secret')) };
    const api = new ConsentInMemory({ ports: { invites: broken } });

    const error = await api.invoke('callers', { action: 'get-invite', id: ID }).catch((thrown) => thrown);

    expect(error.message).toBe('Unexpected error (TypeError) in ConsentApi. The log says where.');
    expect(api.log.lines.join('')).not.toContain('a secret');
  });
});

describe('a garbled callback', () => {
  const state = 's'.repeat(43);

  test.each([
    ['nothing', ''],
    ['no state', 'code=c'],
    ['a state of another form', 'code=c&state=short'],
    ['a state that is not known', `code=c&state=${state}`],
    ['two states', `code=c&state=${state}&state=${state}`],
    ['no text', '%E0%A4%A&&==&%00'],
    ['more than 8 KB', 'x'.repeat(8193)],
  ])('with %s is like an unknown link', async (_, query) => {
    expect(
      await new ConsentInMemory().invoke('pages', { action: 'callback', query, browser: BROWSER }),
    ).toEqual({
      kind: 'unknown',
    });
  });

  test.each([
    ['neither code nor error', 'location=eu', 'client_refused'],
    ['two codes', 'code=a&code=b&location=eu', 'client_refused'],
    ['a code and an error', 'code=a&error=server_error', 'client_refused'],
    ['a data center that is not known', 'code=a&location=xx', 'unknown_data_center'],
    [
      'places that contradict',
      'code=a&location=eu&accounts-server=https://accounts.zoho.in',
      'unknown_data_center',
    ],
    ['a foreign accounts server', 'code=a&accounts-server=https://evil.example', 'unknown_data_center'],
  ])('with %s sends the code nowhere, and the link still works', async (_, query, reason) => {
    const api = new ConsentInMemory();
    const { token } = await api.invite();
    const sent = (await api.invoke('pages', { action: 'begin', token, browser: BROWSER })) as { url: string };
    const known = new URL(sent.url).searchParams.get('state');

    const page = await api.invoke('pages', {
      ...{ action: 'callback', query: `${query}&state=${known}`, browser: BROWSER },
    });

    expect(page).toMatchObject({ kind: 'failed', reason, retryable: true });
    expect(api.world.issued).toBe(0);
    expect(await api.invoke('pages', { action: 'view', token })).toMatchObject({ kind: 'invite' });
  });

  test('without an account in the product names the product', async () => {
    const api = new ConsentInMemory();
    const { token } = await api.invite();
    const sent = (await api.invoke('pages', { action: 'begin', token, browser: BROWSER })) as { url: string };
    const known = new URL(sent.url).searchParams.get('state');

    expect(
      await api.invoke('pages', {
        action: 'callback',
        query: `error=no_org&state=${known}`,
        browser: BROWSER,
      }),
    ).toEqual({ kind: 'no-account', connection: 'crm-acme', products: ['ZohoCRM'] });
  });
});
