import { describe, expect, test } from 'vitest';
import { clientKeyOf } from '../../../lambdas/core/connection/client-key.ts';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../../lambdas/core/connection/lease.ts';
import type { FailureCode } from '../../../lambdas/core/failures.ts';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { RENEWAL_SPACING_MS } from '../../../lambdas/core/refresh/renewal-pace.ts';
import type { TokenResponse } from '../../../lambdas/core/zoho/token-response.ts';
import { exchangeToken } from '../../../lambdas/refresher/exchange-token.ts';
import {
  ACCESS_TOKEN,
  CLIENT_ID,
  CLIENT_SECRET,
  credentialsSecret,
  dueConnection,
  failureOf,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
  REFRESH_TOKEN,
} from '../../support/builders.ts';
import { FakeRefresher, MINTED, throws } from './fake-refresher.ts';

const ROTATED = new Redacted('1000.rotated-0123456789abcdef.fedcba9876543210');

const TAKEN = { owner: 'me', nowMs: NOW_MS, leaseMs: 75_000 };

const leased = (overrides: Partial<Connection> = {}) => acquireLease(dueConnection(overrides), TAKEN);

/** What the credentials of the builder say. */
const AUTHORIZATION = { by: undefined, atMs: NOW_MS - 60 * MINUTE_MS };

const found = (text = credentialsSecret()) => ({ kind: 'found', versionId: 'credentials-2', text }) as const;

const exchange = (world: FakeRefresher, connection = leased(), alreadyRead?: ReturnType<typeof found>) =>
  exchangeToken(world.context, connection, alreadyRead);

const CLIENT_KEY = clientKeyOf({ dataCenter: 'eu', clientId: CLIENT_ID });

describe('the exchange of credentials for a token', () => {
  test('publishes the token with the generation of the lease, from the version of the row', async () => {
    const world = new FakeRefresher();

    expect(await exchange(world)).toEqual({
      kind: 'published',
      token: world.published[0],
      ignoredApiDomain: undefined,
      versionId: 'version-of-8',
      credentialsVersionId: 'credentials-1',
      clientKey: CLIENT_KEY,
      authorization: AUTHORIZATION,
    });
    expect(world.calls).toEqual(['credentials', 'zoho', 'publish 8 from version-of-7']);
    expect(world.published).toEqual([
      {
        accessToken: MINTED.accessToken,
        apiDomain: 'https://www.zohoapis.eu',
        dataCenter: 'eu',
        scope: 'ZohoCRM.modules.ALL',
        connection: 'crm-prod',
        generation: 8,
        issuedAtMs: NOW_MS,
        expiresAtMs: NOW_MS + HOUR_MS,
        // Half of a minute's jitter before the margin of five minutes, the wait for a tick, and the refresh.
        refreshAfterMs: NOW_MS + HOUR_MS - 6 * MINUTE_MS - 15_000 - 30_000,
      },
    ]);
  });

  test('publishes the first token from no version', async () => {
    const world = new FakeRefresher();

    await exchange(world, acquireLease(pendingConnection(), TAKEN));

    expect(world.calls.at(-1)).toBe('publish 1 from undefined');
  });

  test('does not read the credentials twice', async () => {
    const world = new FakeRefresher();

    expect(await exchange(world, leased(), found())).toMatchObject({ credentialsVersionId: 'credentials-2' });
    expect(world.calls).toEqual(['zoho', 'publish 8 from version-of-7']);
  });

  test('counts the life of the token from before the call', async () => {
    const world = new FakeRefresher();
    world.onZoho = () => {
      world.clock.advance(2_000);
      return MINTED;
    };

    await exchange(world);

    expect(world.published[0]).toMatchObject({ issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + HOUR_MS });
  });

  test('plans the renewal of a token with a short life by what was published in the day', async () => {
    const world = new FakeRefresher();
    world.onZoho = () => ({ ...MINTED, lifetimeMs: 10 * MINUTE_MS });
    const often = [20, 15, 10, 5].map((minutes) => NOW_MS - minutes * MINUTE_MS);

    await exchange(world);
    await exchange(world, leased({ publishesMs: often }));

    expect(world.published.map(({ refreshAfterMs }) => refreshAfterMs)).toEqual([
      NOW_MS + 5 * MINUTE_MS,
      NOW_MS + RENEWAL_SPACING_MS,
    ]);
  });

  test('never issues a token before the previous one: the clock may be behind', async () => {
    const world = new FakeRefresher();
    const issuedAtMs = NOW_MS + 4_000;

    await exchange(
      world,
      leased({ token: { versionId: 'v', issuedAtMs, expiresAtMs: issuedAtMs + HOUR_MS } }),
    );

    expect(world.published[0]).toMatchObject({ issuedAtMs, expiresAtMs: issuedAtMs + HOUR_MS });
  });
});

describe('what Zoho leaves out', () => {
  const without = { ...MINTED, apiDomain: undefined, scope: undefined };
  const scopeless = credentialsSecret({ scope: undefined });

  test.each<[string, Partial<Connection>, Redacted, object]>([
    [
      'is taken from the row and the credentials',
      { apiDomain: 'https://sandbox.zohoapis.eu' },
      credentialsSecret({ scope: 'ZohoBooks.fullaccess.all' }),
      { apiDomain: 'https://sandbox.zohoapis.eu', scope: 'ZohoBooks.fullaccess.all' },
    ],
    [
      'is taken from the row',
      { scope: 'AaaServer.profile.READ' },
      scopeless,
      { scope: 'AaaServer.profile.READ' },
    ],
    [
      'is the default of the data center if the row has nothing',
      { apiDomain: undefined, scope: undefined },
      scopeless,
      { apiDomain: 'https://www.zohoapis.eu', scope: '' },
    ],
    [
      'is not taken from a row of another data center',
      { apiDomain: 'https://www.zohoapis.com', dataCenter: 'us' },
      scopeless,
      { apiDomain: 'https://www.zohoapis.eu', dataCenter: 'eu' },
    ],
  ])('%s', async (_, row, text, expected) => {
    const world = new FakeRefresher();
    world.onZoho = () => without;

    await exchange(world, leased(row), found(text));

    expect(world.published[0]).toMatchObject(expected);
  });
});

describe('a secret is never published', () => {
  test.each([
    ['the client secret', CLIENT_SECRET],
    ['the refresh token', REFRESH_TOKEN],
    ['a text that contains it', `x${REFRESH_TOKEN}`],
    ['the refresh token of the answer', ROTATED.reveal()],
  ])('as an access token: %s', async (_, text) => {
    const world = new FakeRefresher();
    world.onZoho = () => ({ ...MINTED, accessToken: new Redacted(text), refreshToken: ROTATED });

    expect(await exchange(world)).toMatchObject({
      kind: 'failed',
      failure: { code: 'unrecognized_response' },
      zohoWasAsked: true,
      tokenWasMinted: false,
    });
    expect(world.published).toEqual([]);
  });

  test.each([ACCESS_TOKEN, CLIENT_SECRET, REFRESH_TOKEN, ROTATED.reveal()])(
    'as a domain or a scope of the answer or of the credentials: %s',
    async (secret) => {
      const world = new FakeRefresher();
      const response: TokenResponse = {
        ...MINTED,
        refreshToken: ROTATED,
        apiDomain: `https://${secret}.zohoapis.eu`,
        scope: `a ${secret}`,
      };
      world.onZoho = () => response;

      await exchange(world, leased(), found(credentialsSecret({ scope: `b ${secret}` })));

      expect(world.published[0]).toMatchObject({
        apiDomain: 'https://www.zohoapis.eu',
        scope: 'ZohoCRM.modules.ALL',
      });
    },
  );
});

describe('refusals of many connections at once', () => {
  const REFUSED: TokenResponse = { kind: 'refused', failure: failureOf('invalid_code') };

  /** Asks with the credentials of a client, and says whether Zoho refuses many connections. */
  async function ask(world: FakeRefresher, name: string, clientId: string, response = REFUSED) {
    world.onZoho = () => response;
    const text = credentialsSecret({ client_id: clientId });
    world.onCredentials = () => ({ kind: 'found', versionId: 'credentials-1', text });
    const result = await exchange(world, leased({ name }));
    return result.kind === 'failed' && result.isMassRefusal;
  }

  /** The same for three connections of two clients. */
  const askThree = async (world: FakeRefresher, more?: TokenResponse) => [
    await ask(world, 'a', 'client-1', more),
    await ask(world, 'b', 'client-1', more),
    await ask(world, 'c', 'client-2', more),
  ];

  test('are seen at the third connection of two clients', async () => {
    expect(await askThree(new FakeRefresher())).toEqual([false, false, true]);
  });

  test('are those of credentials that Zoho had accepted', async () => {
    const world = new FakeRefresher();
    world.onZoho = () => REFUSED;
    for (const name of ['a', 'b', 'c'])
      expect(await exchange(world, leased({ name }), found())).toMatchObject({ isMassRefusal: false });

    expect(await ask(world, 'd', 'client-2')).toBe(false);
  });

  test('are those of one data center', async () => {
    const world = new FakeRefresher();
    await askThree(world);
    const text = credentialsSecret({ data_center: 'us' });
    world.onCredentials = () => ({ kind: 'found', versionId: 'credentials-1', text });

    expect(await exchange(world, leased({ name: 'd' }))).toMatchObject({ isMassRefusal: false });
  });

  test('end when Zoho accepts one of them', async () => {
    const world = new FakeRefresher();
    await askThree(world);

    expect(await ask(world, 'd', 'client-1', MINTED)).toBe(false);
    expect(await ask(world, 'e', 'client-2')).toBe(false);
  });
});

describe('an answer with something new', () => {
  test('notices a new refresh token, also when the token is not published', async () => {
    const world = new FakeRefresher();
    world.onZoho = () => ({ ...MINTED, refreshToken: ROTATED });
    world.onPublish = throws('aws_unavailable');

    expect(await exchange(world)).toMatchObject({ kind: 'failed', tokenWasMinted: true });
    expect(world.metrics).toEqual([[{ ContractChanged: 1 }, 'crm-prod']]);
  });

  test.each([
    ['declared', 'crm-prod', undefined],
    ['declared', 'tenant-7', false],
    ['all', 'tenant-7', undefined],
  ] as const)('with metrics for %s connections, says so in the token of %s', async (choice, name, own) => {
    const world = new FakeRefresher();
    world.settings = { ...world.settings, metricsPerConnection: choice };

    await exchange(world, leased({ name }));

    expect(world.published.map(({ hasOwnMetrics }) => hasOwnMetrics)).toEqual([own]);
  });

  test('stores a new refresh token before the access token is published', async () => {
    const world = new FakeRefresher();
    world.settings = { ...world.settings, acceptRotatedRefreshTokens: true };
    world.onZoho = () => ({ ...MINTED, refreshToken: ROTATED });

    expect(await exchange(world)).toMatchObject({ kind: 'published', credentialsVersionId: 'credentials-2' });
    expect(world.calls).toEqual([
      'credentials',
      'zoho',
      'store rotated 8 after credentials-1',
      'publish 8 from version-of-7',
    ]);
  });

  test('says which credentials count if only the publish fails', async () => {
    const world = new FakeRefresher();
    world.settings = { ...world.settings, acceptRotatedRefreshTokens: true };
    world.onZoho = () => ({ ...MINTED, refreshToken: ROTATED });
    world.onPublish = throws('aws_unavailable');

    expect(await exchange(world)).toMatchObject({ kind: 'failed', credentialsVersionId: 'credentials-2' });
  });

  test('publishes the access token if the refresh token cannot be stored', async () => {
    const world = new FakeRefresher();
    world.settings = { ...world.settings, acceptRotatedRefreshTokens: true };
    world.onZoho = () => ({ ...MINTED, refreshToken: ROTATED });
    world.onStoreRotated = throws('aws_access_denied');

    expect(await exchange(world)).toMatchObject({ kind: 'published', credentialsVersionId: 'credentials-1' });
  });

  test('finds the refresh token that replaces a refused one', async () => {
    const world = new FakeRefresher();
    world.settings = { ...world.settings, acceptRotatedRefreshTokens: true };
    world.onZoho = () => ({ kind: 'refused', failure: failureOf('invalid_code') });
    world.onRecover = () => ({ kind: 'current', versionId: 'credentials-2' });

    expect(await exchange(world)).toMatchObject({
      kind: 'failed',
      failure: { code: 'invalid_code' },
      credentialsVersionId: 'credentials-1',
      successorVersionId: 'credentials-2',
    });
  });

  test('returns the api_domain that is ignored', async () => {
    const world = new FakeRefresher();
    world.onZoho = () => ({ ...MINTED, apiDomain: 'https://www.zohoapis.com' });

    expect(await exchange(world)).toMatchObject({
      kind: 'published',
      token: { apiDomain: 'https://www.zohoapis.eu' },
      ignoredApiDomain: 'www.zohoapis.com',
    });
  });
});

describe('an exchange that fails', () => {
  const nothingWasDone = {
    zohoWasAsked: false,
    tokenWasMinted: false,
    versionMayBeWritten: false,
    isMassRefusal: false,
    credentialsVersionId: undefined,
  };
  const read = { ...nothingWasDone, credentialsVersionId: 'credentials-1' };
  const parsed = { ...read, authorization: AUTHORIZATION, clientKey: CLIENT_KEY };
  const asked = { ...parsed, zohoWasAsked: true };
  const minted = { ...asked, tokenWasMinted: true };

  test.each<[string, (world: FakeRefresher) => void, FailureCode, object]>([
    [
      'without credentials',
      (world) => {
        world.onCredentials = () => ({ kind: 'empty' });
      },
      'no_credentials',
      nothingWasDone,
    ],
    [
      'with credentials that cannot be read',
      (world) => {
        world.onCredentials = throws('aws_throttled');
      },
      'aws_throttled',
      nothingWasDone,
    ],
    [
      'with credentials that are no JSON',
      (world) => {
        world.onCredentials = () => ({ ...found(new Redacted('{')), versionId: 'credentials-1' });
      },
      'malformed_credentials',
      read,
    ],
    [
      'because the call could outlast the lease',
      (world) => {
        world.clock.advance(75_000 - 20_000 + 1);
      },
      'lease_expired',
      parsed,
    ],
    [
      'because Zoho refuses',
      (world) => {
        world.onZoho = () => ({ kind: 'refused', failure: failureOf('invalid_code') });
      },
      'invalid_code',
      asked,
    ],
    [
      'because the token is too long, which proves that the credentials are valid',
      (world) => {
        world.onZoho = () => ({ kind: 'refused', failure: failureOf('token_too_long') });
      },
      'token_too_long',
      minted,
    ],
    [
      'because the token is too long, and the refresh token beside it is kept',
      (world) => {
        const refreshToken = new Redacted('1000.rotated-0123456789abcdef.fedcba9876543210');
        world.settings = { ...world.settings, acceptRotatedRefreshTokens: true };
        world.onZoho = () => ({ kind: 'refused', failure: failureOf('token_too_long'), refreshToken });
        world.onStoreRotated = () => ({ kind: 'current', versionId: 'credentials-2' });
      },
      'token_too_long',
      { ...minted, credentialsVersionId: 'credentials-2' },
    ],
    [
      'because a newer token is published',
      (world) => {
        world.onPublish = () => ({ kind: 'superseded', generationFound: 12 });
      },
      'superseded',
      { ...minted, versionMayBeWritten: true, generationFound: 12 },
    ],
    [
      'because nothing could be stored',
      (world) => {
        const error = new InfrastructureError(failureOf('aws_throttled'));
        world.onPublish = () => ({ kind: 'not-stored', error });
      },
      'aws_throttled',
      minted,
    ],
    [
      'in the middle of the publish',
      (world) => {
        world.onPublish = throws('aws_unavailable');
      },
      'aws_unavailable',
      { ...minted, versionMayBeWritten: true },
    ],
  ])('%s says how far it came', async (_, damage, code, progress) => {
    const world = new FakeRefresher();
    damage(world);

    expect(await exchange(world)).toEqual({
      kind: 'failed',
      failure: expect.objectContaining({ code }),
      cause: code.startsWith('aws_') ? expect.objectContaining({ code }) : undefined,
      generationFound: undefined,
      ...progress,
    });
  });

  test('calls Zoho if the call just fits into the lease', async () => {
    const world = new FakeRefresher();
    world.clock.advance(75_000 - 20_000);

    expect(await exchange(world)).toMatchObject({ kind: 'published' });
  });

  test.each([
    [70_000, 'published'],
    [70_001, 'failed'],
  ])('calls Zoho within 70 s of the time at which the call was counted: %i ms after it', async (ms, kind) => {
    const world = new FakeRefresher();
    world.settings = { ...world.settings, leaseMs: 315_000 };
    world.clock.advance(ms);

    expect(
      await exchange(world, acquireLease(dueConnection(), { ...TAKEN, leaseMs: 315_000 })),
    ).toMatchObject({ kind });
  });

  test('says what to do about a token secret that cannot be written', async () => {
    const world = new FakeRefresher();
    const error = new InfrastructureError(failureOf('aws_access_denied'));
    world.onPublish = () => ({ kind: 'not-stored', error });

    expect(await exchange(world)).toMatchObject({
      failure: {
        code: 'aws_access_denied',
        message: expect.stringContaining('The token secret zoho/crm-prod/access-token cannot be written'),
      },
      cause: error,
    });
  });

  test('with a bug throws it', async () => {
    const world = new FakeRefresher();
    world.onPublish = () => {
      throw new TypeError('bug');
    };

    await expect(exchange(world)).rejects.toThrow('bug');
  });
});
