import { afterAll, describe, expect, it } from 'vitest';
import { authorizeInBrowser, freeRedirectUri, visitor } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

type Alter = (callback: URL) => URL;

interface Failure {
  readonly client?: Parameters<OperatorDesk['client']>[0];
  readonly decision?: 'accept' | 'reject';
  /** Changes the redirect. */
  readonly alter?: Alter;
  readonly secret?: string;
  readonly says: RegExp;
  /** Calls to Zoho's token endpoint. @default none */
  readonly calls?: readonly string[];
}

const EXCHANGE = ['authorization_code@eu'];
const NOT_SENT = /unknown data center, so its code was not sent anywhere\. Nothing was changed/;

const set =
  (parameters: Readonly<Record<string, string>>): Alter =>
  (callback) => {
    for (const [name, value] of Object.entries(parameters)) callback.searchParams.set(name, value);
    return callback;
  };

/** An injected fault of the exchange. */
const fault = (injected: Parameters<OperatorDesk['zoho']['injectFault']>[0]) => ({
  alter: (callback: URL) => {
    desk.zoho.injectFault({ ...injected, calls: 1 });
    return callback;
  },
  calls: EXCHANGE,
});

const FAILURES: Readonly<Record<string, Failure>> = {
  'a user who denies consent': { decision: 'reject', says: /Consent was denied at Zoho/ },
  'an unknown location': { alter: set({ location: 'mars' }), says: NOT_SENT },
  'a location that is a property of every object': { alter: set({ location: 'toString' }), says: NOT_SENT },
  'a foreign accounts server': {
    alter: set({ 'accounts-server': 'https://accounts.zoho.eu.attacker.example' }),
    says: NOT_SENT,
  },
  'an accounts server with Zoho as the user name': {
    alter: set({ 'accounts-server': 'https://accounts.zoho.eu@attacker.example' }),
    says: NOT_SENT,
  },
  'an accounts server over HTTP': {
    alter: set({ 'accounts-server': 'http://accounts.zoho.eu' }),
    says: NOT_SENT,
  },
  'an accounts server of another location': { alter: set({ location: 'in' }), says: NOT_SENT },
  'an error that is not an error code': {
    alter: set({ error: '<script>alert(1)</script>' }),
    says: /error: Zoho rejected the consent request\. Nothing was changed/,
  },
  'no code': { alter: set({ code: '' }), says: /rejected the consent request/ },
  'an expired code': {
    alter: (callback) => {
      desk.clock.advance(121_000);
      return callback;
    },
    says: /authorization code/,
    calls: EXCHANGE,
  },
  "another account's code": {
    alter: set({ code: '1000.0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef' }),
    says: /authorization code/,
    calls: EXCHANGE,
  },
  'a wrong client secret': {
    secret: '0123456789abcdef0123456789abcdef0123456789',
    says: /client secret[\s\S]*Start again, with the client secret that/,
    calls: EXCHANGE,
  },
  'a client that is not known where the account is': {
    client: { accountLocation: 'in' },
    says: /client id in this data center/,
    calls: ['authorization_code@in'],
  },
  'a throttle': {
    ...fault({ kind: 'throttle' }),
    says: /too many requests\.\n {2}Nothing was changed\. Wait ten minutes\. Start again\./,
  },
  'an HTML page instead of an answer': {
    ...fault({ kind: 'html-5xx' }),
    says: /error: Zoho answered HTTP 503\.\n {2}Nothing was changed\. Start again\./,
  },
  'a dropped connection': {
    ...fault({ kind: 'drop' }),
    says: /error: accounts\.zoho\.eu could not be reached \(.*\)\.\n {2}Nothing was changed\. Start again\./,
  },
  'a redirect': { ...fault({ kind: 'redirect' }), says: /redirect/ },
  'a redirect URI that Zoho rejects at the exchange': {
    ...fault({ kind: 'error', error: 'invalid_redirect_uri' }),
    says: /redirect URI/,
  },
};

describe('the old credentials stay exactly as they are, and the browser gets a page, after', () => {
  it.each(Object.entries(FAILURES))(
    '%s',
    async (_, { decision, alter, says, secret, calls = [], ...given }) => {
      const { name } = await desk.live();
      const before = desk.credentialsText(name);
      const client = desk.client(given.client);
      const callsBefore = desk.zoho.tokenCalls.length;

      const { exitCode, stderr, stdout, landing } = await authorizeInBrowser(desk, name, {
        client: { ...client, ...(secret && { clientSecret: secret }) },
        ...(decision && { decision }),
        ...(alter && { alter }),
      });

      const { status, html } = await landing;
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toMatch(says);
      expect(desk.zohoCallsAfter(callsBefore)).toEqual(calls);
      expect(desk.credentialsText(name)).toBe(before);
      expect(status).toBe(400);
      expect(html).toContain('Not authorized');
      expect(html).not.toContain('<script');
    },
  );

  it('an answer without a refresh token', async () => {
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    const client = desk.client();
    const redirectUri = await freeRedirectUri();
    const grant = { clientId: client.clientId, dataCenter: 'eu', scope: SCOPE } as const;
    desk.zoho.grant(grant);
    const code = desk.zoho.issueCode({ ...grant, redirectUri, accessType: 'offline' });

    const { exitCode, stderr } = await authorizeInBrowser(desk, name, {
      ...{ client, redirectUri, alter: set({ code }) },
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Zoho returned no refresh token');
    expect(desk.credentialsText(name)).toBe(before);
  });

  it('a redirect URI that is not registered: the consent page shows the error, and the command times out', async () => {
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    const { openBrowser } = visitor();

    const { exitCode, stderr } = await authorizeInBrowser(desk, name, {
      client: desk.client({ redirectUris: ['http://localhost:9999/callback'] }),
      openBrowser: async (url) => {
        await expect(openBrowser(url)).rejects.toThrow('is not registered for this client');
        setImmediate(() => desk.clock.advance(15 * 60_000));
      },
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Timed out after 15 minutes waiting for consent. Nothing was changed.');
    expect(desk.credentialsText(name)).toBe(before);
  });
});

describe('nothing is changed', () => {
  it('when the code of a self client was used before', async () => {
    const client = desk.client();
    const code = desk.zoho.issueCode({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
    const [first, second] = [await desk.live(), await desk.live()];
    const before = desk.credentialsText(second.name);
    const run = (name: string) =>
      desk.run(['authorize', name, '--self-client'], { environment: desk.with(client), stdin: code });

    const runs = [await run(first.name), await run(second.name)];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 1]);
    expect(runs[1]?.stderr).toContain('Nothing was changed. Generate a new code and start again.');
    expect(desk.credentialsText(second.name)).toBe(before);
  });

  it.each([
    ['is too short', 'eu-1234', 2, /The refresh token is too short/],
    ['is from another data center', undefined, 1, /tried in data center eu.*--data-center/],
  ] as const)('when an imported refresh token %s', async (_, text, code, says) => {
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    const client = desk.client({ sharedCredentials: true });
    const foreign = desk.zoho.grant({ clientId: client.clientId, dataCenter: 'in', scope: SCOPE });

    const { exitCode, stderr } = await desk.run(['authorize', name, '--import'], {
      environment: desk.with(client),
      stdin: text ?? foreign,
    });

    expect(exitCode).toBe(code);
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain(foreign);
    expect(desk.credentialsText(name)).toBe(before);
  });
});
