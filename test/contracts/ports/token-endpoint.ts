import { expect } from 'vitest';
import type { FailureCode } from '../../../lambdas/core/failures.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import type { Credentials } from '../../../lambdas/core/secrets/credentials.ts';
import { DATA_CENTER_LOCATIONS, DATA_CENTERS } from '../../../lambdas/core/zoho/data-centers.ts';
import type { TokenResponse } from '../../../lambdas/core/zoho/token-response.ts';
import { DEFAULT_CONFIG } from '../../../lambdas/refresher/config.ts';
import { HOUR_MS, MINUTE_MS } from '../../support/builders.ts';
import { endOf, never } from './calls.ts';
import { fact, type PortFact, type PortsUnderTest } from './contract.ts';

const SCOPES = 'ZohoCRM.modules.ALL,ZohoCRM.users.READ';

const ZOHO_TIMEOUT_MS = DEFAULT_CONFIG.zohoTimeoutSeconds * 1000;

/** The failure code of each fault, and how many tokens Zoho has minted then. */
const REFUSED: Readonly<Record<string, readonly [code: FailureCode, mints: number]>> = {
  'HTML with HTTP 503': ['server_error', 0],
  'HTML with HTTP 503 after the mint': ['server_error', 1],
  'HTML with HTTP 403': ['unrecognized_response', 0],
  'JSON with HTTP 500': ['server_error', 0],
  garbage: ['unrecognized_response', 0],
  'garbage after the mint': ['unrecognized_response', 1],
  'an empty body': ['unrecognized_response', 1],
  'a redirect': ['redirect_refused', 0],
  'an unknown error': ['unknown_zoho_error', 0],
  'reset before the mint': ['network_error', 0],
  'reset after the mint': ['network_error', 1],
  throttled: ['throttled', 0],
  'throttled in Chinese': ['throttled', 0],
  'throttled with HTTP 200': ['throttled', 0],
  'refused although it is good': ['invalid_code', 0],
};

/** Faults without a complete answer, and how many tokens Zoho has minted then. */
const SILENT: Readonly<Record<string, number>> = {
  'no answer': 0,
  'no answer after the mint': 1,
  'half a body': 1,
};

/** Answers in another form, and what is read from them. */
const RESHAPED: Readonly<Record<string, Partial<TokenResponse>>> = {
  'no expires_in': { lifetimeMs: HOUR_MS },
  'no api_domain': { apiDomain: undefined },
  'no scope': { scope: undefined },
  'expires_in in milliseconds': { lifetimeMs: HOUR_MS },
  'a token with HTTP 500': {},
};

/** Faults of the simulation that the facts below cover. A test compares them with all faults. */
export const CHECKED_ZOHO_FAULTS = [REFUSED, SILENT, RESHAPED].flatMap(Object.keys);

/** Facts about Zoho's token endpoint. */
export const tokenEndpointFacts: readonly PortFact[] = [
  fact('good credentials give a token that Zoho accepts, for an hour', async (world) => {
    const credentials = authorize(world);

    const response = await refresh(world, credentials);

    expect(response).toEqual(A_TOKEN);
    expect(world.zoho.isValid(tokenIn(response))).toBe(true);
  }),
  fact('a second refresh gives another token, and the first stays valid', async (world) => {
    const credentials = authorize(world);

    const [first, second] = [await refresh(world, credentials), await refresh(world, credentials)];

    expect(tokenIn(second)).not.toBe(tokenIn(first));
    expect(world.zoho.isValid(tokenIn(first))).toBe(true);
    expect(world.zoho.mintsWith(credentials.refreshToken.reveal())).toBe(2);
  }),
  fact('each data center mints at its own server and names its own API', async (world) => {
    const domains: (string | undefined)[] = [];

    for (const dataCenter of DATA_CENTER_LOCATIONS) {
      const response = await refresh(world, authorize(world, dataCenter));
      domains.push(response.kind === 'token' ? response.apiDomain : response.failure.code);
    }

    expect(domains).toEqual(DATA_CENTER_LOCATIONS.map((location) => DATA_CENTERS[location].apiDomain));
  }),
  refusal('an unknown client', 'invalid_client', (credentials) => ({
    ...credentials,
    clientId: '1000.AAAABBBBCCCCDDDDEEEEFFFF00001111',
  })),
  refusal('a wrong client secret', 'invalid_client_secret', (credentials) => ({
    ...credentials,
    clientSecret: new Redacted('0'.repeat(42)),
  })),
  refusal('an unknown refresh token', 'invalid_code', (credentials) => ({
    ...credentials,
    refreshToken: new Redacted(`1000.${'0'.repeat(32)}.${'0'.repeat(32)}`),
  })),
  refusal('a revoked refresh token', 'invalid_code', (credentials, world) => {
    world.zoho.revoke(credentials.refreshToken.reveal());
    return credentials;
  }),
  refusal('a refresh token of another client', 'invalid_code', (credentials, world) => ({
    ...credentials,
    refreshToken: authorize(world).refreshToken,
  })),
  refusal('another data center, which does not know the client', 'invalid_client', (credentials) => ({
    ...credentials,
    dataCenter: 'us',
  })),
  fact(
    'a refresh token at another data center that knows the client is refused with invalid_code',
    async (world) => {
      const credentials = authorize(world, 'eu', { sharedCredentials: true });

      const response = await refresh(world, { ...credentials, dataCenter: 'us' });

      expect(response).toMatchObject({ kind: 'refused', failure: { code: 'invalid_code' } });
      expect(await refresh(world, credentials)).toMatchObject({ kind: 'token' });
    },
  ),
  fact('an access token is refused as a refresh token', async (world) => {
    const credentials = authorize(world);
    const accessToken = tokenIn(await refresh(world, credentials));

    const response = await refresh(world, { ...credentials, refreshToken: new Redacted(accessToken) });

    expect(response).toMatchObject({ kind: 'refused', failure: { code: 'invalid_code' } });
  }),
  fact('the eleventh token in ten minutes is throttled, for that refresh token only', async (world) => {
    const [credentials, others] = [authorize(world), authorize(world)];
    for (let mint = 0; mint < 10; mint += 1) await refresh(world, credentials);

    const eleventh = await refresh(world, credentials);

    expect(eleventh).toMatchObject({ kind: 'refused', failure: { code: 'throttled' } });
    expect(world.zoho.mintsWith(credentials.refreshToken.reveal())).toBe(10);
    expect(await refresh(world, others)).toMatchObject({ kind: 'token' });
  }),
  fact('a throttle ends after ten minutes without a call, and not before', async (world) => {
    const [silent, insistent] = [authorize(world), authorize(world)];
    for (let mint = 0; mint < 11; mint += 1) {
      await refresh(world, silent);
      await refresh(world, insistent);
    }

    await world.passTime(9 * MINUTE_MS);
    const tooEarly = await refresh(world, insistent);
    await world.passTime(MINUTE_MS + 10_000);

    expect(tooEarly).toMatchObject({ kind: 'refused', failure: { code: 'throttled' } });
    expect(await refresh(world, silent)).toMatchObject({ kind: 'token' });
    expect(await refresh(world, insistent)).toMatchObject({ failure: { code: 'throttled' } });
  }),
  fact('a token is valid for an hour', async (world) => {
    const token = tokenIn(await refresh(world, authorize(world)));

    await world.passTime(HOUR_MS - MINUTE_MS);
    const isValidBefore = world.zoho.isValid(token);
    await world.passTime(MINUTE_MS);

    expect(isValidBefore).toBe(true);
    expect(world.zoho.isValid(token)).toBe(false);
  }),
  fact('a revocation invalidates the tokens that were minted', async (world) => {
    const credentials = authorize(world);
    const token = tokenIn(await refresh(world, credentials));

    world.zoho.revoke(credentials.refreshToken.reveal());

    expect(world.zoho.isValid(token)).toBe(false);
  }),
  ...Object.entries(REFUSED).map(
    ([fault, [code, mints]]): PortFact =>
      fact(
        `"${fault}" is refused as ${code}, with ${mints === 0 ? 'nothing' : 'a token'} minted`,
        async (world) => {
          const credentials = authorize(world);
          world.zoho.failNext(fault);

          const response = await refresh(world, credentials);

          expect(response).toMatchObject({ kind: 'refused', failure: { code } });
          expectNoSecretsIn(response, credentials);
          expect(world.zoho.mintsWith(credentials.refreshToken.reveal())).toBe(mints);
          expect(await refresh(world, credentials)).toEqual(A_TOKEN);
        },
      ),
  ),
  ...Object.entries(SILENT).map(
    ([fault, mints]): PortFact =>
      fact(`"${fault}" is a timeout, with ${mints === 0 ? 'nothing' : 'a token'} minted`, async (world) => {
        const credentials = authorize(world);
        world.zoho.failNext(fault);

        const { isOnTime, outcome } = await endOf(world, ZOHO_TIMEOUT_MS, ({ tokenEndpoint }) =>
          tokenEndpoint.refresh(credentials, never()),
        );
        const response = await outcome;

        expect(isOnTime).toBe(true);
        expect(response).toMatchObject({ kind: 'refused', failure: { code: 'timeout' } });
        expectNoSecretsIn(response, credentials);
        expect(world.zoho.mintsWith(credentials.refreshToken.reveal())).toBe(mints);
      }),
  ),
  ...Object.entries(RESHAPED).map(
    ([fault, understood]): PortFact =>
      fact(`"${fault}" is still a token`, async (world) => {
        const credentials = authorize(world);
        world.zoho.failNext(fault);

        const response = await refresh(world, credentials);

        expect(response).toEqual({ ...A_TOKEN, ...understood });
        expect(world.zoho.isValid(tokenIn(response))).toBe(true);
      }),
  ),
  fact("a call ends with the caller's signal when that aborts first", async (world) => {
    const credentials = authorize(world);
    world.zoho.failNext('no answer');
    const signal = world.clock.abortAfter(3_000);

    const { isOnTime, outcome } = await endOf(world, 3_000, ({ tokenEndpoint }) =>
      tokenEndpoint.refresh(credentials, signal),
    );

    expect(isOnTime).toBe(true);
    expect(await outcome).toMatchObject({ kind: 'refused', failure: { code: 'timeout' } });
  }),
  fact('no request is sent under an aborted signal', async (world) => {
    const credentials = authorize(world);

    const response = await world.ports.tokenEndpoint.refresh(credentials, world.clock.abortAfter(0));

    expect(response).toMatchObject({ kind: 'refused', failure: { code: 'timeout' } });
    expect(world.zoho.mintsWith(credentials.refreshToken.reveal())).toBe(0);
  }),
];

const A_TOKEN = {
  kind: 'token',
  accessToken: expect.any(Redacted),
  refreshToken: undefined,
  apiDomain: 'https://www.zohoapis.eu',
  unknownApiHost: undefined,
  scope: SCOPES,
  lifetimeMs: HOUR_MS,
};

/** The fact that these credentials are refused with this code, and mint nothing. */
function refusal(
  what: string,
  code: FailureCode,
  spoil: (credentials: Credentials, world: PortsUnderTest) => Credentials,
): PortFact {
  return fact(`${what} is refused with ${code}, and mints nothing`, async (world) => {
    const credentials = authorize(world);
    const spoiled = spoil(credentials, world);

    const response = await refresh(world, spoiled);

    expect(response).toMatchObject({ kind: 'refused', failure: { code } });
    expectNoSecretsIn(response, spoiled);
    expect(world.zoho.mintsWith(credentials.refreshToken.reveal())).toBe(0);
  });
}

/** A new client and the consent of its user. */
function authorize(
  { zoho }: PortsUnderTest,
  dataCenter: Credentials['dataCenter'] = 'eu',
  registration: { readonly sharedCredentials?: boolean } = {},
): Credentials {
  const { clientId, clientSecret } = zoho.register({ dataCenter, ...registration });
  return {
    clientId,
    clientSecret: new Redacted(clientSecret),
    refreshToken: new Redacted(zoho.grant({ clientId, dataCenter, scope: SCOPES })),
    dataCenter,
    clientType: 'server-based',
    scope: undefined,
    authorizedAt: undefined,
  };
}

function refresh({ ports }: PortsUnderTest, credentials: Credentials): Promise<TokenResponse> {
  return ports.tokenEndpoint.refresh(credentials, never());
}

function tokenIn(response: TokenResponse): string {
  if (response.kind !== 'token') throw new Error(`Zoho refused: ${response.failure.message}`);
  return response.accessToken.reveal();
}

function expectNoSecretsIn(response: TokenResponse, { clientSecret, refreshToken }: Credentials): void {
  const text = JSON.stringify(response);
  expect(text).not.toContain(clientSecret.reveal());
  expect(text).not.toContain(refreshToken.reveal());
}
