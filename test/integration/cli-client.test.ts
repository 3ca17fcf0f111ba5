import { afterAll, describe, expect, it } from 'vitest';
import { KEY_ARN } from '../../sandbox/aws/embedded-aws.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { OperatorDesk } from '../support/operator-desk.ts';
import { contextOf } from '../support/refresh-context.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

const client = (name: string) => desk.secrets.store.get(`zoho/${name}/client`);
const stored = (name: string) =>
  JSON.parse(desk.secrets.store.currentText(`zoho/${name}/client`) ?? '') as Record<string, unknown>;

/** A client that is stored, and a connection of it with a token for each user. */
async function shared(name: string, users: readonly string[] = ['owner']) {
  const { clientId, clientSecret } = desk.zoho.registerClient({ dataCenter: 'eu' });
  const stdin = JSON.stringify({ client_id: clientId, client_secret: clientSecret });
  const added = await desk.run(['client', 'add', name, '--data-center', 'eu'], { stdin });
  const connections: string[] = [];
  for (const user of users) {
    const { name: connection } = await desk.live();
    const consent = { clientId, dataCenter: 'eu', scope: 'ZohoCRM.modules.ALL', user } as const;
    const credentials = { client: name, refresh_token: desk.zoho.grant(consent), data_center: 'eu' };
    desk.writeCredentials(connection, JSON.stringify(credentials));
    await desk.run(['refresh', connection]);
    connections.push(connection);
  }
  const [connection = ''] = connections;
  return { clientId, clientSecret, added, connection, connections };
}

const secretOnStdin = (clientSecret: string) => ({ stdin: JSON.stringify({ client_secret: clientSecret }) });
const pending = (name: string) => {
  const { stages, versions } = client(name);
  const value = versions.get(stages.get('AWSPENDING') ?? '')?.value;
  return value?.kind === 'string' ? (JSON.parse(value.text) as Record<string, unknown>) : undefined;
};
const first = 'a'.repeat(42);
const second = 'b'.repeat(42);

describe('client rotate', () => {
  it('fails for the second of two people who rotate at once, and the first secret stands', async () => {
    await shared('together');
    const rotateMeanwhile = async () => {
      await desk.run(['client', 'rotate', 'together'], secretOnStdin(first));
      return second;
    };

    const { exitCode, stderr } = await desk.run(['client', 'rotate', 'together'], {
      answers: [rotateMeanwhile],
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Someone else stored a secret of together while you entered yours');
    expect(stderr).toContain('zoho-tokens client rotate together');
    expect(pending('together')?.client_secret).toBe(first);
  });

  it('twice in a row replaces the new secret that Zoho has not accepted, and says so', async () => {
    const { clientSecret } = await shared('twice');

    const once = await desk.run(['client', 'rotate', 'twice'], secretOnStdin(first));
    const again = await desk.run(['client', 'rotate', 'twice'], secretOnStdin(second));

    expect([once.exitCode, again.exitCode]).toEqual([0, 0]);
    expect(once.stderr).not.toContain('It replaces');
    expect(again.stderr).toContain('It replaces a new secret that was stored before');
    expect(pending('twice')?.client_secret).toBe(second);
    expect(stored('twice').client_secret).toBe(clientSecret);
  });

  it('for one data center keeps the new secret of another', async () => {
    const { clientId, clientSecret } = await shared('both');
    const secrets = { eu: clientSecret, us: 'u'.repeat(42) };
    desk.deployment.putClient('both', { client_id: clientId, data_center: 'eu', client_secrets: secrets });

    await desk.run(['client', 'rotate', 'both', '--data-center', 'eu'], secretOnStdin(first));
    await desk.run(['client', 'rotate', 'both', '--data-center', 'us'], secretOnStdin(second));

    expect(pending('both')?.client_secrets).toEqual({ eu: first, us: second });
  });

  it('of a client that no connection uses makes the new secret current at once', async () => {
    const { clientId, clientSecret } = desk.zoho.registerClient({ dataCenter: 'eu' });
    const stdin = JSON.stringify({ client_id: clientId, client_secret: clientSecret });
    await desk.run(['client', 'add', 'unused', '--data-center', 'eu'], { stdin });

    const { stdout } = await desk.run(['client', 'rotate', 'unused'], secretOnStdin(first));

    expect(stdout).toContain('which no connection uses yet');
    expect(stored('unused').client_secret).toBe(first);
  });

  it.each([
    ['writing it', 'PutSecretValue'],
    ['moving the label', 'UpdateSecretVersionStage'],
  ] as const)(
    'that ends at %s changes nothing, names the permission, and can be repeated',
    async (_, operation) => {
      const name = `denied-${operation}`;
      const { clientSecret } = await shared(name);
      desk.secrets.faults.failNext({ operation, error: 'AccessDeniedException' });

      const denied = await desk.run(['client', 'rotate', name], secretOnStdin(first));

      expect(denied.exitCode).toBe(1);
      expect(denied.stderr).toContain(
        `You have no permission for secretsmanager:${operation} on zoho/${name}/client`,
      );
      expect(`${denied.stdout}${denied.stderr}`).not.toContain(first);
      expect(stored(name).client_secret).toBe(clientSecret);
      expect(pending(name)).toBeUndefined();
      expect(await desk.run(['client', 'rotate', name], secretOnStdin(first))).toMatchObject({ exitCode: 0 });
      expect(pending(name)?.client_secret).toBe(first);
    },
  );

  it('writes nothing into a secret that others can read', async () => {
    desk.secrets.store.create({
      ...{
        name: 'zoho/shown/client',
        kmsKeyId: KEY_ARN,
        tags: new Map([['application', 'zoho-token-refresher']]),
      },
      resourcePolicy: '{"Statement":{"Effect":"Allow"}}',
      value: secretText('{"client_id":"1000.A","client_secret":"s","data_center":"eu"}'),
    });

    const { exitCode, stderr } = await desk.run(['client', 'rotate', 'shown'], secretOnStdin(first));

    expect(exitCode).toBe(1);
    expect(stderr).toContain('has a resource policy that gives others access. Nothing was changed.');
    expect(pending('shown')).toBeUndefined();
  });
});

describe('client remove', () => {
  it('refuses while credentials refer to the client, and names a few', async () => {
    const { connection, clientId } = await shared('busy');
    const names = [connection];
    for (let more = 0; more < 6; more += 1) {
      const name = desk.unregistered();
      names.push(name);
      desk.writeCredentials(
        name,
        JSON.stringify({ client: 'busy', refresh_token: clientId, data_center: 'eu' }),
      );
    }

    const { exitCode, stderr } = await desk.run(['client', 'remove', 'busy', '--confirm', 'busy']);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `7 connections use the client busy: ${names.sort().slice(0, 5).join(', ')} and 2 more.`,
    );
    expect(stderr).toContain('zoho-tokens move NAME --client OTHER');
    expect(client('busy').deletionAtMs).toBeUndefined();
  });

  it('deletes the secret with time to restore it, after a confirmation', async () => {
    const stdin = '{"client_id":"1000.A","client_secret":"s"}';
    await desk.run(['client', 'add', 'idle', '--data-center', 'eu'], { stdin });

    const unconfirmed = await desk.run(['client', 'remove', 'idle', '--confirm', 'other']);
    const asked = await desk.run(['client', 'remove', 'idle'], { answers: ['wrong'] });
    const before = client('idle').deletionAtMs;
    const removed = await desk.run(['client', 'remove', 'idle', '--confirm', 'idle']);
    const again = await desk.run(['client', 'remove', 'idle', '--confirm', 'idle']);
    const added = await desk.run(['client', 'add', 'idle', '--data-center', 'eu'], { stdin });

    expect([unconfirmed.exitCode, asked.exitCode, removed.exitCode, again.exitCode]).toEqual([2, 1, 0, 0]);
    expect(asked.questions[0]).toContain('Type the name of the client to continue');
    expect(before).toBeUndefined();
    expect(removed.stdout).toContain('deletion in 30 days: zoho/idle/client');
    expect(again.stdout).toContain('is scheduled for deletion already');
    expect(added.stderr).toContain('aws secretsmanager restore-secret --secret-id zoho/idle/client');
  });

  it('refuses a client that does not exist', async () => {
    const { exitCode, stderr } = await desk.run(['client', 'remove', 'nothing']);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('There is no client nothing');
  });
});

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
      clients: expect.arrayContaining([
        {
          client: 'acme',
          dataCenter: 'eu',
          secrets: 'one',
          connections: [connection],
          refused: [],
          isRotationPending: false,
        },
      ]) as unknown[],
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
      stdout: expect.stringContaining('for 1 connection.') as string,
    });
    expect(client('rotating').stages.get('AWSCURRENT')).not.toBe(before);
    expect(stored('rotating')).toMatchObject({ client_id: clientId, client_secret: clientSecret });
    expect((await desk.row(connection))?.lastFailure).toBeUndefined();
  });

  it('rotate refreshes twenty at most, and the refresher does the rest', async () => {
    const users = Array.from({ length: 21 }, (_, index) => `user-${index}`);
    const { clientId, connections } = await shared('many', users);
    const { clientSecret } = desk.zoho.regenerateSecret(clientId);
    for (const connection of connections) await desk.deployment.refresh(connection);

    const rotated = await desk.run(['client', 'rotate', 'many'], {
      stdin: JSON.stringify({ client_secret: clientSecret }),
    });
    const failing = async () => {
      const rows = await Promise.all(connections.map((name) => desk.row(name)));
      return rows.filter((row) => row?.lastFailure !== undefined).length;
    };

    expect(rotated.exitCode).toBe(0);
    expect(rotated.stdout).toContain(
      '1 more is refused. The refresher tries the new secret with each of them within minutes',
    );
    expect(await failing()).toBe(1);
    await desk.deployment.runMinutes(5);
    expect(await failing()).toBe(0);
  });

  it('list counts no connection that is disconnected, and names the first five only', async () => {
    const { connection } = await shared('crowd');
    const row = await desk.row(connection);
    const { connections, deadlines } = contextOf(desk.deployment);
    for (let index = 1; index <= 7; index += 1)
      await connections.create({ ...row, name: `crowd-user-${index}`, source: 'connected' }, deadlines.work);
    await desk.run('disconnect crowd-user-7 --confirm crowd-user-7');

    const { stdout } = await desk.run(['client', 'list']);

    expect(stdout).toContain('crowd  eu, one secret, 7 connections\n');
    expect(stdout).toMatch(/^ {2}connections: .*, crowd-user-4 and 2 more$/m);
  });

  it('list says of a refused client with a new secret that it is tried, and when to rotate again', async () => {
    const { clientId, connection } = await shared('waiting');
    desk.zoho.regenerateSecret(clientId);
    await desk.deployment.refresh(connection);
    await desk.run(['client', 'rotate', 'waiting'], { stdin: '{"client_secret":"mistyped"}' });

    const { exitCode, stdout } = await desk.run(['client', 'list']);

    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      `refused: ${connection}. The new secret is tried within minutes. If Zoho refuses it as well, copy it again, and run: zoho-tokens client rotate waiting`,
    );
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
