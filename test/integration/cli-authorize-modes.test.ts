import { afterAll, describe, expect, it } from 'vitest';
import { authorizeInBrowser } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

const USERS = 'ZohoCRM.users.READ';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

type Options = Parameters<OperatorDesk['run']>[1];
type Client = ReturnType<OperatorDesk['client']>;

interface Authorization {
  readonly client: Client;
  readonly environment: Readonly<Record<string, string>>;
  /** A code for a self client, or a refresh token to import. */
  readonly secret: string;
  /** The client and the refresh token as the JSON of a credentials secret. */
  readonly json: object;
}

function newAuthorization(mode: '--self-client' | '--import', dataCenter: 'eu' | 'in' | 'jp'): Authorization {
  const client = desk.client({ dataCenter });
  const grant = { clientId: client.clientId, dataCenter, scope: SCOPE };
  const secret = mode === '--import' ? desk.zoho.grant(grant) : desk.zoho.issueCode(grant);
  const json = {
    ...{ client_id: client.clientId, client_secret: client.clientSecret },
    ...(mode === '--import' ? { refresh_token: secret } : {}),
  };
  return { client, environment: desk.with(client), secret, json };
}

describe('without a browser', () => {
  it.each<
    [fact: string, args: string, dataCenter: 'eu' | 'in' | 'jp', how: (given: Authorization) => Options]
  >([
    [
      'the code of a self client is piped in',
      '--self-client',
      'eu',
      ({ environment, secret }) => ({ environment, stdin: `${secret}\n` }),
    ],
    [
      'the code of a self client is typed, after its id and its secret',
      '--self-client',
      'eu',
      ({ client, secret }) => ({ answers: [client.clientId, client.clientSecret, secret] }),
    ],
    [
      'the data center of the command line is used instead of the declared one',
      '--self-client --data-center jp',
      'jp',
      ({ environment, secret }) => ({ environment, stdin: secret }),
    ],
    [
      'a refresh token is piped in',
      '--import',
      'eu',
      ({ environment, secret }) => ({ environment, stdin: `${secret}\n` }),
    ],
    [
      'a refresh token is typed when nothing is piped in',
      '--import',
      'eu',
      ({ environment, secret }) => ({ environment, answers: [secret] }),
    ],
    [
      'a refresh token is piped in as JSON, with its client and its data center',
      '--import',
      'in',
      ({ json }) => ({ stdin: JSON.stringify({ ...json, data_center: 'in' }) }),
    ],
  ])('%s', async (_, args, dataCenter, how) => {
    const mode = args.startsWith('--import') ? '--import' : '--self-client';
    const name = await desk.pending();
    const given = newAuthorization(mode, dataCenter);
    const before = desk.zoho.tokenCalls.length;

    const { exitCode } = await desk.run(`authorize ${name} ${args}`, how(given));

    const { authorized_at: authorizedAt, ...stored } = desk.credentials(name);
    const firstCall = mode === '--import' ? 'refresh_token' : 'authorization_code';
    expect(exitCode).toBe(0);
    expect(stored).toEqual({
      refresh_token: expect.stringMatching(/^1000\./),
      ...given.json,
      ...{ data_center: dataCenter, scope: SCOPE },
      authorized_by: { aws_principal: 'arn:aws:iam::000000000000:user/sandbox' },
      ...(mode === '--self-client' ? { client_type: 'self-client' } : {}),
    });
    // The time of consent of an imported refresh token is not known.
    expect(authorizedAt === undefined).toBe(mode === '--import');
    expect(desk.zohoCallsAfter(before)).toEqual([
      `${firstCall}@${dataCenter}`,
      `refresh_token@${dataCenter}`,
    ]);
  });

  it('a self client gets a warning', async () => {
    const { environment, secret } = newAuthorization('--self-client', 'eu');

    const { stderr } = await desk.run(['authorize', await desk.pending(), '--self-client'], {
      ...{ environment, stdin: secret },
    });

    expect(stderr).toContain('A self client stops working when the account of its user is closed.');
  });

  it('of nothing says so, instead of asking without a terminal', async () => {
    const { exitCode, stderr } = await desk.run(['authorize', await desk.pending(), '--import'], {
      stdin: '\n',
    });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('There is nothing on stdin.');
  });

  it('a refresh token is not sent anywhere when the JSON names an unknown data center', async () => {
    const { environment, secret } = newAuthorization('--import', 'eu');
    const before = desk.zoho.tokenCalls.length;

    const { exitCode, stderr } = await desk.run(['authorize', await desk.pending(), '--import'], {
      environment,
      stdin: JSON.stringify({ refresh_token: secret, data_center: 'mars' }),
    });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('data_center');
    expect(desk.zohoCallsAfter(before)).toEqual([]);
  });
});

describe('the old refresh token', () => {
  it.each<[fact: string, args: string[], isRevoked: boolean, isMentioned: boolean]>([
    ['is mentioned while it is valid', [], false, true],
    ['is not mentioned after Zoho refused it: there is nothing to revoke', [], true, false],
    ['is not mentioned either when scopes are added', ['--add-scope', USERS], true, false],
  ])('%s', async (_, args, isRevoked, isMentioned) => {
    const { name, refreshToken } = await desk.live();
    if (isRevoked) {
      desk.zoho.revoke(refreshToken);
      await desk.deployment.refresh(name);
    }

    const environment = desk.server.environment;
    const { exitCode, stdout, stderr } = await authorizeInBrowser(desk, name, { args, environment });

    expect(exitCode).toBe(0);
    expect((stdout + stderr).includes('old refresh token')).toBe(isMentioned);
  });
});

describe('--add-scope', () => {
  const addScope = (name: string, args: readonly string[] = [], options: Options = {}) =>
    authorizeInBrowser(desk, name, {
      args: ['--add-scope', USERS, ...args],
      environment: desk.server.environment,
      ...options,
    });

  const isRevocation = (url: unknown) => String(url).endsWith('/revoke');
  const withoutRevocation: typeof fetch = (...request) =>
    isRevocation(request[0]) ? Promise.reject(new TypeError('down')) : fetch(...request);

  it.each<
    [fact: string, args: string[], options: Options, exitCode: number, isOldValid: boolean, says: RegExp]
  >([
    ['keeps the old refresh token', [], {}, 0, true, /The old refresh token is still valid at Zoho/],
    ['revokes it with --revoke-old', ['--revoke-old'], {}, 0, false, /revoked: the old refresh token/],
    ['asks on a terminal: no', [], { answers: [true, false] }, 0, true, /is still valid at Zoho/],
    ['asks on a terminal: yes', [], { answers: [true, true] }, 0, false, /revoked: the old refresh token/],
    [
      'has changed the scopes even if it cannot be revoked, and says both',
      ['--revoke-old'],
      { fetch: withoutRevocation },
      1,
      true,
      /The scopes of crm-\d+ were changed, but its old refresh token could not be revoked/,
    ],
  ])(
    'gets a token with the old and the new scopes, and %s',
    async (_, args, options, code, isOldValid, says) => {
      const { name, ...old } = await desk.live();

      const { exitCode, stdout, stderr, requestedScope } = await addScope(name, args, options);

      const { access_token: token = '', scope } = desk.deployment.readToken(name) ?? {};
      expect(exitCode).toBe(code);
      expect([requestedScope, scope]).toEqual([`${SCOPE},${USERS}`, `${SCOPE},${USERS}`]);
      expect(stdout).toContain(`verified: the token of ${name} has ${SCOPE}, ${USERS}\n`);
      // What happens to the old token comes last.
      expect(stdout.replace(/^[\s\S]*verified: .*\n/, '') + stderr).toMatch(says);
      expect(stderr).not.toContain('Nothing was changed');
      expect(await desk.stands(old)).toBe(isOldValid);
      expect(desk.zoho.isValid(token)).toBe(true);
    },
  );

  it('restores the exact old credentials when Zoho refuses the new ones', async () => {
    const { name, ...old } = await desk.live();
    desk.writeCredentials(name, ` ${desk.credentialsText(name)}\n`);
    await desk.refresh(name);
    const before = desk.credentialsText(name);
    const [{ refreshTokenOrdinal: ordinal } = { refreshTokenOrdinal: 0 }] = desk.zoho.tokenCallsWith(
      old.refreshToken,
    );
    const lift = desk.zoho.onTokenRequest(({ grantType, refreshTokenOrdinal }) =>
      grantType === 'refresh_token' && refreshTokenOrdinal !== ordinal
        ? { kind: 'error', error: 'invalid_code' }
        : undefined,
    );

    const { exitCode, stderr } = await addScope(name, ['--revoke-old']);
    lift();

    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `Zoho refused the new credentials of ${name}. The old credentials were restored.`,
    );
    expect(desk.credentialsText(name)).toBe(before);
    expect(await desk.row(name)).toMatchObject({ status: 'active', scope: SCOPE });
    expect(await desk.stands(old)).toBe(true);
  });

  it('does not revoke the old refresh token when the new token lacks a scope', async () => {
    const { name, ...old } = await desk.live();
    desk.zoho.injectFault({ kind: 'narrowed-scope', calls: 2 });

    const { exitCode, stderr } = await addScope(name, ['--revoke-old']);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`The new token of ${name} lacks ${USERS}.`);
    expect(await desk.stands(old)).toBe(true);
  });

  it('is refused, before the browser opens, when the granted scopes are not known', async () => {
    const { exitCode, stderr, visited } = await addScope(await desk.pending(), [], {
      environment: desk.with(desk.client()),
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Scopes cannot be added');
    expect(visited).toEqual([]);
  });
});
