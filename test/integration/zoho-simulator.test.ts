import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import {
  type ClientCredentials,
  type CodeRequest,
  type Fault,
  type Location,
  startZohoSimulator,
  type ZohoSimulator,
} from '../../sandbox/zoho/zoho-simulator.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const SCOPE = 'ZohoCRM.modules.ALL,ZohoCRM.users.READ';
const REDIRECT_URI = 'http://127.0.0.1:8080/callback';
const TOKEN_SHAPE = /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/;

type Fields = Record<string, string>;

interface Connection extends ClientCredentials {
  readonly dataCenter: Location;
  readonly refreshToken: string;
}

let nowMs: number;
let zoho: ZohoSimulator;
/** At the European data center. */
let connection: Connection;

beforeEach(async () => {
  nowMs = Date.UTC(2030, 0, 1);
  zoho = await startZohoSimulator({ clock: { now: () => nowMs } });
  connection = connect();
});

afterEach(async () => {
  await zoho.close();
});

function connect(dataCenter: Location = 'eu', user = 'ann'): Connection {
  const client = zoho.registerClient({ dataCenter });
  const refreshToken = zoho.grant({ clientId: client.clientId, dataCenter, user, scope: SCOPE });
  return { dataCenter, ...client, refreshToken };
}

function refreshFields(connection: Connection): Fields {
  return {
    grant_type: 'refresh_token',
    client_id: connection.clientId,
    client_secret: connection.clientSecret,
    refresh_token: connection.refreshToken,
  };
}

function post(
  dataCenter: Location,
  path: string,
  body: Exclude<RequestInit['body'], undefined>,
  init: RequestInit = {},
): Promise<Response> {
  return fetch(`${zoho.origins[dataCenter]}${path}`, { redirect: 'manual', ...init, method: 'POST', body });
}

function postToken(dataCenter: Location, fields: Fields, init?: RequestInit): Promise<Response> {
  return post(dataCenter, '/oauth/v2/token', new URLSearchParams(fields), init);
}

function refresh(connection: Connection, init?: RequestInit): Promise<Response> {
  return postToken(connection.dataCenter, refreshFields(connection), init);
}

async function read(response: Response): Promise<{ status: number; body: Record<string, unknown> }> {
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The answer to a refresh. */
async function answerTo(connection: Connection) {
  return await read(await refresh(connection));
}

/** How Zoho words an error: HTTP 200, and only the body says so. */
const refused = (error: string) => ({ status: 200, body: { error } });

async function mint(connection: Connection): Promise<string> {
  const { body } = await answerTo(connection);
  expect(body.access_token).toMatch(TOKEN_SHAPE);
  return String(body.access_token);
}

async function mintTimes(connection: Connection, times: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let each = 0; each < times; each += 1) tokens.push(await mint(connection));
  return tokens;
}

function callCrm(dataCenter: Location, accessToken: string, scheme = 'Zoho-oauthtoken'): Promise<Response> {
  const headers = { authorization: `${scheme} ${accessToken}` };
  return fetch(`${zoho.origins[dataCenter]}/crm/v8/Leads?fields=Last_Name`, { headers });
}

function outcomes(): string[] {
  return zoho.tokenCalls.map(({ outcome }) => outcome);
}

describe('a refresh', () => {
  it('returns a Bearer token for one hour, its scope and the API domain of its data center', async () => {
    const connection = connect('ca');

    const { status, body } = await answerTo(connection);

    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(TOKEN_SHAPE),
      scope: SCOPE,
      api_domain: 'https://www.zohoapis.ca',
      token_type: 'Bearer',
      expires_in: 3_600,
    });
  });

  it('accepts its parameters in a query string', async () => {
    const response = await post(
      'eu',
      `/oauth/v2/token?${new URLSearchParams(refreshFields(connection))}`,
      null,
    );

    expect((await read(response)).body.access_token).toMatch(TOKEN_SHAPE);
  });

  it('accepts its parameters in a multipart body', async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries(refreshFields(connection))) form.append(name, value);

    const response = await post('eu', '/oauth/v2/token', form);

    expect((await read(response)).body.access_token).toMatch(TOKEN_SHAPE);
  });

  it('is recorded without secrets, and secrets in the URL are detected', async () => {
    await refresh(connection);
    await post('eu', `/oauth/v2/token?${new URLSearchParams(refreshFields(connection))}`, null);

    const [fromBody, fromUrl] = zoho.tokenCallsWith(connection.refreshToken);
    expect(fromBody).toEqual({
      atMs: nowMs,
      dataCenter: 'eu',
      grantType: 'refresh_token',
      clientId: connection.clientId,
      refreshTokenOrdinal: 1,
      hasSecretsInUrl: false,
      outcome: 'minted',
      fault: undefined,
    });
    expect(fromUrl?.hasSecretsInUrl).toBe(true);
    expect(JSON.stringify(zoho.tokenCalls)).not.toContain(connection.refreshToken);
    expect(JSON.stringify(zoho.tokenCalls)).not.toContain(connection.clientSecret);
  });

  it('leaves the older token valid for its own hour', async () => {
    const older = await mint(connection);
    nowMs += 55 * MINUTE_MS;
    const newer = await mint(connection);

    nowMs += 5 * MINUTE_MS - 1;
    expect(zoho.isValid(older)).toBe(true);
    nowMs += 1;

    expect(zoho.isValid(older)).toBe(false);
    expect(zoho.isValid(newer)).toBe(true);
    expect(zoho.validUntil(newer)).toBe(nowMs + 55 * MINUTE_MS);
  });

  it('returns the same tokens in every run with the same seed', async () => {
    const grantInNewRun = async () => {
      const run = await startZohoSimulator({ clock: { now: () => nowMs }, random: seededRandom(7) });
      const { clientId } = run.registerClient({ dataCenter: 'eu' });
      const refreshToken = run.grant({ clientId, dataCenter: 'eu', scope: SCOPE });
      await run.close();
      return { clientId, refreshToken };
    };

    expect(await grantInNewRun()).toEqual(await grantInNewRun());
  });
});

describe('a refusal', () => {
  it.each<[string, string, () => Partial<Connection>]>([
    ['an unknown client', 'invalid_client', () => ({ clientId: '1000.UNKNOWN' })],
    ['a wrong client secret', 'invalid_client_secret', () => ({ clientSecret: 'wrong' })],
    ["another client's refresh token", 'invalid_code', () => ({ refreshToken: connect().refreshToken })],
    [
      'the secret of another data center',
      'invalid_client_secret',
      () => {
        zoho.registerClient({ dataCenter: 'us', clientId: connection.clientId });
        return { dataCenter: 'us' };
      },
    ],
  ])('of %s is %s with HTTP 200', async (_, error, changes) => {
    expect(await answerTo({ ...connection, ...changes() })).toEqual(refused(error));
  });

  it('answers missing and garbled parameters in JSON, and other methods and paths in HTML', async () => {
    const { grant_type: _grantType, ...withoutGrantType } = refreshFields(connection);
    const { refresh_token: _refreshToken, ...withoutToken } = refreshFields(connection);
    const garbled = { headers: { 'content-type': 'multipart/form-data; boundary=none' } };

    expect(await read(await postToken('eu', withoutGrantType))).toEqual(refused('unsupported_grant_type'));
    expect(await read(await postToken('eu', withoutToken))).toEqual(refused('invalid_code'));
    expect(await read(await post('eu', '/oauth/v2/token', '\u0000%', garbled))).toEqual(
      refused('invalid_client'),
    );
    for (const path of ['/oauth/v2/token', '/oauth/v2/token/revoke', '/oauth/v3/token']) {
      const response = await fetch(`${zoho.origins.eu}${path}`);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('content-type')).toContain('text/html');
    }
  });
});

describe('the limit of ten access tokens in ten minutes', () => {
  const THROTTLED = {
    status: 400,
    body: {
      error_description: 'You have made too many requests continuously. Please try again after some time.',
      error: 'Access Denied',
      status: 'failure',
    },
  };

  it('refuses the 11th, and retrying keeps it refused', async () => {
    await mintTimes(connection, 10);

    expect(await answerTo(connection)).toEqual(THROTTLED);
    nowMs += 9 * MINUTE_MS;
    expect(await answerTo(connection)).toEqual(THROTTLED);
    nowMs += 9 * MINUTE_MS;
    expect(await answerTo(connection)).toEqual(THROTTLED);

    expect(outcomes().slice(10)).toEqual(['throttled', 'throttled', 'throttled']);
  });

  it('counts in any ten minutes, not from a fixed start', async () => {
    await mint(connection);
    nowMs += 9 * MINUTE_MS;
    await mintTimes(connection, 9);
    nowMs += MINUTE_MS;
    await mint(connection);

    expect(await answerTo(connection)).toEqual(THROTTLED);
  });

  it('is counted per refresh token, and throttling revokes nothing', async () => {
    const sibling = {
      ...connection,
      refreshToken: zoho.grant({ ...connection, user: 'ann', scope: SCOPE }),
    };
    const tokens = await mintTimes(connection, 10);
    await refresh(connection);

    await mint(sibling);

    expect(tokens.every((token) => zoho.isValid(token))).toBe(true);
  });

  it('does not count refusals before the minting stage', async () => {
    for (let each = 0; each < 12; each += 1) await refresh({ ...connection, clientSecret: 'wrong' });

    await mint(connection);
  });

  it('can be worded in Chinese', async () => {
    await zoho.close();
    zoho = await startZohoSimulator({ clock: { now: () => nowMs }, throttleVariant: 'chinese' });
    const connection = connect();
    await mintTimes(connection, 10);

    const { status, body } = await answerTo(connection);

    expect(status).toBe(400);
    expect(body).toMatchObject({ status: 'failure', error: expect.not.stringMatching(/[A-Za-z]/) });
  });
});

describe('the limits on live tokens', () => {
  it('revokes the oldest of eleven live access tokens', async () => {
    const oldest = await mint(connection);
    nowMs += 10 * MINUTE_MS;
    const others = await mintTimes(connection, 9);
    expect(zoho.isValid(oldest)).toBe(true);

    nowMs += 10 * MINUTE_MS;
    const eleventh = await mint(connection);

    expect(zoho.validUntil(oldest)).toBeUndefined();
    expect([...others, eleventh].every((token) => zoho.isValid(token))).toBe(true);
  });

  it('deletes the oldest refresh token and its access tokens at the 21st of a user and client', async () => {
    const connection = connect('eu', 'ann');
    const accessToken = await mint(connection);
    const consent = { clientId: connection.clientId, dataCenter: 'eu', scope: SCOPE } as const;
    for (let each = 0; each < 19; each += 1) zoho.grant({ ...consent, user: 'ann' });
    zoho.grant({ ...consent, user: 'bob' });
    expect(zoho.isValid(accessToken)).toBe(true);

    zoho.grant({ ...consent, user: 'ann' });

    expect(zoho.isValid(accessToken)).toBe(false);
    expect(await answerTo(connection)).toEqual(refused('invalid_code'));
  });
});

describe('an authorization code', () => {
  let client: ClientCredentials;
  let request: CodeRequest;

  beforeEach(() => {
    client = zoho.registerClient({ dataCenter: 'in' });
    request = { clientId: client.clientId, dataCenter: 'in', scope: SCOPE };
  });

  const exchange = async (code: string, { clientId, clientSecret } = client, more: Fields = {}) => {
    const id = { grant_type: 'authorization_code', client_id: clientId, client_secret: clientSecret };
    return await read(await postToken('in', { ...id, code, ...more }));
  };

  it('yields an access token and a refresh token, once', async () => {
    const code = zoho.issueCode({ ...request, redirectUri: REDIRECT_URI, accessType: 'offline' });

    const first = await exchange(code, client, { redirect_uri: REDIRECT_URI });
    const second = await exchange(code, client, { redirect_uri: REDIRECT_URI });

    expect(zoho.isValid(String(first.body.access_token))).toBe(true);
    await mint({ ...client, dataCenter: 'in', refreshToken: String(first.body.refresh_token) });
    expect(second).toEqual(refused('invalid_code'));
  });

  it('lives for two minutes', async () => {
    const code = zoho.issueCode(request);

    nowMs += 2 * MINUTE_MS;

    expect(await exchange(code)).toEqual(refused('invalid_code'));
  });

  it('of a self client needs no redirect URI and yields a refresh token', async () => {
    const { body } = await exchange(zoho.issueCode(request));

    expect(body.refresh_token).toMatch(TOKEN_SHAPE);
  });

  it('is throttled as the 11th refresh token of a user in ten minutes', async () => {
    for (let each = 0; each < 10; each += 1) await exchange(zoho.issueCode(request));

    const answer = await exchange(zoho.issueCode(request));

    expect(answer).toMatchObject({ status: 400, body: { status: 'failure' } });
  });

  it('is invalid for another client and at another data center', async () => {
    const other = zoho.registerClient({ dataCenter: 'in', sharedCredentials: true });
    const elsewhere = zoho.issueCode({ clientId: other.clientId, dataCenter: 'us', scope: SCOPE });

    expect(await exchange(zoho.issueCode(request), other)).toEqual(refused('invalid_code'));
    expect(await exchange(elsewhere, other)).toEqual(refused('invalid_code'));
  });
});

describe('a revocation', () => {
  const revoke = (dataCenter: Location, token: string) =>
    post(dataCenter, '/oauth/v2/token/revoke', new URLSearchParams({ token }));

  it('ends the refresh token and its access tokens', async () => {
    const accessToken = await mint(connection);

    const answer = await read(await revoke('eu', connection.refreshToken));

    expect(answer).toEqual({ status: 200, body: { status: 'success' } });
    expect(zoho.isValid(accessToken)).toBe(false);
    expect(await answerTo(connection)).toEqual(refused('invalid_code'));
  });

  it('of an access token revokes its refresh token too', async () => {
    await revoke('eu', await mint(connection));

    expect(await answerTo(connection)).toEqual(refused('invalid_code'));
  });

  it('is refused with HTTP 400 twice, and at another data center', async () => {
    expect((await revoke('us', connection.refreshToken)).status).toBe(400);
    expect((await revoke('eu', connection.refreshToken)).status).toBe(200);
    expect((await revoke('eu', connection.refreshToken)).status).toBe(400);
  });
});

describe('the data centers', () => {
  it('are eleven, each at an origin of its own', () => {
    expect(Object.keys(zoho.origins)).toHaveLength(11);
    expect(new Set(Object.values(zoho.origins)).size).toBe(11);
    expect(zoho.accountsHosts).toMatchObject({ au: 'accounts.zoho.com.au', ca: 'accounts.zohocloud.ca' });
  });

  it('are listed by the us accounts server only', async () => {
    const { body } = await read(await fetch(`${zoho.origins.us}/oauth/serverinfo`));

    expect(body).toMatchObject({
      result: 'success',
      locations: { eu: 'https://accounts.zoho.eu', cn: 'https://accounts.zoho.com.cn' },
    });
    expect((await fetch(`${zoho.origins.eu}/oauth/serverinfo`)).status).toBe(404);
  });
});

describe('the product API', () => {
  it('serves a valid token at its own data center only', async () => {
    const accessToken = await mint(connect('eu'));

    const home = await read(await callCrm('eu', accessToken));
    const abroad = await read(await callCrm('us', accessToken));

    expect(home).toEqual({ status: 200, body: { data: [] } });
    expect(abroad).toEqual({
      status: 401,
      body: { code: 'INVALID_TOKEN', details: {}, message: 'invalid oauth token', status: 'error' },
    });
  });

  it('refuses an expired token, a refresh token and the Bearer scheme', async () => {
    const accessToken = await mint(connection);

    expect((await callCrm('eu', accessToken, 'Bearer')).status).toBe(401);
    expect((await callCrm('eu', connection.refreshToken)).status).toBe(401);
    nowMs += HOUR_MS;
    expect((await callCrm('eu', accessToken)).status).toBe(401);
  });
});

describe('a fault', () => {
  it.each<[Fault, number, string]>([
    [{ kind: 'html-5xx' }, 503, 'text/html'],
    [{ kind: 'html-4xx' }, 403, 'text/html'],
    [{ kind: 'server-error-json' }, 500, 'application/json'],
    [{ kind: 'garbage' }, 200, 'application/json'],
    [{ kind: 'empty' }, 200, 'application/json'],
    [{ kind: 'redirect', to: 'https://login.example.org/' }, 302, 'text/html'],
  ])('%o comes before the service: no token is minted or returned', async (fault, status, type) => {
    zoho.injectFault({ ...fault, calls: 1 });

    const response = await refresh(connection);

    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain(type);
    expect(await response.text()).not.toMatch(/1000\./);
    expect(zoho.tokenCalls).toMatchObject([{ outcome: 'faulted', fault: fault.kind }]);
    await mint(connection);
  });

  it('can drop the answer to a mint that took effect', async () => {
    zoho.injectFault({ kind: 'html-5xx', withEffect: true, calls: 9 });
    for (let each = 0; each < 9; each += 1) expect((await refresh(connection)).status).toBe(503);

    await mint(connection);

    expect(outcomes()).toEqual(Array(10).fill('minted'));
    expect((await refresh(connection)).status).toBe(400);
  });

  it('can reset the connection', async () => {
    zoho.injectFault({ kind: 'drop', withEffect: true, calls: 1 });

    await expect(refresh(connection)).rejects.toThrow('fetch failed');

    expect(zoho.tokenCalls).toMatchObject([{ outcome: 'minted', fault: 'drop' }]);
  });

  it('can send no answer, or half of one', async () => {
    zoho.injectFault({ kind: 'hang', calls: 1 });
    zoho.injectFault({ kind: 'slow-body', calls: 1 });
    const client = new AbortController();
    zoho.onTokenRequest(() => {
      setTimeout(() => client.abort(), 50);
      return undefined;
    });

    await expect(refresh(connection, { signal: client.signal })).rejects.toThrow(/aborted/);
    const half = await refresh(connection);

    const { value } = (await half.body?.getReader().read()) ?? {};
    expect(value?.length).toBe(Math.floor(Number(half.headers.get('content-length')) / 2));
    expect(outcomes()).toEqual(['faulted', 'minted']);
  });

  it('can send ten megabytes', async () => {
    zoho.injectFault({ kind: 'huge-body', calls: 1 });

    expect((await (await refresh(connection)).text()).length).toBeGreaterThan(10_000_000);
  });

  it.each([
    ['english', 400],
    ['chinese', 400],
    ['legacy-200', 200],
    ['status-429', 429],
  ] as const)('can throttle without cause, as %s', async (variant, status) => {
    zoho.injectFault({ kind: 'throttle', variant, calls: 1 });

    const answer = await answerTo(connection);

    expect(answer).toMatchObject({ status, body: { status: 'failure' } });
    expect(zoho.tokenCalls).toMatchObject([{ outcome: 'throttled', fault: 'throttle' }]);
    await mint(connection);
  });

  it('can refuse without cause, with any error', async () => {
    zoho.injectFault({ kind: 'error', calls: 1 });
    zoho.injectFault({ kind: 'error', error: 'invalid_code', calls: 1 });

    const first = await answerTo(connection);
    const second = await answerTo(connection);

    expect(first).toEqual(refused('general_error'));
    expect(second).toEqual(refused('invalid_code'));
    await mint(connection);
  });

  it.each([
    ['no-expires-in', { expires_in: undefined }],
    ['no-api-domain', { api_domain: undefined }],
    ['no-scope', { scope: undefined }],
    ['legacy-expires-in', { expires_in_sec: 3_600, expires_in: 3_600_000 }],
    ['space-separated-scope', { scope: 'ZohoCRM.modules.ALL ZohoCRM.users.READ' }],
    ['narrowed-scope', { scope: 'ZohoCRM.modules.ALL' }],
    ['odd-status', {}],
    ['long-token', {}],
    ['overlong-token', {}],
    ['rotated-refresh-token', { refresh_token: expect.any(String) }],
  ] as const)('can change the shape of a success: %s', async (kind, difference) => {
    const { body: usual } = await answerTo(connection);
    zoho.injectFault({ kind, calls: 1 });

    const { status, body } = await answerTo(connection);

    expect(status).toBe(kind === 'odd-status' ? 500 : 200);
    expect(body).toEqual({ ...usual, access_token: body.access_token, ...difference });
    expect(zoho.isValid(String(body.access_token))).toBe(true);
  });

  it('of shape does not change a refusal', async () => {
    zoho.injectFault({ kind: 'odd-status' });

    const answer = await answerTo({ ...connection, clientSecret: 'wrong' });

    expect(answer).toEqual(refused('invalid_client_secret'));
  });

  it('applies to its data center and its refresh token until it is removed', async () => {
    const [eu, otherEu, us] = [connect('eu'), connect('eu'), connect('us')];
    const takeBack = zoho.injectFault({ kind: 'html-5xx', refreshToken: eu.refreshToken });
    zoho.injectFault({ kind: 'html-4xx', dataCenter: 'us' });
    const statuses = async () => {
      const answers = [await refresh(eu), await refresh(otherEu), await refresh(us)];
      return answers.map(({ status }) => status);
    };

    expect(await statuses()).toEqual([503, 200, 403]);
    expect(await statuses()).toEqual([503, 200, 403]);
    takeBack();
    expect(await statuses()).toEqual([200, 200, 403]);
    zoho.clearFaults();
    expect(await statuses()).toEqual([200, 200, 200]);
  });

  it('can be chosen for each call', async () => {
    const remove = zoho.onTokenRequest(({ refreshTokenOrdinal }) =>
      refreshTokenOrdinal === 1 ? { kind: 'garbage' } : undefined,
    );
    const other = connect();

    const spoiled = await refresh(connection);
    await mint(other);
    remove();
    await mint(connection);

    expect(await spoiled.text()).toMatch(/^\{"access_token": </);
  });
});

describe('a held call', () => {
  it('reports when the token is minted, and is answered when released', async () => {
    const held = zoho.holdNextCall({ refreshToken: connection.refreshToken });
    const others = connect();

    const pending = refresh(connection);
    await held.received;
    await mint(others);
    expect(zoho.tokenCallsWith(connection.refreshToken)).toMatchObject([
      { outcome: 'minted', fault: 'hold' },
    ]);
    held.release();

    const { body } = await read(await pending);
    expect(zoho.isValid(String(body.access_token))).toBe(true);
  });

  it('can be abandoned with its token minted', async () => {
    const held = zoho.holdNextCall();

    const pending = refresh(connection);
    await held.received;
    held.abandon();

    await expect(pending).rejects.toThrow('fetch failed');
    expect(outcomes()).toEqual(['minted']);
  });

  it('can take effect on release, even after its client has gone', async () => {
    const held = zoho.holdNextCall({ takesEffect: 'on-release' });
    const client = new AbortController();
    const pending = refresh(connection, { signal: client.signal });
    await held.received;
    expect(zoho.tokenCalls).toEqual([]);

    client.abort();
    await expect(pending).rejects.toThrow(/aborted/);
    held.release();
    await mint(connection);

    expect(zoho.tokenCalls).toMatchObject([
      { outcome: 'minted', fault: 'hold' },
      { outcome: 'minted', fault: undefined },
    ]);
  });

  it('does not prevent the simulator from closing', async () => {
    const held = zoho.holdNextCall();
    const pending = Promise.allSettled([refresh(connection)]);
    await held.received;

    await zoho.close();

    expect(await pending).toMatchObject([{ status: 'rejected' }]);
    zoho = await startZohoSimulator({ clock: { now: () => nowMs } });
  });
});

describe('a changed contract', () => {
  it('shortens the life of new access tokens, and the answer says so', async () => {
    zoho.changeContract({ accessTokenLifeSeconds: 600 });

    const { body } = await answerTo(connection);
    nowMs += 599_999;
    const before = zoho.isValid(String(body.access_token));
    nowMs += 1;

    expect(body).toMatchObject({ expires_in: 600 });
    expect([before, zoho.isValid(String(body.access_token))]).toEqual([true, false]);
  });

  it('can be that of one refresh token', async () => {
    zoho.changeContract({ accessTokenLifeSeconds: 600 }, connection.refreshToken);

    expect((await answerTo(connect())).body).toMatchObject({ expires_in: 3600 });
  });

  it('replaces the refresh token with each refresh, and accepts the one before it for a grace', async () => {
    zoho.changeContract({ rotation: { graceMs: 60_000 } }, connection.refreshToken);
    const first = await answerTo(connection);
    const rotated = { ...connection, refreshToken: String(first.body.refresh_token) };

    const second = await answerTo(rotated);
    nowMs += 59_999;
    const inGrace = await answerTo(connection);
    nowMs += 1;

    expect(second.body.refresh_token).toMatch(TOKEN_SHAPE);
    expect(inGrace.body.refresh_token).toMatch(TOKEN_SHAPE);
    expect(await answerTo(connection)).toEqual(refused('invalid_code'));
    expect(zoho.isValid(String(first.body.access_token))).toBe(true);
  });

  it('counts once among the twenty of a user, however often its answers are lost', async () => {
    zoho.changeContract({ rotation: { graceMs: 3_600_000 } }, connection.refreshToken);
    for (let lost = 0; lost < 9; lost += 1) await answerTo(connection);
    const { clientId } = connection;

    expect(zoho.refreshTokensOf({ clientId, dataCenter: 'eu', user: 'ann' })).toHaveLength(1);
  });

  it('does not evade the limit on mints by new refresh tokens', async () => {
    zoho.changeContract({ rotation: { graceMs: 0 } });
    let current = connection;
    for (let mints = 0; mints < 10; mints += 1) {
      const { body } = await answerTo(current);
      current = { ...current, refreshToken: String(body.refresh_token) };
    }

    expect((await answerTo(current)).body).toMatchObject({ error: 'Access Denied' });
  });
});
