import { afterAll, describe, expect, it } from 'vitest';
import { authorizeInBrowser, consent, freeRedirectUri, visit, visitor } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import { STATE } from '../support/run-zoho-tokens.ts';

const USERS = 'ZohoCRM.users.READ';
/** The user leaves the question for the address unanswered. */
const NOTHING_PASTED = new Promise<string>(() => {});

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

describe('a consent in the browser', () => {
  it('is stored as credentials with every documented key, and a token is live', async () => {
    const name = await desk.pending();

    const { exitCode, stdout, client, landing, requestedScope } = await authorizeInBrowser(desk, name);

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
      authorized_by: { aws_principal: 'arn:aws:iam::000000000000:user/sandbox' },
    });
    expect(await landing).toMatchObject({ status: 200 });
    expect(requestedScope).toBe(SCOPE);
  });

  it('is requested for offline access, with the state and exactly the redirect URI', async () => {
    const redirectUri = await freeRedirectUri();
    const client = desk.client({ redirectUris: [redirectUri] });

    const { visited } = await authorizeInBrowser(desk, await desk.pending(), { client, redirectUri });

    expect(Object.fromEntries(new URL(visited[0] ?? '').searchParams)).toMatchObject({
      ...{ response_type: 'code', access_type: 'offline', prompt: 'consent' },
      ...{ state: STATE, redirect_uri: redirectUri },
    });
  });

  it('can be requested for other scopes than the declared ones, in one option or several', async () => {
    const { exitCode, requestedScope } = await authorizeInBrowser(desk, await desk.pending(), {
      args: ['--scope', `${USERS},ZohoCRM.org.READ`, '--scope', 'ZohoBooks.invoices.READ'],
    });

    expect(exitCode).toBe(0);
    expect(requestedScope).toBe(`${USERS},ZohoCRM.org.READ,ZohoBooks.invoices.READ`);
  });

  it('works with --no-browser, at the printed address', async () => {
    const name = await desk.pending();
    const client = desk.client();
    const redirectUri = await freeRedirectUri();
    const code = desk.zoho.issueCode({
      ...{ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE, redirectUri },
      ...{ accessType: 'offline', prompt: 'consent' },
    });
    const callback = new URL(`${redirectUri}?${new URLSearchParams({ code, state: STATE, location: 'eu' })}`);

    const running = authorizeInBrowser(desk, name, {
      ...{ args: ['--no-browser'], client, redirectUri },
      openBrowser: () => Promise.reject(new Error('No browser was wanted.')),
      answers: [() => NOTHING_PASTED],
    });
    const landing = await visit(callback);
    const { exitCode, stderr } = await running;

    const printed = /http:\/\/127\S*\/auth\?\S*/.exec(stderr)?.[0] ?? '';
    expect({ exitCode, landing: landing.status }).toEqual({ exitCode: 0, landing: 200 });
    expect(await consent(printed, 'accept')).toMatchObject({ origin: new URL(redirectUri).origin });
    expect(desk.credentials(name).client_id).toBe(client.clientId);
  });

  it('works when no browser can be started: the address is printed', async () => {
    const { openBrowser, visited } = visitor('reject');

    const { stderr, exitCode } = await authorizeInBrowser(desk, await desk.pending(), {
      openBrowser: async (url) => {
        await openBrowser(url);
        throw new Error('spawn xdg-open ENOENT');
      },
      answers: [() => NOTHING_PASTED],
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('No browser could be started. Open the address yourself.');
    expect(stderr).toContain(visited[0]);
  });

  it("uses the account's own data center when the redirect names another known one", async () => {
    const name = await desk.pending();
    const client = desk.client({ sharedCredentials: true, accountLocation: 'in' });
    const before = desk.zoho.tokenCalls.length;

    const { exitCode, stderr } = await authorizeInBrowser(desk, name, { client });

    expect(exitCode).toBe(0);
    expect(stderr).toContain('The Zoho account is in data center in, not eu. Storing in.');
    expect(desk.credentials(name).data_center).toBe('in');
    expect(desk.zohoCallsAfter(before)).toEqual(['authorization_code@in', 'refresh_token@in']);
  });
});

describe('the client', () => {
  const { stringify } = JSON;
  type Client = ReturnType<OperatorDesk['client']>;

  it.each<[how: string, options: (client: Client) => { stdin?: string; answers?: string[] }]>([
    [
      'is piped in as JSON',
      ({ clientId, clientSecret }) => ({
        stdin: stringify({ client_id: clientId, client_secret: clientSecret }),
      }),
    ],
    [
      'is piped in as two lines',
      ({ clientId, clientSecret }) => ({ stdin: `${clientId}\r\n${clientSecret}\n` }),
    ],
    ['is typed', ({ clientId, clientSecret }) => ({ answers: [clientId, ` ${clientSecret} `] })],
  ])('%s', async (_, optionsFor) => {
    const name = await desk.pending();
    const client = desk.client();

    const { exitCode } = await authorizeInBrowser(desk, name, {
      environment: desk.server.environment,
      ...optionsFor(client),
    });

    const { client_id: clientId, client_secret: clientSecret } = desk.credentials(name);
    expect({ exitCode, clientId, clientSecret }).toEqual({ exitCode: 0, ...client });
  });

  it('is the current one when the user agrees or there is no terminal, and otherwise typed', async () => {
    const { name, clientId } = await desk.live();
    const another = desk.client();
    const usedClients: (string | undefined)[] = [];

    for (const answers of [undefined, [true], [false, another.clientId, another.clientSecret]]) {
      const { exitCode } = await authorizeInBrowser(desk, name, {
        environment: desk.server.environment,
        ...(answers && { answers }),
      });
      usedClients.push(exitCode === 0 ? desk.credentials(name).client_id : 'failed');
    }

    expect(usedClients).toEqual([clientId, clientId, another.clientId]);
  });

  it('is not offered again after Zoho rejected its secret, and not used without a terminal', async () => {
    const { name, clientId, clientSecret } = await desk.live();
    desk.writeCredentials(name, stringify({ ...desk.credentials(name), client_secret: 'regenerated' }));
    await desk.deployment.refresh(name);
    const environment = { ...desk.server.environment };

    const piped = await authorizeInBrowser(desk, name, { environment });
    const asked = await authorizeInBrowser(desk, name, { environment, answers: [clientId, clientSecret] });

    const says = `Zoho rejected the stored secret of the client ${clientId.slice(0, 12)}…`;
    expect(piped).toMatchObject({ exitCode: 2, visited: [], stderr: expect.stringContaining(says) });
    expect(asked).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(says) });
    expect(desk.credentials(name).client_secret).toBe(clientSecret);
  });

  it('must be complete, before the browser opens', async () => {
    const { exitCode, stderr, visited } = await authorizeInBrowser(desk, await desk.pending(), {
      environment: { ...desk.server.environment, ZOHO_CLIENT_ID: desk.client().clientId },
    });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('The client id was given without the client secret.');
    expect(visited).toEqual([]);
  });

  it('is not shown when its id is not valid, because it may be a secret', async () => {
    const { clientId, clientSecret } = desk.client();

    const run = await desk.run(['authorize', await desk.pending()], {
      stdin: stringify({ client_id: clientSecret, client_secret: clientId }),
    });

    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('The client id is not valid (value omitted)');
    expect(run.stderr).not.toContain(clientSecret);
  });
});

describe('the previous credentials', () => {
  it('keep their unknown keys, but not those about the authorization', async () => {
    const { name } = await desk.live();
    const previous = desk.credentials(name);
    const unknown = { owner: 'sales', ticket: ['OPS-1', { a: null }] };
    desk.writeCredentials(
      name,
      JSON.stringify({ ...previous, ...unknown, client_type: 'self-client', scope: 'A.b' }),
    );

    await authorizeInBrowser(desk, name);

    expect(desk.credentials(name)).toMatchObject({ ...unknown, client_type: 'server-based', scope: SCOPE });
    expect(desk.credentials(name).refresh_token).not.toBe(previous.refresh_token);
  });

  it('are replaced when they are not JSON', async () => {
    const name = await desk.pending();
    desk.writeCredentials(name, 'to be filled in');

    const { exitCode } = await authorizeInBrowser(desk, name);

    expect(exitCode).toBe(0);
    expect(desk.credentials(name).data_center).toBe('eu');
  });

  it('need not be readable for a user who may only write them', async () => {
    const { name } = await desk.live();
    const allow = desk.secrets.faults.deny({ operation: 'GetSecretValue', secret: `zoho/${name}/*` });

    const { exitCode } = await authorizeInBrowser(desk, name, {
      alter: (callback) => {
        allow();
        return callback;
      },
    });

    expect(exitCode).toBe(0);
  });
});
