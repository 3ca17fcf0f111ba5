import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consent, freeRedirectUri, person, STATE, visit } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

const USERS = 'ZohoCRM.users.READ';

let desk: OperatorDesk;

beforeAll(async () => {
  desk = await OperatorDesk.open();
});

afterAll(() => desk.close());

/** `authorize` with a person who accepts, and a client in the environment. */
async function authorizeInBrowser(name: string, args: readonly string[] = [], client = desk.client()) {
  const visitor = person('accept');
  const run = await desk.run(['authorize', name, '--redirect-uri', await freeRedirectUri(), ...args], {
    environment: desk.with(client),
    openBrowser: visitor.openBrowser,
  });
  return { ...run, visitor, client };
}

describe('a consent in the browser', () => {
  it('becomes credentials with everything that the contract names, and a token that is live', async () => {
    const name = await desk.pending();

    const { exitCode, stdout, visitor, client } = await authorizeInBrowser(name);

    const { refresh_token: refreshToken = '', ...rest } = desk.credentials(name);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^stored: .*\nlive: crm-\d+ has a new token, generation 1, valid for 60 min\.\n$/);
    expect(desk.zoho.tokenCallsWith(refreshToken)).toHaveLength(1);
    expect(rest).toEqual({
      client_id: client.clientId,
      client_secret: client.clientSecret,
      data_center: 'eu',
      client_type: 'server-based',
      scope: SCOPE,
      authorized_at: new Date(desk.clock.now()).toISOString(),
    });
    expect(await visitor.landing).toMatchObject({ status: 200 });
    expect(new URL(visitor.visited[0] ?? '').searchParams.get('scope')).toBe(SCOPE);
  });

  it('is asked for offline, anew, with the state and exactly the redirect URI', async () => {
    const redirectUri = await freeRedirectUri();
    const visitor = person('accept');

    await desk.run(['authorize', await desk.pending(), '--redirect-uri', redirectUri], {
      environment: desk.with(desk.client({ redirectUris: [redirectUri] })),
      openBrowser: visitor.openBrowser,
    });

    const asked = Object.fromEntries(new URL(visitor.visited[0] ?? '').searchParams);
    expect(asked).toMatchObject({
      ...{ response_type: 'code', access_type: 'offline', prompt: 'consent' },
      ...{ state: STATE, redirect_uri: redirectUri },
    });
  });

  it('may be asked for with other scopes than the declared ones, in one option or in several', async () => {
    const { exitCode, visitor } = await authorizeInBrowser(await desk.pending(), [
      ...['--scope', `${USERS},ZohoCRM.org.READ`],
      ...['--scope', 'ZohoBooks.invoices.READ'],
    ]);

    expect(exitCode).toBe(0);
    expect(new URL(visitor.visited[0] ?? '').searchParams.get('scope')).toBe(
      `${USERS},ZohoCRM.org.READ,ZohoBooks.invoices.READ`,
    );
  });

  it('is waited for without a browser of our own, at the address that is printed', async () => {
    const name = await desk.pending();
    const client = desk.client();
    const redirectUri = await freeRedirectUri();
    const code = desk.zoho.issueCode({
      ...{ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE, redirectUri },
      ...{ accessType: 'offline', prompt: 'consent' },
    });
    const callback = new URL(`${redirectUri}?${new URLSearchParams({ code, state: STATE, location: 'eu' })}`);

    const running = desk.run(['authorize', name, '--no-browser', '--redirect-uri', redirectUri], {
      environment: desk.with(client),
      openBrowser: () => Promise.reject(new Error('nobody wanted a browser')),
    });
    const landing = await visit(callback);
    const { exitCode, stderr } = await running;

    const printed = /^http:\/\/127.*$/m.exec(stderr)?.[0] ?? '';
    expect({ exitCode, landing: landing.status }).toEqual({ exitCode: 0, landing: 200 });
    expect(await consent(printed, 'accept')).toMatchObject({ origin: new URL(redirectUri).origin });
    expect(desk.credentials(name).client_id).toBe(client.clientId);
  });

  it('goes on by hand where no browser can be opened: the address was printed', async () => {
    const redirectUri = await freeRedirectUri();
    const visitor = person('reject');

    const { stderr, exitCode } = await desk.run(
      ['authorize', await desk.pending(), '--redirect-uri', redirectUri],
      {
        environment: desk.with(desk.client()),
        openBrowser: async (url) => {
          await visitor.openBrowser(url);
          throw new Error('spawn xdg-open ENOENT');
        },
      },
    );

    expect(exitCode).toBe(1);
    expect(stderr).toContain('No browser could be opened here: open the address yourself.');
    expect(stderr).toContain(visitor.visited[0]);
  });

  it("is for the account's own data center, where the callback names another one that is known", async () => {
    const name = await desk.pending();
    const client = desk.client({ sharedCredentials: true, accountLocation: 'in' });
    const before = desk.zoho.tokenCalls.length;

    const { exitCode, stderr } = await authorizeInBrowser(name, [], client);

    expect(exitCode).toBe(0);
    expect(stderr).toContain('The account lives in in, not in eu: in is stored.');
    expect(desk.credentials(name).data_center).toBe('in');
    expect(desk.zohoCallsAfter(before)).toEqual(['authorization_code@in', 'refresh_token@in']);
  });
});

describe('the client', () => {
  const { stringify } = JSON;
  type Client = ReturnType<OperatorDesk['client']>;

  it.each<[how: string, toStdin: (client: Client) => string]>([
    [
      'as JSON',
      ({ clientId, clientSecret }) => stringify({ client_id: clientId, client_secret: clientSecret }),
    ],
    ['in two lines', ({ clientId, clientSecret }) => `${clientId}\r\n${clientSecret}\n`],
  ])('is piped in %s', async (_, toStdin) => {
    const name = await desk.pending();
    const client = desk.client();

    const { exitCode } = await desk.run(['authorize', name, '--redirect-uri', await freeRedirectUri()], {
      stdin: toStdin(client),
      openBrowser: person('accept').openBrowser,
    });

    const { client_id: clientId, client_secret: clientSecret } = desk.credentials(name);
    expect({ exitCode, clientId, clientSecret }).toEqual({ exitCode: 0, ...client });
  });

  it('is typed, where nothing else says it', async () => {
    const name = await desk.pending();
    const { clientId, clientSecret } = desk.client();

    const { exitCode } = await desk.run(['authorize', name, '--redirect-uri', await freeRedirectUri()], {
      answers: [clientId, ` ${clientSecret} `],
      openBrowser: person('accept').openBrowser,
    });

    expect(exitCode).toBe(0);
    expect(desk.credentials(name)).toMatchObject({ client_id: clientId, client_secret: clientSecret });
  });

  it('is the one of before, where the person wants that or nobody can be asked; else another is typed', async () => {
    const { name, clientId } = await desk.live();
    const another = desk.client();
    const args = async () => ['authorize', name, '--redirect-uri', await freeRedirectUri()];
    const usedClients: (string | undefined)[] = [];

    for (const answers of [undefined, [true], [false, another.clientId, another.clientSecret]]) {
      const { openBrowser } = person('accept');
      const { exitCode } = await desk.run(await args(), { openBrowser, ...(answers && { answers }) });
      usedClients.push(exitCode === 0 ? desk.credentials(name).client_id : 'failed');
    }

    expect(usedClients).toEqual([clientId, clientId, another.clientId]);
  });

  it('is told to be incomplete when only half of it is given, before anybody is asked', async () => {
    const { clientId } = desk.client();
    const visitor = person('accept');

    const run = await desk.run(['authorize', await desk.pending()], {
      environment: { ...desk.server.environment, ZOHO_CLIENT_ID: clientId },
      openBrowser: visitor.openBrowser,
    });

    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('id was given without its secret');
    expect(visitor.visited).toEqual([]);
  });

  it('is not repeated when it is no client id: a secret may have been put in its place', async () => {
    const { clientId, clientSecret } = desk.client();

    const run = await desk.run(['authorize', await desk.pending()], {
      stdin: stringify({ client_id: clientSecret, client_secret: clientId }),
    });

    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain("That is not a client id of Zoho's");
    expect(run.stderr).not.toContain(clientSecret);
  });
});

describe('what stood in the secret before', () => {
  it('is kept where nobody here knows its key, and replaced where it is about the authorization', async () => {
    const { name } = await desk.live();
    const before: Record<string, unknown> = {
      ...desk.credentials(name),
      owner: 'sales',
      ticket: ['OPS-1', { a: null }],
    };
    desk.writeCredentials(name, JSON.stringify({ ...before, client_type: 'self-client', scope: 'A.b' }));

    await authorizeInBrowser(name);

    expect(desk.credentials(name)).toMatchObject({
      ...{ owner: 'sales', ticket: ['OPS-1', { a: null }] },
      ...{ client_type: 'server-based', scope: SCOPE },
    });
    expect(desk.credentials(name).refresh_token).not.toBe(before.refresh_token);
  });

  it('is replaced when it is no JSON at all', async () => {
    const name = await desk.pending();
    desk.writeCredentials(name, 'to be filled in');

    const { exitCode } = await authorizeInBrowser(name);

    expect(exitCode).toBe(0);
    expect(desk.credentials(name).data_center).toBe('eu');
  });

  it('need not be readable for whoever may only write', async () => {
    const { name } = await desk.live();
    const allow = desk.secrets.faults.deny({ operation: 'GetSecretValue', secret: `zoho/${name}/*` });
    const visitor = person('accept', (callback) => {
      allow();
      return callback;
    });

    const { exitCode } = await desk.run(['authorize', name, '--redirect-uri', await freeRedirectUri()], {
      environment: desk.with(desk.client()),
      openBrowser: visitor.openBrowser,
    });

    expect(exitCode).toBe(0);
  });
});
