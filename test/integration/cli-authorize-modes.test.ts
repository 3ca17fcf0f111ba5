import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizeInBrowser } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

const USERS = 'ZohoCRM.users.READ';

let desk: OperatorDesk;

beforeAll(async () => {
  desk = await OperatorDesk.open();
});

afterAll(() => desk.close());

type Options = Parameters<OperatorDesk['run']>[1];

/** Runs `authorize` and returns the calls to Zoho that it causes. */
async function authorize(name: string, args: readonly string[], options: Options) {
  const before = desk.zoho.tokenCalls.length;
  const run = await desk.run(['authorize', name, ...args], options);
  return { ...run, calls: desk.zohoCallsAfter(before) };
}

describe('a self client', () => {
  const codeOf = ({ clientId }: { clientId: string }, dataCenter: 'eu' | 'jp' = 'eu') =>
    desk.zoho.issueCode({ clientId, dataCenter, scope: SCOPE });

  it('is stored as a self client, with a warning, when its code is piped in', async () => {
    const name = await desk.pending();
    const client = desk.client();

    const { exitCode, stderr } = await authorize(name, ['--self-client'], {
      environment: desk.with(client),
      stdin: `${codeOf(client)}\n`,
    });

    expect(exitCode).toBe(0);
    expect(stderr).toContain('A self client stops working when the account of its user is closed.');
    expect(desk.credentials(name)).toMatchObject({ client_type: 'self-client', scope: SCOPE });
  });

  it('works with its code typed, after its id and its secret', async () => {
    const name = await desk.pending();
    const client = desk.client();

    const { exitCode } = await authorize(name, ['--self-client'], {
      answers: [client.clientId, client.clientSecret, codeOf(client)],
    });

    expect(exitCode).toBe(0);
    expect(desk.credentials(name).client_id).toBe(client.clientId);
  });

  it('is used in the data center of the command line instead of the declared one', async () => {
    const name = await desk.pending();
    const client = desk.client({ dataCenter: 'jp' });

    const { calls } = await authorize(name, ['--self-client', '--data-center', 'jp'], {
      environment: desk.with(client),
      stdin: codeOf(client, 'jp'),
    });

    expect(calls).toEqual(['authorization_code@jp', 'refresh_token@jp']);
    expect(desk.credentials(name).data_center).toBe('jp');
  });
});

describe('an imported refresh token', () => {
  const existing = (dataCenter: 'eu' | 'in' = 'eu') => {
    const client = desk.client({ dataCenter });
    const refreshToken = desk.zoho.grant({ clientId: client.clientId, dataCenter, scope: SCOPE });
    const json = {
      client_id: client.clientId,
      client_secret: client.clientSecret,
      refresh_token: refreshToken,
    };
    return { environment: desk.with(client), refreshToken, json };
  };

  it('is read from stdin, tried at Zoho, and stored without a time of consent, which is not known', async () => {
    const name = await desk.pending();
    const { environment, refreshToken, json } = existing();

    const { exitCode } = await authorize(name, ['--import'], { environment, stdin: `${refreshToken}\n` });

    expect(exitCode).toBe(0);
    expect(desk.credentials(name)).toEqual({ ...json, data_center: 'eu', scope: SCOPE });
  });

  it('is read with its client and its data center from the JSON of a credentials secret', async () => {
    const name = await desk.pending();
    const json = { ...existing('in').json, data_center: 'in' };

    const { exitCode, calls } = await authorize(name, ['--import'], { stdin: JSON.stringify(json) });

    expect(exitCode).toBe(0);
    expect(desk.credentials(name)).toMatchObject(json);
    expect(calls).toEqual(['refresh_token@in', 'refresh_token@in']);
  });

  it('is not sent anywhere when the JSON names an unknown data center', async () => {
    const { environment, refreshToken } = existing();

    const { exitCode, stderr, calls } = await authorize(await desk.pending(), ['--import'], {
      environment,
      stdin: JSON.stringify({ refresh_token: refreshToken, data_center: 'mars' }),
    });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('data_center');
    expect(calls).toEqual([]);
  });

  it('is typed when nothing is piped in', async () => {
    const name = await desk.pending();
    const { environment, refreshToken } = existing();

    const { exitCode } = await authorize(name, ['--import'], { environment, answers: [refreshToken] });

    expect(exitCode).toBe(0);
    expect(desk.credentials(name).refresh_token).toBe(refreshToken);
  });
});

describe('--add-scope', () => {
  const addScope = (name: string, args: readonly string[] = [], options: Options = {}) =>
    authorizeInBrowser(desk, name, {
      args: ['--add-scope', USERS, ...args],
      environment: desk.server.environment,
      ...options,
    });

  it('requests the old and the new scopes, and verifies that the token has them', async () => {
    const { name, ...old } = await desk.live();

    const { exitCode, stdout, stderr, requestedScope } = await addScope(name);

    expect(requestedScope).toBe(`${SCOPE},${USERS}`);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`verified: the token of ${name} has ${SCOPE}, ${USERS}\n`);
    expect(stderr).toContain('The old refresh token is still valid at Zoho');
    expect(desk.deployment.readToken(name)?.scope).toBe(`${SCOPE},${USERS}`);
    expect(await desk.stands(old)).toBe(true);
  });

  it('revokes the old refresh token only after the new token is live', async () => {
    const { name, ...old } = await desk.live();

    const { exitCode, stdout } = await addScope(name, ['--revoke-old']);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/verified: .*\nrevoked: the old refresh token of crm-\d+\n$/);
    expect(await desk.stands(old)).toBe(false);
    expect(desk.zoho.isValid(desk.deployment.readToken(name)?.access_token ?? '')).toBe(true);
  });

  it.each([
    ['no', false],
    ['yes', true],
  ])('asks on a terminal whether to revoke the old refresh token: %s', async (_, answer) => {
    const { name, ...old } = await desk.live();

    await addScope(name, [], { answers: [true, answer] });

    expect(await desk.stands(old)).toBe(!answer);
  });

  it('has changed the scopes even if the old refresh token could not be revoked, and says both', async () => {
    const { name, ...old } = await desk.live();

    const { exitCode, stderr } = await addScope(name, ['--revoke-old'], {
      fetch: (...request: Parameters<typeof fetch>) =>
        String(request[0]).endsWith('/revoke') ? Promise.reject(new TypeError('down')) : fetch(...request),
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`The scopes of ${name} were changed`);
    expect(stderr).not.toContain('Nothing was changed');
    expect(await desk.stands(old)).toBe(true);
    expect(desk.deployment.readToken(name)?.scope).toBe(`${SCOPE},${USERS}`);
  });

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
