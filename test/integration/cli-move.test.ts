import { afterAll, describe, expect, it } from 'vitest';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import { addSharedClient, consentTo, liveWith, storeSharedClient } from '../support/shared-clients.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

const tagsOf = (name: string) => Object.fromEntries(desk.secrets.store.get(`zoho/${name}/access-token`).tags);

describe('move --client', () => {
  it('gets a new consent for the granted scopes, and lists the old refresh token', async () => {
    const { clientId } = await addSharedClient(desk, 'acme');
    const { name, ...old } = await desk.live();

    const { exitCode, stdout, stderr, requestedScope } = await consentTo(desk, [
      ...(['move', name, '--client', 'acme'] as const),
    ]);

    expect(exitCode).toBe(0);
    expect(requestedScope).toBe(SCOPE);
    expect(stderr).toContain(`${name} is moved from its own client 1000.`);
    expect(stderr).toContain('to the client acme in eu');
    expect(stdout).toContain(`live: ${name} has a new token`);
    expect(stderr).toContain(`zoho-tokens revoke ${name} --unused`);
    expect(desk.credentials(name)).toMatchObject({ client: 'acme', data_center: 'eu' });
    expect(desk.credentials(name)).not.toHaveProperty('client_secret');
    expect((await desk.row(name)).client).toBe('acme');
    expect(await desk.stands(old)).toBe(true);

    const revoked = await desk.run(['revoke', name, '--unused', '--confirm', name]);

    expect(revoked.stdout).toBe(`revoked: an earlier refresh token of ${name}, at Zoho (eu)\n`);
    expect(await desk.stands(old)).toBe(false);
    expect(await desk.deployment.refresh(name)).toMatchObject({ outcome: 'refreshed' });
    expect(clientId).not.toBe(old.clientId);
  });

  it('revokes the old refresh token with --revoke-old, from one shared client to another', async () => {
    const { clientId, clientSecret } = await addSharedClient(desk, 'before');
    await addSharedClient(desk, 'after');
    const { name, refreshToken } = await liveWith(desk, 'before', clientId);

    const { exitCode, stdout } = await consentTo(desk, ['move', name, '--client', 'after', '--revoke-old']);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`revoked: the old refresh token of ${name}`);
    expect(await desk.stands({ clientId, clientSecret, refreshToken })).toBe(false);
  });

  it('needs no consent if the connection has a copy of the same client', async () => {
    const { name, ...old } = await desk.live();
    await storeSharedClient(desk, 'same', old);

    const { exitCode, stdout, visited } = await consentTo(desk, ['move', name, '--client', 'same']);
    const again = await consentTo(desk, ['move', name, '--client', 'same']);

    expect(exitCode).toBe(0);
    expect(visited).toEqual([]);
    expect(stdout).toContain('No one has to consent.');
    expect(desk.credentials(name)).toEqual({
      ...{ client: 'same', refresh_token: old.refreshToken, data_center: 'eu' },
    });
    expect((await desk.row(name)).client).toBe('same');
    expect(again).toMatchObject({
      exitCode: 0,
      stdout: `nothing to move: ${name} uses the client same in eu already\n`,
    });
  });

  it('restores the copy if Zoho refuses the secret of the shared client', async () => {
    const { name, ...old } = await desk.live();
    await storeSharedClient(desk, 'wrong', { ...old, clientSecret: 'f'.repeat(42) });
    const before = desk.credentialsText(name);

    const { exitCode, stderr } = await consentTo(desk, ['move', name, '--client', 'wrong']);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('The old credentials were restored.');
    expect(stderr).toContain('zoho-tokens client rotate wrong');
    expect(desk.credentialsText(name)).toBe(before);
    expect((await desk.row(name)).status).toBe('active');
  });

  it('moves a connection whose client is gone', async () => {
    const { clientId } = await addSharedClient(desk, 'gone');
    await addSharedClient(desk, 'here');
    const { name } = await liveWith(desk, 'gone', clientId);
    desk.secrets.store.deleteNow('zoho/gone/client');

    const { exitCode, stderr } = await consentTo(desk, ['move', name, '--client', 'here']);

    expect(exitCode).toBe(0);
    expect(stderr).toContain('from a client that cannot be read in eu');
    expect(desk.credentials(name).client).toBe('here');
  });

  it('restores the old credentials if Zoho refuses the new ones', async () => {
    await addSharedClient(desk, 'refused');
    const { name, refreshToken } = await desk.live();
    const before = desk.credentialsText(name);
    const [{ refreshTokenOrdinal: old } = { refreshTokenOrdinal: 0 }] =
      desk.zoho.tokenCallsWith(refreshToken);
    const lift = desk.zoho.onTokenRequest(({ grantType, refreshTokenOrdinal }) =>
      grantType === 'refresh_token' && refreshTokenOrdinal !== old
        ? { kind: 'error', error: 'invalid_code' }
        : undefined,
    );

    const { exitCode, stderr } = await consentTo(desk, ['move', name, '--client', 'refused']);
    lift();

    expect(exitCode).toBe(1);
    expect(stderr).toContain('The old credentials were restored.');
    expect(desk.credentialsText(name)).toBe(before);
  });

  it.each<[fact: string, alter: (callback: URL) => URL]>([
    ['is rejected', (callback) => new URL(`${callback.origin}${callback.pathname}?error=access_denied`)],
    [
      'has a code that Zoho refuses',
      (callback) => {
        callback.searchParams.set('code', '1000.0000');
        return callback;
      },
    ],
  ])('leaves everything as it is if the consent %s', async (_, alter) => {
    if (desk.secrets.store.find('zoho/idle/client') === undefined) await addSharedClient(desk, 'idle');
    const { name } = await desk.live();
    const before = desk.credentialsText(name);

    const { exitCode } = await consentTo(desk, ['move', name, '--client', 'idle'], {
      alter: (callback) => {
        const state = callback.searchParams.get('state') ?? '';
        const altered = alter(callback);
        altered.searchParams.set('state', state);
        return altered;
      },
    });

    expect(exitCode).toBe(1);
    expect(desk.credentialsText(name)).toBe(before);
    expect(await desk.deployment.refresh(name)).toMatchObject({ outcome: 'refreshed' });
  });
});

describe('move --data-center', () => {
  const everywhere = { sharedCredentials: true, accountLocation: 'us' } as const;

  it('corrects the tags of a connection that was added at run time', async () => {
    await addSharedClient(desk, 'global', everywhere);
    const { name } = await desk.connected('crm-moves');

    const { exitCode, stdout } = await consentTo(desk, [
      ...(['move', name, '--client', 'global', '--data-center', 'us'] as const),
    ]);
    const diagnosed = await desk.run(['doctor', name]);

    expect(exitCode).toBe(0);
    expect(stdout).toContain('the client global, data center us');
    expect(desk.credentials(name)).toMatchObject({ client: 'global', data_center: 'us' });
    expect(tagsOf(name)).toMatchObject({ 'zoho-token-refresher:data-center': 'us' });
    expect(diagnosed.stdout).toMatch(/data-center +us, as specified/);
  });

  it('keeps the shared client that the credentials refer to', async () => {
    const { name } = await desk.connected('crm-stays');
    await consentTo(desk, ['move', name, '--client', 'global', '--data-center', 'us']);
    const here = { sharedCredentials: true, accountLocation: 'in' } as const;
    const { clientId, clientSecret } = desk.client(here);
    await desk.run(['client', 'add', 'global', '--data-center', 'eu', '--replace'], {
      stdin: JSON.stringify({ client_id: clientId, client_secret: clientSecret }),
    });

    const { exitCode } = await consentTo(desk, ['move', name, '--data-center', 'in']);

    expect(exitCode).toBe(0);
    expect(desk.credentials(name)).toMatchObject({ client: 'global', data_center: 'in' });
  });

  it('is refused for a declared connection, with the edit to make', async () => {
    const { name } = await desk.live();

    const { exitCode, stderr, visited } = await consentTo(desk, ['move', name, '--data-center', 'us']);

    expect({ exitCode, visited }).toEqual({ exitCode: 1, visited: [] });
    expect(stderr).toContain(`${name} is declared in data center eu, not in us. Nothing was changed.`);
    expect(stderr).toContain(`set "dataCenter": "us" in place of "eu" for "${name}", and deploy`);
  });

  it('stores nothing for an account that is elsewhere, and revokes what it got', async () => {
    await addSharedClient(desk, 'elsewhere', { sharedCredentials: true, accountLocation: 'in' });
    const { name } = await desk.connected('crm-elsewhere');
    const before = desk.credentialsText(name);

    const { exitCode, stderr } = await consentTo(desk, [
      ...(['move', name, '--client', 'elsewhere', '--data-center', 'us'] as const),
    ]);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('is in data center in, not in us. The old credentials stand.');
    expect(stderr).toContain('The new refresh token was revoked.');
    expect(stderr).toContain('--data-center in');
    expect(desk.credentialsText(name)).toBe(before);
  });
});

describe('move refuses', () => {
  it.each<[fact: string, args: () => Promise<[string, ...string[]]>, code: number, says: string]>([
    [
      'nothing to move to',
      async () => [(await desk.live()).name],
      2,
      'Use --client CLIENT, --data-center LOCATION or --to STORE',
    ],
    [
      'a client that does not exist',
      async () => [(await desk.live()).name, '--client', 'nobody'],
      1,
      'There is no client nobody',
    ],
    [
      'a connection without credentials',
      async () => [await desk.pending(), '--client', 'acme'],
      1,
      'so nothing can be moved',
    ],
    [
      'an unknown connection',
      async () => ['crm-none', '--client', 'acme'],
      1,
      'There is no connection crm-none',
    ],
    [
      'a client without a secret for the data center',
      async () => {
        desk.deployment.putClient('only-us', {
          client_id: '1000.A',
          data_center: 'us',
          client_secrets: { us: 'f'.repeat(42) },
        });
        return [(await desk.live()).name, '--client', 'only-us'];
      },
      1,
      'has no secret for the data center eu',
    ],
  ])('%s', async (_, args, code, says) => {
    const { exitCode, stderr, visited } = await consentTo(desk, ['move', ...(await args())]);

    expect({ exitCode, visited }).toEqual({ exitCode: code, visited: [] });
    expect(stderr).toContain(says);
  });
});
