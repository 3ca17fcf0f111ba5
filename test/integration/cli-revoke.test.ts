import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consent, freeRedirectUri, person } from '../support/consent-visitor.ts';
import { OperatorDesk } from '../support/operator-desk.ts';

let desk: OperatorDesk;

beforeAll(async () => {
  desk = await OperatorDesk.open();
});

afterAll(() => desk.close());

const revoke = (name: string, more: object = {}) => desk.run(['revoke', name, '--confirm', name], more);

/** `authorize` with a person who accepts; `meanwhile` happens while they look at the consent page. */
async function authorize(name: string, meanwhile: () => Promise<unknown> = async () => {}) {
  const visitor = person('accept', async (callback) => {
    await meanwhile();
    return callback;
  });
  return await desk.run(['authorize', name, '--redirect-uri', await freeRedirectUri()], {
    environment: desk.with(desk.client()),
    openBrowser: visitor.openBrowser,
  });
}

describe('revoke', () => {
  it('ends the authorization at Zoho and the refreshes, and says what remains to be done', async () => {
    const { name, ...old } = await desk.live();
    const accessToken = desk.deployment.readToken(name)?.access_token ?? '';

    const { exitCode, stdout } = await revoke(name);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`revoked: the refresh token of ${name}, at Zoho (eu)\nswitched off: ${name}`);
    expect(stdout).toContain(`zoho-tokens authorize ${name}`);
    expect(await desk.stands(old)).toBe(false);
    expect(desk.zoho.isValid(accessToken)).toBe(false);
    expect(await desk.row(name)).toMatchObject({ status: 'disabled', lastFailure: { code: 'revoked' } });
  });

  it('finishes its work when Zoho does not know the refresh token any more', async () => {
    const { name, refreshToken } = await desk.live();
    desk.zoho.revoke(refreshToken);

    const { exitCode, stdout } = await revoke(name);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`no longer known: the refresh token of ${name}`);
    expect((await desk.row(name)).status).toBe('disabled');
  });

  it.each([
    ['Zoho is out of reach', () => Promise.reject(new TypeError('fetch failed')), /could not be reached/],
    ['Zoho is down', async () => new Response('<html>', { status: 503 }), /HTTP 503 to the revocation/],
    [
      'Zoho throttles',
      async () => Response.json({ error: 'Access Denied', status: 'failure' }, { status: 400 }),
      /too many requests/,
    ],
    ['an answer says nothing', async () => new Response('{}'), /HTTP 200 to the revocation/],
  ] as const)('leaves the connection as it is when %s', async (_, answer, says) => {
    const { name } = await desk.live();
    const before = await desk.row(name);

    const { exitCode, stderr } = await revoke(name, { fetch: answer });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(says);
    expect(stderr).toContain('Nothing was changed.');
    expect(await desk.row(name)).toEqual(before);
  });

  it('is refused without credentials, and with some that cannot be read', async () => {
    const [empty, broken] = [await desk.pending(), await desk.pending()];
    desk.writeCredentials(broken, '{"client_id":"1000.A"}');

    const runs = [await revoke(empty), await revoke(broken)];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 1]);
    expect(runs[0]?.stderr).toContain('has no credentials: there is nothing to revoke');
    expect(runs[1]?.stderr).toContain('refresh_token is missing');
  });

  it('is not undone by resume, and is by authorize', async () => {
    const { name } = await desk.live();
    await revoke(name);

    const resumed = await desk.run(['resume', name]);
    const authorized = await authorize(name);

    expect([resumed.exitCode, authorized.exitCode]).toEqual([1, 0]);
    expect((await desk.row(name)).status).toBe('active');
    expect(desk.zoho.isValid(desk.deployment.readToken(name)?.access_token ?? '')).toBe(true);
  });

  it('leaves no token to be printed: the one that is stored was ended by Zoho', async () => {
    const { name } = await desk.live();
    await revoke(name);

    const { exitCode, stdout, stderr } = await desk.run(['token', name]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('was revoked, and its token with it');
  });
});

describe('authorize', () => {
  it('stores the credentials of a paused connection, and leaves it paused', async () => {
    const { name, refreshToken } = await desk.live();
    await desk.run(['pause', name]);

    const { exitCode, stderr } = await authorize(name);

    expect(exitCode).toBe(0);
    expect(stderr).toContain(`${name} is paused: zoho-tokens resume ${name} goes on.`);
    expect(desk.credentials(name).refresh_token).not.toBe(refreshToken);
    expect(await desk.row(name)).toMatchObject({ status: 'disabled', lastFailure: { code: 'paused' } });
  });

  it('asks nobody for a connection that is disconnected', async () => {
    const { name } = await desk.connected('acme-1');
    await desk.run(['disconnect', name, '--confirm', name]);
    const visitor = person('accept');

    const { exitCode, stderr } = await desk.run(['authorize', name], {
      environment: desk.with(desk.client()),
      openBrowser: visitor.openBrowser,
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${name} is disconnected.\n  zoho-tokens connect ${name}`);
    expect(visitor.visited).toEqual([]);
  });

  it('goes on when the connection was revoked while the person was asked', async () => {
    const { name } = await desk.live();

    const { exitCode } = await authorize(name, () => revoke(name));

    expect(exitCode).toBe(0);
    expect((await desk.row(name)).status).toBe('active');
  });

  it('leaves a connection paused that was paused while the person was asked', async () => {
    const { name } = await desk.live();

    const { exitCode, stderr } = await authorize(name, () => desk.run(['pause', name]));

    expect(exitCode).toBe(0);
    expect(stderr).toContain(`${name} is paused`);
  });

  it('stores nothing when the connection was disconnected while the person was asked', async () => {
    const { name } = await desk.connected('acme-2');

    const { exitCode, stderr } = await authorize(name, () =>
      desk.run(['disconnect', name, '--confirm', name]),
    );

    expect(exitCode).toBe(1);
    expect(stderr).toContain('the secret is scheduled for deletion');
  });

  it('is done although the person closed the window before the answer was stored', async () => {
    const { name } = await desk.live();
    const held = desk.zoho.holdNextCall();
    const redirectUri = await freeRedirectUri();
    const window = new AbortController();

    const running = desk.run(['authorize', name, '--redirect-uri', redirectUri], {
      environment: desk.with(desk.client()),
      openBrowser: async (url) => {
        void fetch(await consent(url, 'accept'), { signal: window.signal }).catch(() => {});
      },
    });
    await held.received;
    window.abort();
    await new Promise((resolve) => setImmediate(resolve));
    held.release();
    const { exitCode, stdout } = await running;

    expect(exitCode).toBe(0);
    expect(stdout).toContain('live: ');
  });
});
