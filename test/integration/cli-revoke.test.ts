import { afterAll, describe, expect, it } from 'vitest';
import { authorizeInBrowser, consent } from '../support/consent-visitor.ts';
import { OperatorDesk } from '../support/operator-desk.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

const revoke = (name: string, more: object = {}) => desk.run(['revoke', name, '--confirm', name], more);

/** `authorize` with a user who accepts; `meanwhile` happens while the consent page is open. */
const authorize = (name: string, meanwhile: () => Promise<unknown> = async () => {}) =>
  authorizeInBrowser(desk, name, {
    alter: async (callback) => {
      await meanwhile();
      return callback;
    },
  });

describe('revoke', () => {
  it('ends the authorization at Zoho and the refreshes, and lists the next steps', async () => {
    const { name, ...old } = await desk.live();
    const accessToken = desk.deployment.readToken(name)?.access_token ?? '';

    const { exitCode, stdout } = await revoke(name);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`revoked: the refresh token of ${name}, at Zoho (eu)\ndisabled: ${name}`);
    expect(stdout).toContain(`zoho-tokens authorize ${name}`);
    expect(await desk.stands(old)).toBe(false);
    expect(desk.zoho.isValid(accessToken)).toBe(false);
    expect(await desk.row(name)).toMatchObject({ status: 'disabled', lastFailure: { code: 'revoked' } });
  });

  it('also disables a connection whose refresh token Zoho no longer knows', async () => {
    const { name, refreshToken } = await desk.live();
    desk.zoho.revoke(refreshToken);

    const { exitCode, stdout } = await revoke(name);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`already invalid: the refresh token of ${name}`);
    expect((await desk.row(name)).status).toBe('disabled');
  });

  it.each([
    ['Zoho is unreachable', () => Promise.reject(new TypeError('fetch failed')), /could not be reached/],
    ['Zoho is down', async () => new Response('<html>', { status: 503 }), /revocation with HTTP 503/],
    [
      'Zoho throttles',
      async () => Response.json({ error: 'Access Denied', status: 'failure' }, { status: 400 }),
      /too many requests/,
    ],
    ['the answer confirms nothing', async () => new Response('{}'), /revocation with HTTP 200/],
  ] as const)('leaves the connection as it is when %s', async (_, answer, says) => {
    const { name } = await desk.live();
    const before = await desk.row(name);

    const { exitCode, stderr } = await revoke(name, { fetch: answer });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(says);
    expect(stderr).toContain('Nothing was changed.');
    expect(await desk.row(name)).toEqual(before);
  });

  it('is refused without credentials, and with unreadable ones', async () => {
    const [empty, broken] = [await desk.pending(), await desk.pending()];
    desk.writeCredentials(broken, '{"client_id":"1000.A"}');

    const runs = [await revoke(empty), await revoke(broken)];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 1]);
    expect(runs[0]?.stderr).toContain('has no credentials, so there is nothing to revoke');
    expect(runs[1]?.stderr).toContain('refresh_token is missing');
  });

  it('is undone by authorize, but not by resume', async () => {
    const { name } = await desk.live();
    await revoke(name);

    const resumed = await desk.run(['resume', name]);
    const authorized = await authorize(name);

    expect([resumed.exitCode, authorized.exitCode]).toEqual([1, 0]);
    expect((await desk.row(name)).status).toBe('active');
    expect(desk.zoho.isValid(desk.deployment.readToken(name)?.access_token ?? '')).toBe(true);
  });

  it('leaves no token to print, because Zoho invalidated the stored one', async () => {
    const { name } = await desk.live();
    await revoke(name);

    const { exitCode, stdout, stderr } = await desk.run(['token', name]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('was revoked, so its token is invalid');
  });
});

describe('authorize', () => {
  it('stores the credentials of a paused connection and leaves it paused', async () => {
    const { name, refreshToken } = await desk.live();
    await desk.run(['pause', name]);

    const { exitCode, stderr } = await authorize(name);

    expect(exitCode).toBe(0);
    expect(stderr).toContain(`${name} is paused. To resume it, run: zoho-tokens resume ${name}`);
    expect(desk.credentials(name).refresh_token).not.toBe(refreshToken);
    expect(await desk.row(name)).toMatchObject({ status: 'disabled', lastFailure: { code: 'paused' } });
  });

  it('is refused for a disconnected connection before the browser opens', async () => {
    const { name } = await desk.connected('acme-1');
    await desk.run(['disconnect', name, '--confirm', name]);

    const { exitCode, stderr, visited } = await authorize(name);

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(new RegExp(`${name} is disconnected\\.\n.*zoho-tokens connect ${name}`));
    expect(visited).toEqual([]);
  });

  it.each<[fact: string, command: string, status: string]>([
    ['enables a connection that was revoked during the consent', 'revoke', 'active'],
    ['leaves a connection paused that was paused during the consent', 'pause', 'disabled'],
  ])('%s', async (_, command, status) => {
    const { name } = await desk.live();

    const { exitCode } = await authorize(name, () =>
      command === 'revoke' ? revoke(name) : desk.run([command, name]),
    );

    expect(exitCode).toBe(0);
    expect((await desk.row(name)).status).toBe(status);
  });

  it('stores nothing when the connection was disconnected during the consent', async () => {
    const { name } = await desk.connected('acme-2');
    const disconnect = ['disconnect', name, '--confirm', name];

    const { exitCode, stderr } = await authorize(name, () => desk.run(disconnect));

    expect(exitCode).toBe(1);
    expect(stderr).toContain('the secret is scheduled for deletion');
  });

  it('succeeds even if the user closes the window before the credentials are stored', async () => {
    const { name } = await desk.live();
    const held = desk.zoho.holdNextCall();
    const window = new AbortController();

    const running = authorizeInBrowser(desk, name, {
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
