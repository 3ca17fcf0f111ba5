import { afterAll, describe, expect, it } from 'vitest';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import { addSharedClient, consentTo, liveWith } from '../support/shared-clients.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

const clientOf = (name: string) => JSON.parse(desk.secrets.store.currentText(`zoho/${name}/client`) ?? '');
const rotate = (name: string, clientSecret: string) =>
  desk.run(['client', 'rotate', name], { stdin: JSON.stringify({ client_secret: clientSecret }) });

describe('authorize with a shared client', () => {
  it('stores a reference to the client, without its id and secret, and a token is live', async () => {
    const { clientId, clientSecret } = await addSharedClient(desk, 'acme');
    const name = await desk.pending();

    const { exitCode, stdout, stderr, visited } = await consentTo(desk, [
      ...(['authorize', name, '--client', 'acme'] as const),
    ]);

    const { refresh_token: refreshToken, ...rest } = desk.credentials(name);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`live: ${name} has a new token, generation 1`);
    expect(new URL(visited[0] ?? '').searchParams.get('client_id')).toBe(clientId);
    expect(rest).toMatchObject({ client: 'acme', data_center: 'eu', scope: SCOPE });
    expect(Object.keys(rest)).not.toContain('client_id');
    expect(`${stdout}${stderr}${desk.credentialsText(name)}`).not.toContain(clientSecret);
    expect(refreshToken).toMatch(/^1000\./);
    expect((await desk.row(name)).client).toBe('acme');
  });

  it('keeps the reference when it is repeated without --client', async () => {
    const { clientId } = await addSharedClient(desk, 'kept');
    const { name, refreshToken } = await liveWith(desk, 'kept', clientId);

    const { exitCode } = await consentTo(desk, ['authorize', name]);

    expect(exitCode).toBe(0);
    expect(desk.credentials(name).client).toBe('kept');
    expect(desk.credentials(name).refresh_token).not.toBe(refreshToken);
  });

  it('uses the new secret of a client that is being rotated, and makes it current', async () => {
    const { clientId } = await addSharedClient(desk, 'turning');
    await liveWith(desk, 'turning', clientId);
    const { clientSecret } = desk.zoho.regenerateSecret(clientId);
    await rotate('turning', clientSecret);

    const { exitCode, stderr } = await consentTo(desk, [
      ...(['authorize', await desk.pending(), '--client', 'turning'] as const),
    ]);

    expect(exitCode).toBe(0);
    expect(stderr).toContain('refuses the old secret of the client turning and accepts the new one');
    expect(clientOf('turning').client_secret).toBe(clientSecret);
  });

  it('says to rotate the client if Zoho refuses its secret, and changes nothing', async () => {
    const { clientId } = await addSharedClient(desk, 'stale');
    desk.zoho.regenerateSecret(clientId);
    const name = await desk.pending();

    const { exitCode, stderr } = await consentTo(desk, ['authorize', name, '--client', 'stale']);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('run: zoho-tokens client rotate stale. Then start again.');
    expect(desk.credentialsText(name)).toBeUndefined();
  });

  it('offers the rotation, not a secret of its own, after Zoho has refused that of the client', async () => {
    const { clientId } = await addSharedClient(desk, 'ended');
    const { name } = await liveWith(desk, 'ended', clientId);
    const before = desk.credentialsText(name);
    desk.zoho.regenerateSecret(clientId);
    await desk.deployment.refresh(name);

    const { exitCode, stderr, visited } = await consentTo(desk, ['authorize', name]);

    expect({ exitCode, visited }).toEqual({ exitCode: 1, visited: [] });
    expect(stderr).toContain(`Zoho refused the secret of the client ended, which ${name} shares`);
    expect(stderr).toContain('zoho-tokens client rotate ended. No one has to consent again.');
    expect(desk.credentialsText(name)).toBe(before);
  });

  it('refuses credentials whose client is gone, before the browser opens', async () => {
    const { clientId } = await addSharedClient(desk, 'gone');
    const { name } = await liveWith(desk, 'gone', clientId);
    const before = desk.credentialsText(name);
    desk.secrets.store.deleteNow('zoho/gone/client');

    const { exitCode, stderr, visited } = await consentTo(desk, ['authorize', name]);

    expect({ exitCode, visited }).toEqual({ exitCode: 1, visited: [] });
    expect(stderr).toContain(
      `The credentials of ${name} refer to the client gone, whose secret does not exist`,
    );
    expect(stderr).toContain(`zoho-tokens move ${name} --client OTHER`);
    expect(desk.credentialsText(name)).toBe(before);
  });

  it('says so when a client of its own takes the place of the shared one', async () => {
    const { clientId } = await addSharedClient(desk, 'left');
    const { name } = await liveWith(desk, 'left', clientId);

    const { exitCode, stderr } = await consentTo(desk, ['authorize', name], {
      environment: desk.with(desk.client()),
    });

    expect(exitCode).toBe(0);
    expect(stderr).toContain('To keep the shared one, use --client left.');
  });

  it('refuses an unknown client', async () => {
    const { exitCode, stderr } = await consentTo(desk, [
      ...(['authorize', await desk.pending(), '--client', 'nobody'] as const),
    ]);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('There is no client nobody, or you may not read its secret.');
  });
});

describe('a connection of a shared client', () => {
  it('is revoked, also when the client is gone', async () => {
    const { clientId, clientSecret } = await addSharedClient(desk, 'vanished');
    const { name, refreshToken } = await liveWith(desk, 'vanished', clientId);
    desk.secrets.store.deleteNow('zoho/vanished/client');

    const { exitCode } = await desk.run(['revoke', name, '--confirm', name]);

    expect(exitCode).toBe(0);
    expect(await desk.stands({ clientId, clientSecret, refreshToken })).toBe(false);
  });

  it('is disconnected without the client, which others still use', async () => {
    await addSharedClient(desk, 'stays');
    await desk.run(['connect', 'crm-one', '--data-center', 'eu', '--scope', SCOPE]);
    await consentTo(desk, ['authorize', 'crm-one', '--client', 'stays']);

    const { exitCode } = await desk.run(['disconnect', 'crm-one', '--confirm', 'crm-one']);

    expect(exitCode).toBe(0);
    expect(desk.secrets.store.get('zoho/stays/client').deletionAtMs).toBeUndefined();
  });
});

describe('doctor', () => {
  it.each<[fact: string, change: (client: string, clientId: string) => void, says: readonly string[]]>([
    [
      'whose secret does not exist',
      (client) => desk.secrets.store.deleteNow(`zoho/${client}/client`),
      ['whose secret does not exist', 'zoho-tokens client add', '--client OTHER'],
    ],
    [
      'whose secret is malformed',
      (client) => desk.deployment.putClient(client, '{'),
      ['it is not a JSON object', '--replace --data-center LOCATION'],
    ],
    [
      'whose secret Zoho refuses',
      (_, clientId) => void desk.zoho.regenerateSecret(clientId),
      ['where Zoho refuses the secret of the client', 'zoho-tokens client rotate'],
    ],
  ])('names a client %s, and the next step', async (fact, change, says) => {
    const client = `of-doctor-${fact.replaceAll(' ', '-')}`;
    const { clientId } = await addSharedClient(desk, client);
    const { name } = await liveWith(desk, client, clientId);
    change(client, clientId);
    await desk.deployment.refresh(name);

    const { exitCode, stdout } = await desk.run(['doctor', name]);

    expect(exitCode).toBe(1);
    for (const text of [client, ...says]) expect(stdout).toContain(text);
    expect(stdout).not.toContain('was not read');
  });

  it('probes each data center with the secret that the client has there', async () => {
    const { clientId } = await addSharedClient(desk, 'many');
    const us = desk.client({ clientId, dataCenter: 'us' });
    desk.deployment.putClient('many', {
      client_id: clientId,
      data_center: 'eu',
      client_secrets: { eu: clientOf('many').client_secret, us: us.clientSecret },
    });
    const name = await desk.pending();
    const refreshToken = desk.zoho.grant({ clientId, dataCenter: 'us', scope: SCOPE });
    desk.writeCredentials(
      name,
      JSON.stringify({ client: 'many', refresh_token: refreshToken, data_center: 'eu' }),
    );

    const { stdout } = await desk.run(['doctor', name, '--probe-data-centers', '--yes']);

    expect(stdout).toContain('the account is in us, not in eu');
  });
});
