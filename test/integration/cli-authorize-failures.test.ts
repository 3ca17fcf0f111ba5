import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freeRedirectUri, person } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

let desk: OperatorDesk;

beforeAll(async () => {
  desk = await OperatorDesk.open();
});

afterAll(() => desk.close());

type Bring = (callback: URL, redirectUri: string) => Promise<URL> | URL;

interface Trouble {
  readonly client?: Parameters<OperatorDesk['client']>[0];
  readonly decision?: 'accept' | 'reject';
  /** What is done to the redirect on its way. */
  readonly bring?: Bring;
  readonly secret?: string;
  readonly says: RegExp;
  /** Calls of Zoho's token endpoint; none unless it is said. */
  readonly calls?: readonly string[];
}

const EXCHANGE = ['authorization_code@eu'];

const set =
  (parameters: Readonly<Record<string, string>>): Bring =>
  (callback) => {
    for (const [name, value] of Object.entries(parameters)) callback.searchParams.set(name, value);
    return callback;
  };

const spoilExchange =
  (...[fault]: Parameters<OperatorDesk['zoho']['injectFault']>): Bring =>
  (callback) => {
    desk.zoho.injectFault({ ...fault, calls: 1 });
    return callback;
  };

const TROUBLES: Readonly<Record<string, Trouble>> = {
  'a person who says no': { decision: 'reject', says: /denied at Zoho/ },
  'an unknown location': {
    bring: set({ location: 'mars' }),
    says: /is not known. Its code was sent nowhere/,
  },
  'a location that is a name of every object': { bring: set({ location: 'toString' }), says: /sent nowhere/ },
  'a foreign accounts server': {
    bring: set({ 'accounts-server': 'https://accounts.zoho.eu.attacker.example' }),
    says: /sent nowhere/,
  },
  'an accounts server that has Zoho in front': {
    bring: set({ 'accounts-server': 'https://accounts.zoho.eu@attacker.example' }),
    says: /sent nowhere/,
  },
  'an accounts server over HTTP': {
    bring: set({ 'accounts-server': 'http://accounts.zoho.eu' }),
    says: /sent nowhere/,
  },
  'an accounts server of another location': { bring: set({ location: 'in' }), says: /sent nowhere/ },
  'an error that is no word': {
    bring: set({ error: '<script>alert(1)</script>' }),
    says: /error: Zoho could not ask for the consent\. Nothing was changed/,
  },
  'no code': { bring: set({ code: '' }), says: /could not ask for the consent/ },
  'a code that is too old': {
    bring: (callback) => {
      desk.clock.advance(121_000);
      return callback;
    },
    says: /does not accept the authorization code/,
    calls: EXCHANGE,
  },
  'a code that another account gave': {
    bring: set({ code: '1000.0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef' }),
    says: /does not accept the authorization code/,
    calls: EXCHANGE,
  },
  'a wrong client secret': {
    secret: '0123456789abcdef0123456789abcdef0123456789',
    says: /does not accept the client secret/,
    calls: EXCHANGE,
  },
  'a client that is not known where the account lives': {
    client: { accountLocation: 'in' },
    says: /does not know the client id in this data center/,
    calls: ['authorization_code@in'],
  },
  'a throttle': {
    bring: spoilExchange({ kind: 'throttle' }),
    says: /too many requests\.\n {2}Nothing was changed\. Wait ten minutes\. Start again\./,
    calls: EXCHANGE,
  },
  'a page of HTML in the place of an answer': {
    bring: spoilExchange({ kind: 'html-5xx' }),
    says: /error: Zoho answered HTTP 503\.\n {2}Nothing was changed\. Start again\./,
    calls: EXCHANGE,
  },
  'a connection that breaks': {
    bring: spoilExchange({ kind: 'drop' }),
    says: /error: accounts\.zoho\.eu could not be reached \(.*\)\.\n {2}Nothing was changed\. Start again\./,
    calls: EXCHANGE,
  },
  'a redirect to elsewhere': {
    bring: spoilExchange({ kind: 'redirect' }),
    says: /credentials never follow one/,
    calls: EXCHANGE,
  },
  'a redirect URI that Zoho does not take at the exchange': {
    bring: spoilExchange({ kind: 'error', error: 'invalid_redirect_uri' }),
    says: /does not accept the redirect URI/,
    calls: EXCHANGE,
  },
};

describe('the old credentials stand, letter by letter, and no page stays blank, after', () => {
  it.each(Object.entries(TROUBLES))('%s', async (_, trouble) => {
    const { decision = 'accept', bring = (callback: URL) => callback, says, calls = [] } = trouble;
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    const redirectUri = await freeRedirectUri();
    const client = desk.client(trouble.client);
    const callsBefore = desk.zoho.tokenCalls.length;
    const visitor = person(decision, (callback) => bring(callback, redirectUri));

    const { exitCode, stderr, stdout } = await desk.run(['authorize', name, '--redirect-uri', redirectUri], {
      environment: desk.with({ ...client, ...(trouble.secret && { clientSecret: trouble.secret }) }),
      openBrowser: visitor.openBrowser,
    });

    const { status, html } = await visitor.landing;
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(says);
    expect(desk.zohoCallsAfter(callsBefore)).toEqual(calls);
    expect(desk.credentialsText(name)).toBe(before);
    expect(status).toBe(400);
    expect(html).toContain('Not authorized');
    expect(html).not.toContain('<script');
  });

  it('an answer without a refresh token', async () => {
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    const client = desk.client();
    const redirectUri = await freeRedirectUri();
    desk.zoho.grant({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
    const code = desk.zoho.issueCode({
      ...{ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE, redirectUri },
      accessType: 'offline',
    });
    const visitor = person('accept', set({ code }) as (callback: URL) => URL);

    const { exitCode, stderr } = await desk.run(['authorize', name, '--redirect-uri', redirectUri], {
      environment: desk.with(client),
      openBrowser: visitor.openBrowser,
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Zoho gave no refresh token');
    expect(desk.credentialsText(name)).toBe(before);
  });

  it('a redirect URI that is not registered: the consent page says so, and nobody comes back', async () => {
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    const visitor = person('accept');

    const running = desk.run(['authorize', name, '--redirect-uri', await freeRedirectUri()], {
      environment: desk.with(desk.client({ redirectUris: ['http://localhost:9999/callback'] })),
      openBrowser: async (url) => {
        await expect(visitor.openBrowser(url)).rejects.toThrow('is not registered for this client');
        setImmediate(() => desk.clock.advance(15 * 60_000));
      },
    });
    const { exitCode, stderr } = await running;

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Nobody came back from the consent page in 15 minutes. Nothing was changed.');
    expect(desk.credentialsText(name)).toBe(before);
  });
});

describe('a self client or an import', () => {
  const used = () => {
    const client = desk.client();
    const code = desk.zoho.issueCode({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
    return { client, code };
  };

  it('changes nothing when its code was used before', async () => {
    const { client, code } = used();
    const [first, second] = [await desk.live(), await desk.live()];
    const before = desk.credentialsText(second.name);
    const run = (name: string) =>
      desk.run(['authorize', name, '--self-client'], { environment: desk.with(client), stdin: code });

    const runs = [await run(first.name), await run(second.name)];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 1]);
    expect(runs[1]?.stderr).toContain('Nothing was changed. Make a new code and start again.');
    expect(desk.credentialsText(second.name)).toBe(before);
  });

  it.each([
    ['too short', 'eu-1234', 2, /too short for a refresh token/],
    ['of another data center', undefined, 1, /It was tried at eu: give --data-center/],
  ] as const)('changes nothing when the refresh token is %s', async (_, text, code, says) => {
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
