import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ClientCredentials,
  type Location,
  startZohoSimulator,
  type ZohoSimulator,
} from '../../../../sandbox/zoho/zoho-simulator.ts';

const REDIRECT_URI = 'http://127.0.0.1:8000/callback?from=zoho';
const SCOPE = 'ZohoCRM.modules.ALL,ZohoCRM.users.READ';

let zoho: ZohoSimulator;
let client: ClientCredentials;

beforeAll(async () => {
  zoho = await startZohoSimulator({ clock: { now: () => Date.UTC(2030, 0, 1) } });
});
afterAll(() => zoho.close());
beforeEach(() => {
  client = zoho.registerClient({ dataCenter: 'eu' });
});

type Parameters = Record<string, string | undefined>;

function authUrl(parameters: Parameters = {}, dataCenter: Location = 'eu'): string {
  const all: Parameters = {
    response_type: 'code',
    client_id: client.clientId,
    scope: SCOPE,
    redirect_uri: REDIRECT_URI,
    state: 'a&b="c"',
    access_type: 'offline',
    prompt: 'consent',
    ...parameters,
  };
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(all)) if (value !== undefined) given.set(name, value);
  return `${zoho.origins[dataCenter]}/oauth/v2/auth?${given}`;
}

async function decide(decision: string, url = authUrl()): Promise<Response> {
  const body = new URLSearchParams({ decision });
  return await fetch(url, { method: 'POST', body, redirect: 'manual' });
}

function toldIn(response: Response): Record<string, string> {
  const url = new URL(response.headers.get('location') ?? 'missing:');
  return Object.fromEntries(url.searchParams);
}

async function exchange(
  dataCenter: Location,
  code: string | undefined,
  fields: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: client.clientId,
    client_secret: client.clientSecret,
    redirect_uri: REDIRECT_URI,
    code: code ?? '',
    ...fields,
  });
  const response = await fetch(`${zoho.origins[dataCenter]}/oauth/v2/token`, { method: 'POST', body });
  return (await response.json()) as Record<string, unknown>;
}

describe('the consent page', () => {
  it('names the data center, the client and the scopes, and has two buttons', async () => {
    const response = await fetch(authUrl());
    const page = await response.text();

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(page).toContain('Simulated Zoho');
    expect(page).toContain('accounts.zoho.eu');
    expect(page).toContain(client.clientId);
    for (const scope of SCOPE.split(',')) expect(page).toContain(`<code>${scope}</code>`);
    for (const id of ['accept', 'reject']) expect(page).toContain(`<button id="${id}"`);
  });

  it('posts to its own URL, wherever that is', async () => {
    const page = await (await fetch(authUrl())).text();

    expect(page).toContain('<form method="post">');
  });
});

describe('a client that is known at several data centers', () => {
  it('lets the user say where the account lives, and the code works there only', async () => {
    client = zoho.registerClient({ dataCenter: 'eu', sharedCredentials: true });
    const page = await (await fetch(authUrl())).text();
    const body = new URLSearchParams({ decision: 'accept', account: 'us' });
    const accepted = await fetch(authUrl(), { method: 'POST', body, redirect: 'manual' });
    const told = toldIn(accepted);

    expect(page).toContain('<option selected>eu</option>');
    expect(told).toMatchObject({ location: 'us', 'accounts-server': 'https://accounts.zoho.com' });
    expect(await exchange('eu', told.code)).toEqual({ error: 'invalid_code' });
    expect(await exchange('us', told.code)).toHaveProperty('access_token');
  });

  it('takes the data center of the consent page if the user names none, or one where it is not known', async () => {
    const told = toldIn(await decide('accept'));
    const body = new URLSearchParams({ decision: 'accept', account: 'us' });
    const elsewhere = toldIn(await fetch(authUrl(), { method: 'POST', body, redirect: 'manual' }));

    expect([told.location, elsewhere.location]).toEqual(['eu', 'eu']);
  });
});

describe('Accept', () => {
  it('redirects back with a code, the data center, its accounts server and the same state', async () => {
    const response = await decide('accept');

    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:8000\/callback\?/);
    expect(toldIn(response)).toEqual({
      from: 'zoho',
      code: expect.stringMatching(/^1000\./),
      location: 'eu',
      'accounts-server': 'https://accounts.zoho.eu',
      state: 'a&b="c"',
    });
  });

  it('sends no state when it got none', async () => {
    const response = await decide('accept', authUrl({ state: undefined }));

    expect(toldIn(response)).not.toHaveProperty('state');
  });

  it('gives a code that works once, with the same redirect URI', async () => {
    const { code } = toldIn(await decide('accept'));

    const elsewhere = await exchange('eu', code, { redirect_uri: 'http://127.0.0.1:8000/other' });
    const first = await exchange('eu', code);
    const again = await exchange('eu', code);

    expect(elsewhere).toEqual({ error: 'invalid_redirect_uri' });
    expect(first).toMatchObject({ scope: SCOPE, refresh_token: expect.stringMatching(/^1000\./) });
    expect(again).toEqual({ error: 'invalid_code' });
  });

  it.each([
    ['online', { access_type: 'online' }],
    ['online, because nothing is said', { access_type: undefined }],
  ])('gives a code without a refresh token when access is %s', async (_, parameters) => {
    const { code } = toldIn(await decide('accept', authUrl(parameters)));

    const tokens = await exchange('eu', code);

    expect(tokens).toHaveProperty('access_token');
    expect(tokens).not.toHaveProperty('refresh_token');
  });

  it('gives a second refresh token only with prompt=consent', async () => {
    const consent = async (prompt: string | undefined) => {
      const { code } = toldIn(await decide('accept', authUrl({ prompt })));
      return await exchange('eu', code);
    };
    const first = await consent(undefined);

    const unprompted = await consent(undefined);
    const prompted = await consent('consent');

    expect(first).toHaveProperty('refresh_token');
    expect(unprompted).not.toHaveProperty('refresh_token');
    expect(prompted).toHaveProperty('refresh_token');
  });

  it("names the location of the user's account, and the code works only there", async () => {
    client = zoho.registerClient({ dataCenter: 'us', sharedCredentials: true, accountLocation: 'au' });

    const told = toldIn(await decide('accept', authUrl({}, 'us')));
    const asked = await exchange('us', told.code);
    const home = await exchange('au', told.code);

    expect(told).toMatchObject({ location: 'au', 'accounts-server': 'https://accounts.zoho.com.au' });
    expect(asked).toEqual({ error: 'invalid_code' });
    expect(home).toMatchObject({ api_domain: 'https://www.zohoapis.com.au' });
  });

  it('gives an unusable code when the client is unknown in the data center of the account', async () => {
    client = zoho.registerClient({ dataCenter: 'us', accountLocation: 'au' });

    const { code } = toldIn(await decide('accept', authUrl({}, 'us')));

    expect(await exchange('au', code)).toEqual({ error: 'invalid_client' });
  });
});

describe('Reject', () => {
  it('redirects back with an error and the same state', async () => {
    const response = await decide('reject');

    expect(response.status).toBe(302);
    expect(toldIn(response)).toEqual({ from: 'zoho', error: 'access_denied', state: 'a&b="c"' });
  });
});

describe('an invalid request', () => {
  const faults: [string, Parameters][] = [
    ['no client', { client_id: undefined }],
    ['an unknown client', { client_id: '1000.NOBODY' }],
    ['no redirect URI', { redirect_uri: undefined }],
    ['a redirect URI of another machine', { redirect_uri: 'http://example.com/callback' }],
    ['one that only looks like this machine', { redirect_uri: 'http://127.0.0.1@example.com/' }],
    ['one whose host begins like this machine', { redirect_uri: 'http://localhost.example.com/' }],
    ['one that is a script', { redirect_uri: 'javascript:alert(1)' }],
    ['no response type', { response_type: undefined }],
    ['another response type', { response_type: 'token' }],
    ['no scope', { scope: undefined }],
    ['an empty scope in the list', { scope: 'ZohoCRM.modules.ALL,' }],
    ['scopes with a space between', { scope: 'ZohoCRM.modules.ALL ZohoCRM.users.READ' }],
    ['an unknown access type', { access_type: 'always' }],
    ['an unknown prompt', { prompt: 'none' }],
  ];

  it.each(faults)('is shown to the user and redirects nowhere: %s', async (_, parameters) => {
    const shown = await fetch(authUrl(parameters), { redirect: 'manual' });
    const posted = await decide('accept', authUrl(parameters));

    for (const response of [shown, posted]) {
      expect(response.status).toBe(400);
      expect(response.headers.get('location')).toBeNull();
      expect(await response.text()).toContain('<p id="error">');
    }
  });

  it('is shown with its text escaped', async () => {
    const page = await (await fetch(authUrl({ client_id: `"><script>alert('1')</script>&` }))).text();

    expect(page).not.toContain('<script>');
    expect(page).toContain('&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;');
  });

  it('is also a form without a decision, and any other method', async () => {
    const undecided = await decide('perhaps');
    const deleted = await fetch(authUrl(), { method: 'DELETE' });

    expect(undecided.status).toBe(400);
    expect(undecided.headers.get('location')).toBeNull();
    expect(deleted.status).toBe(405);
  });
});

describe('registered redirect URIs', () => {
  const registered = 'https://app.example.com/callback';

  it('are the only ones that are redirected to, and must match exactly', async () => {
    client = zoho.registerClient({ dataCenter: 'eu', redirectUris: [registered] });

    const same = await decide('accept', authUrl({ redirect_uri: registered }));
    const others = await Promise.all(
      [`${registered}/`, `${registered}?a=1`, REDIRECT_URI].map((redirect_uri) =>
        decide('accept', authUrl({ redirect_uri })),
      ),
    );

    expect(same.headers.get('location')).toMatch(/^https:\/\/app\.example\.com\/callback\?code=/);
    expect(others.map(({ status }) => status)).toEqual([400, 400, 400]);
  });

  it.each(['javascript:alert(1)', 'https://app.example.com/#fragment', 'callback'])(
    'cannot be %s',
    (redirectUri) => {
      const register = () => zoho.registerClient({ dataCenter: 'eu', redirectUris: [redirectUri] });

      expect(register).toThrow(JSON.stringify(redirectUri));
    },
  );
});
