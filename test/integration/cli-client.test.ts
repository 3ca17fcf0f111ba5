import { afterAll, describe, expect, it } from 'vitest';
import { OperatorDesk } from '../support/operator-desk.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

const client = (name: string) => desk.secrets.store.get(`zoho/${name}/client`);
const stored = (name: string) =>
  JSON.parse(desk.secrets.store.currentText(`zoho/${name}/client`) ?? '') as Record<string, unknown>;

/** A client that is stored, and a connection of it with a token. */
async function shared(name: string) {
  const { clientId, clientSecret } = desk.zoho.registerClient({ dataCenter: 'eu' });
  const stdin = JSON.stringify({ client_id: clientId, client_secret: clientSecret });
  const added = await desk.run(['client', 'add', name, '--data-center', 'eu'], { stdin });
  const live = await desk.live();
  desk.writeCredentials(
    live.name,
    JSON.stringify({
      client: name,
      refresh_token: desk.zoho.grant({ clientId, dataCenter: 'eu', scope: 'ZohoCRM.modules.ALL' }),
      data_center: 'eu',
    }),
  );
  await desk.run(['refresh', live.name]);
  return { clientId, clientSecret, added, connection: live.name };
}

describe('zoho-tokens client', () => {
  it('add stores a client from stdin, and list names its connections', async () => {
    const { added, connection, clientSecret } = await shared('acme');
    const listed = await desk.run(['client', 'list', '--json']);

    expect(added).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('zoho/acme/client') as string,
    });
    expect(stored('acme')).toMatchObject({ data_center: 'eu', client_secret: clientSecret });
    expect(JSON.parse(listed.stdout)).toEqual({
      clients: [
        {
          client: 'acme',
          dataCenter: 'eu',
          secrets: 'one',
          connections: [connection],
          refused: [],
          isRotationPending: false,
        },
      ],
    });
    expect(`${added.stdout}${added.stderr}${listed.stdout}`).not.toContain(clientSecret);
  });

  it('add and rotate take the secret from the environment, as authorize does', async () => {
    const environment = desk.with(desk.zoho.registerClient({ dataCenter: 'eu' }));
    const other = desk.with(desk.zoho.registerClient({ dataCenter: 'eu' }));
    const run = (action: string, of: typeof environment) =>
      desk.run(['client', action, 'exported', ...(action === 'add' ? ['--data-center', 'eu'] : [])], {
        environment: of,
      });

    const added = await run('add', environment);
    const same = await run('rotate', environment);
    const foreign = await run('rotate', other);

    expect(stored('exported').client_secret).toBe(environment.ZOHO_CLIENT_SECRET);
    expect([added.exitCode, same.exitCode, foreign.exitCode]).toEqual([0, 0, 2]);
    expect(same.stdout).toContain('nothing to rotate');
    expect(foreign.stderr).toContain('is another one');
  });

  it('rotate stores the new secret beside the old one, and refreshes what is refused', async () => {
    const { clientId, connection } = await shared('rotating');
    const { clientSecret } = desk.zoho.regenerateSecret(clientId);
    await desk.deployment.refresh(connection);
    const before = client('rotating').stages.get('AWSCURRENT');

    const rotated = await desk.run(['client', 'rotate', 'rotating'], {
      stdin: JSON.stringify({ client_secret: clientSecret }),
    });

    expect(rotated).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('1 connections') as string,
    });
    expect(client('rotating').stages.get('AWSCURRENT')).not.toBe(before);
    expect(stored('rotating')).toMatchObject({ client_id: clientId, client_secret: clientSecret });
    expect((await desk.row(connection))?.lastFailure).toBeUndefined();
  });

  it.each([
    ['a client that does not exist', ['rotate', 'nothing'], '{"client_secret":"x"}', 1, 'no client nothing'],
    ['no name', ['rotate'], '{}', 2, 'name of the client is missing'],
    ['a name that is none', ['add', 'a/b'], '{}', 2, 'not the name of a client'],
    ['input that is not JSON', ['add', 'new', '--data-center', 'eu'], 'secret', 2, 'not a JSON object'],
    ['no data center', ['add', 'new'], '{"client_id":"1000.A","client_secret":"s"}', 2, 'data center'],
    ['no secret', ['add', 'new', '--data-center', 'eu'], '{"client_id":"1000.A"}', 2, 'client_secret'],
  ])('refuses %s', async (_, command, stdin, exitCode, message) => {
    const result = await desk.run(['client', ...command], { stdin });

    expect(result).toMatchObject({ exitCode, stderr: expect.stringContaining(message) as string });
  });

  it('refuses to replace a client without being asked to', async () => {
    await shared('kept');
    const result = await desk.run(['client', 'add', 'kept', '--data-center', 'eu'], {
      stdin: '{"client_id":"1000.B","client_secret":"s"}',
    });

    expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--replace') as string });
    expect(stored('kept').client_id).not.toBe('1000.B');
  });

  it('keeps the reference of a connection that is audited and diagnosed', async () => {
    const { connection } = await shared('seen');
    const diagnosed = await desk.run(['doctor', connection]);

    expect(diagnosed.stdout).not.toContain('was not read');
  });
});
