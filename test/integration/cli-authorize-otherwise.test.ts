import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freeRedirectUri, person } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

const USERS = 'ZohoCRM.users.READ';

let desk: OperatorDesk;

beforeAll(async () => {
  desk = await OperatorDesk.open();
});

afterAll(() => desk.close());

describe('a self client', () => {
  const codeOf = ({ clientId }: { clientId: string }) =>
    desk.zoho.issueCode({ clientId, dataCenter: 'eu', scope: SCOPE });

  it('has its code piped in, and is stored as what it is, with a warning', async () => {
    const name = await desk.pending();
    const client = desk.client();

    const { exitCode, stderr } = await desk.run(['authorize', name, '--self-client'], {
      environment: desk.with(client),
      stdin: `${codeOf(client)}\n`,
    });

    expect(exitCode).toBe(0);
    expect(stderr).toContain("A self client belongs to one person's account");
    expect(desk.credentials(name)).toMatchObject({ client_type: 'self-client', scope: SCOPE });
  });

  it('has its code typed, after its id and its secret', async () => {
    const name = await desk.pending();
    const client = desk.client();

    const { exitCode } = await desk.run(['authorize', name, '--self-client'], {
      answers: [client.clientId, client.clientSecret, codeOf(client)],
    });

    expect(exitCode).toBe(0);
    expect(desk.credentials(name).client_id).toBe(client.clientId);
  });

  it('is asked at the data center of the command line, not at the declared one', async () => {
    const name = await desk.pending();
    const client = desk.client({ dataCenter: 'jp' });
    const code = desk.zoho.issueCode({ clientId: client.clientId, dataCenter: 'jp', scope: SCOPE });
    const before = desk.zoho.tokenCalls.length;

    await desk.run(['authorize', name, '--self-client', '--data-center', 'jp'], {
      environment: desk.with(client),
      stdin: code,
    });

    expect(desk.zohoCallsAfter(before)).toEqual(['authorization_code@jp', 'refresh_token@jp']);
    expect(desk.credentials(name).data_center).toBe('jp');
  });
});

describe('a refresh token from elsewhere', () => {
  const elsewhere = (dataCenter: 'eu' | 'in' = 'eu') => {
    const client = desk.client({ dataCenter });
    const refreshToken = desk.zoho.grant({ clientId: client.clientId, dataCenter, scope: SCOPE });
    return { client, refreshToken };
  };

  it('is piped in as a line, tried at Zoho, and stored without a time of consent that nobody knows', async () => {
    const name = await desk.pending();
    const { client, refreshToken } = elsewhere();

    const { exitCode } = await desk.run(['authorize', name, '--import'], {
      environment: desk.with(client),
      stdin: `${refreshToken}\n`,
    });

    expect(exitCode).toBe(0);
    expect(desk.credentials(name)).toEqual({
      ...{ client_id: client.clientId, client_secret: client.clientSecret, refresh_token: refreshToken },
      ...{ data_center: 'eu', scope: SCOPE },
    });
  });

  it('is piped in with its client, as the JSON of a credentials secret, with its own data center', async () => {
    const name = await desk.pending();
    const { client, refreshToken } = elsewhere('in');
    const before = desk.zoho.tokenCalls.length;

    const { exitCode } = await desk.run(['authorize', name, '--import'], {
      stdin: JSON.stringify({
        ...{ client_id: client.clientId, client_secret: client.clientSecret },
        ...{ refresh_token: refreshToken, data_center: 'in' },
      }),
    });

    expect(exitCode).toBe(0);
    expect(desk.credentials(name)).toMatchObject({ refresh_token: refreshToken, data_center: 'in' });
    expect(desk.zohoCallsAfter(before)).toEqual(['refresh_token@in', 'refresh_token@in']);
  });

  it('goes nowhere when the JSON names a data center that is not known', async () => {
    const name = await desk.pending();
    const { client, refreshToken } = elsewhere();
    const before = desk.zoho.tokenCalls.length;

    const { exitCode, stderr } = await desk.run(['authorize', name, '--import'], {
      environment: desk.with(client),
      stdin: JSON.stringify({ refresh_token: refreshToken, data_center: 'mars' }),
    });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('data_center');
    expect(desk.zohoCallsAfter(before)).toEqual([]);
  });

  it('is typed where nothing is piped in', async () => {
    const name = await desk.pending();
    const { client, refreshToken } = elsewhere();

    const { exitCode } = await desk.run(['authorize', name, '--import'], {
      environment: desk.with(client),
      answers: [refreshToken],
    });

    expect(exitCode).toBe(0);
    expect(desk.credentials(name).refresh_token).toBe(refreshToken);
  });
});

describe('a planned change of scopes', () => {
  async function addScope(name: string, args: readonly string[] = [], more: object = {}) {
    const visitor = person('accept');
    const run = await desk.run(
      ['authorize', name, '--add-scope', USERS, '--redirect-uri', await freeRedirectUri(), ...args],
      { openBrowser: visitor.openBrowser, ...more },
    );
    return { ...run, visitor };
  }

  it('asks for the old and the new scopes, and verifies that the token has them', async () => {
    const { name, ...old } = await desk.live();

    const { exitCode, stdout, stderr, visitor } = await addScope(name);

    expect(new URL(visitor.visited[0] ?? '').searchParams.get('scope')).toBe(`${SCOPE},${USERS}`);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`verified: the token of ${name} has ${SCOPE}, ${USERS}\n`);
    expect(stderr).toContain('The old refresh token still stands at Zoho');
    expect(desk.deployment.readToken(name)?.scope).toBe(`${SCOPE},${USERS}`);
    expect(await desk.stands(old)).toBe(true);
  });

  it('revokes the old refresh token only when the new token is live', async () => {
    const { name, ...old } = await desk.live();

    const { exitCode, stdout } = await addScope(name, ['--revoke-old']);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/verified: .*\nrevoked: the old refresh token of crm-\d+\n$/);
    expect(await desk.stands(old)).toBe(false);
    expect(desk.zoho.isValid(desk.deployment.readToken(name)?.access_token ?? '')).toBe(true);
  });

  it('asks a person at a terminal whether to revoke the old refresh token', async () => {
    const standing: boolean[] = [];

    for (const answer of [false, true]) {
      const { name, ...old } = await desk.live();
      await addScope(name, [], { answers: [true, answer] });
      standing.push(await desk.stands(old));
    }

    expect(standing).toEqual([true, false]);
  });

  it('is done although the old refresh token could not be revoked, and says both', async () => {
    const { name, ...old } = await desk.live();

    const { exitCode, stderr } = await addScope(name, ['--revoke-old'], {
      fetch: (...request: Parameters<typeof fetch>) =>
        String(request[0]).endsWith('/revoke') ? Promise.reject(new TypeError('down')) : fetch(...request),
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`The scopes of ${name} are changed`);
    expect(stderr).not.toContain('Nothing was changed');
    expect(await desk.stands(old)).toBe(true);
    expect(desk.deployment.readToken(name)?.scope).toBe(`${SCOPE},${USERS}`);
  });

  it('puts the old credentials back, letter by letter, when Zoho refuses the new ones', async () => {
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
    expect(stderr).toContain(`Zoho refused the new credentials of ${name}: the old ones were put back.`);
    expect(desk.credentialsText(name)).toBe(before);
    expect(await desk.row(name)).toMatchObject({ status: 'active', scope: SCOPE });
    expect(await desk.stands(old)).toBe(true);
  });

  it('leaves the old refresh token standing when the new token lacks a scope', async () => {
    const { name, ...old } = await desk.live();
    desk.zoho.injectFault({ kind: 'narrowed-scope', calls: 2 });

    const { exitCode, stderr } = await addScope(name, ['--revoke-old']);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`The new token of ${name} lacks ${USERS}.`);
    expect(await desk.stands(old)).toBe(true);
  });

  it('is refused where nobody knows which scopes there are, before anybody is asked', async () => {
    const { exitCode, stderr, visitor } = await addScope(await desk.pending(), [], {
      environment: desk.with(desk.client()),
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('there is nothing to add to');
    expect(visitor.visited).toEqual([]);
  });
});
