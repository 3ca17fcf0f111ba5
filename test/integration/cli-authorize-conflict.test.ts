import { afterAll, describe, expect, it } from 'vitest';
import { authorizeInBrowser } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

const USERS = 'ZohoCRM.users.READ';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

/** Two people authorize the same connection: the second one stores while the consent page of the first one is open. */
async function authorizeTogether(
  name: string,
  options: { answers?: readonly boolean[]; scope?: string } = {},
) {
  const { scope = SCOPE, answers } = options;
  const other: { client?: ReturnType<OperatorDesk['client']> } = {};
  const run = await authorizeInBrowser(desk, name, {
    ...(answers === undefined ? {} : { answers }),
    alter: async (callback) => {
      const { client, exitCode } = await authorizeInBrowser(desk, name, { args: ['--scope', scope] });
      expect(exitCode).toBe(0);
      other.client = client;
      return callback;
    },
  });
  const grantsOf = async (client = other.client) =>
    (
      await Promise.all(
        [...(desk.secrets.store.find(`zoho/${name}/credentials`)?.versions.values() ?? [])].map(
          async ({ value }) => {
            const json = JSON.parse(value.kind === 'string' ? value.text : '{}') as Record<string, string>;
            return (
              json.client_id === client?.clientId &&
              (await desk.stands({
                clientId: json.client_id ?? '',
                clientSecret: json.client_secret ?? '',
                refreshToken: json.refresh_token ?? '',
              }))
            );
          },
        ),
      )
    ).filter(Boolean).length;
  return { ...run, other: other.client, grantsOf };
}

describe.each([
  ['with credentials', () => desk.live().then(({ name }) => name)],
  ['without a credentials secret', async () => desk.unregistered()],
])('two authorizations at once of a connection %s', (_, connection) => {
  it('without a terminal, the second to store fails, says what changed and revokes what it got', async () => {
    const name = await connection();

    const { exitCode, stderr, client, other, grantsOf } = await authorizeTogether(name, {
      scope: `${SCOPE},${USERS}`,
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`Other credentials of ${name} were stored during this authorization:`);
    expect(stderr).toContain(`scopes that yours lack: ${USERS}`);
    expect(stderr).toContain(`client: ${other?.clientId}, yours is ${client.clientId}`);
    expect(stderr).toMatch(/authorized by: stored by arn:aws:/);
    expect(stderr).toMatch(/stored at: 20\d\d-/);
    expect(stderr).toContain('They stand. The new refresh token was revoked.');
    expect(desk.credentials(name).client_id).toBe(other?.clientId);
    expect([await grantsOf(client), await grantsOf(other)]).toEqual([0, 1]);
  });

  it.each([
    ['yes replaces them', true, 0],
    ['no leaves them, and revokes the new refresh token', false, 1],
  ])('the user is asked: %s', async (_, answer, code) => {
    const name = await connection();

    const { exitCode, questions, client, other } = await authorizeTogether(name, { answers: [answer] });

    expect(exitCode).toBe(code);
    expect(questions).toEqual([`Replace these credentials of ${name} with yours?`]);
    expect(desk.credentials(name).client_id).toBe((answer ? client : other)?.clientId);
  });
});

describe('what an authorization leaves unused at Zoho', () => {
  it('is listed with the command that revokes it, which does not touch what is in use', async () => {
    const { name, ...old } = await desk.live();
    const { stderr } = await authorizeInBrowser(desk, name);

    const { exitCode, stdout } = await desk.run(['revoke', name, '--unused', '--confirm', name]);
    const again = await desk.run(['revoke', name, '--unused', '--confirm', name]);

    const {
      client_id: clientId = '',
      client_secret: clientSecret = '',
      refresh_token: refreshToken = '',
    } = desk.credentials(name);
    expect(stderr).toContain(`zoho-tokens revoke ${name} --unused`);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `revoked: an earlier refresh token of ${name}, at Zoho (eu)\n`,
    });
    expect(again.stdout).toContain('already invalid');
    expect(await desk.stands(old)).toBe(false);
    expect(await desk.stands({ clientId, clientSecret, refreshToken })).toBe(true);
    expect((await desk.row(name)).status).toBe('active');
  });

  it('of a process that ended between write and move is found in the secret', async () => {
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    desk.secrets.faults.failNext({
      operation: 'UpdateSecretVersionStage',
      secret: `zoho/${name}/credentials`,
      error: 'InternalServiceError',
      times: 10,
    });
    const { exitCode, stderr, client } = await authorizeInBrowser(desk, name);

    const { stdout } = await desk.run(['revoke', name, '--unused', '--confirm', name]);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('It is not known whether the new credentials');
    expect(desk.credentialsText(name)).toBe(before);
    expect(stdout).toContain(`revoked: an earlier refresh token of ${name}`);
    expect(client.clientId).not.toBe(desk.credentials(name).client_id);
  });

  it.each(['PutSecretValue', 'UpdateSecretVersionStage'] as const)(
    'is revoked at once if IAM denies %s',
    async (operation) => {
      const { name } = await desk.live();
      const before = desk.credentialsText(name);
      const allow = desk.secrets.faults.deny({ operation, secret: `zoho/${name}/credentials` });
      const { exitCode, stderr } = await authorizeInBrowser(desk, name);
      allow();

      expect(exitCode).toBe(1);
      expect(stderr).toContain('Nothing was stored. The new refresh token was revoked.');
      expect(desk.credentialsText(name)).toBe(before);
    },
  );

  it('is not judged before the new credentials have issued a token', async () => {
    const { name } = await desk.live();
    desk.writeCredentials(name, desk.credentialsText(name) ?? '');

    const { exitCode, stderr } = await desk.run(['revoke', name, '--unused', '--confirm', name]);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('have not issued a token yet');
  });
});

it('credentials that the refresher has rotated meanwhile are replaced without a question', async () => {
  const { name } = await desk.live();
  const versionId = desk.secrets.store.find(`zoho/${name}/credentials`)?.stages.get('AWSCURRENT');

  const { exitCode, stderr } = await authorizeInBrowser(desk, name, {
    alter: (callback) => {
      const rotated = { ...desk.credentials(name), rotated_from: versionId };
      desk.writeCredentials(name, JSON.stringify(rotated));
      return callback;
    },
  });

  expect(exitCode).toBe(0);
  expect(stderr).not.toContain('Other credentials');
  expect(desk.credentials(name)).not.toHaveProperty('rotated_from');
});
