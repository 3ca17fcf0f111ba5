import type { ThrottleVariant } from './answers.ts';
import type { CodeRequest } from './authorization-codes.ts';
import { type ClientCredentials, type ClientRegistration, ClientRegistry } from './client-registry.ts';
import { DATA_CENTERS, LOCATIONS, type Location, mapLocations } from './data-centers.ts';
import type { FaultRule } from './faults.ts';
import type { HeldCall, HoldRequest } from './held-call.ts';
import type { Clock } from './limits.ts';
import { type Listener, listenOnLoopback } from './listener.ts';
import { type Consent, type ContractChange, OAuthState } from './oauth-state.ts';
import { type ApiRequestHook, ProductApi } from './product-api.ts';
import { productHosts } from './products.ts';
import { route } from './routes.ts';
import type { TokenCall, TokenRequestHook } from './token-calls.ts';
import { TokenEndpoint } from './token-endpoint.ts';
import { TokenService } from './token-service.ts';
import { createTokenStrings, cryptoRandom, type Random } from './token-strings.ts';
import { type ZohoUser, ZohoUsers } from './zoho-users.ts';

export type { ThrottleVariant } from './answers.ts';
export type { CodeRequest } from './authorization-codes.ts';
export type { ClientCredentials, ClientRegistration } from './client-registry.ts';
export type { Location } from './data-centers.ts';
export type { ApiFault, Fault, FaultRule } from './faults.ts';
export type { HeldCall, HoldRequest } from './held-call.ts';
export { type Clock, LIMITS } from './limits.ts';
export type { Consent, ContractChange } from './oauth-state.ts';
export type { TokenCall, TokenRequest, TokenRequestHook } from './token-calls.ts';
export type { Random } from './token-strings.ts';
export type { ZohoUser } from './zoho-users.ts';

/** What the simulator needs from outside. */
interface ZohoSimulatorOptions {
  /** Determines every lifetime and limit; may jump ahead. */
  readonly clock: Clock;
  /** Source of ids, secrets and tokens. @default node:crypto */
  readonly random?: Random;
  /** How throttling is worded. @default 'english' */
  readonly throttleVariant?: ThrottleVariant;
}

/** Zoho's token service on loopback: one accounts server per data center, with Zoho's limits and answers. */
export interface ZohoSimulator {
  /** The origin of each data center's accounts server and API, e.g. `http://127.0.0.1:41234`. */
  readonly origins: Readonly<Record<Location, string>>;
  /** The public host of each accounts server, e.g. `accounts.zoho.eu`, for a client that maps it to `origins`. */
  readonly accountsHosts: Readonly<Record<Location, string>>;
  /** The public host that each data center's answers name as `api_domain`, for the same use. */
  readonly apiHosts: Readonly<Record<Location, string>>;
  /** The origin for each public host of a product's API, those of `apiHosts` included. */
  readonly productOrigins: Readonly<Record<string, string>>;

  /** Registers a client, as in Zoho's API console. */
  registerClient(registration: ClientRegistration): ClientCredentials;
  /** From now on this user is signed in where a consent page is opened. @default `owner` */
  signIn(user: ZohoUser): void;
  /** Gives a client a new secret, as its owner does in Zoho's console. `keepsOld`: the old one is accepted until `endOldSecrets`. */
  regenerateSecret(clientId: string, options?: { readonly keepsOld?: boolean }): ClientCredentials;
  endOldSecrets(clientId: string): void;
  /** Issues a consent's refresh token. The 21st of a user and client deletes the oldest and its access tokens. */
  grant(consent: Consent): string;
  /** Issues an authorization code, as the consent page or the console would: one use, two minutes. */
  issueCode(request: CodeRequest): string;
  /** Revokes a refresh token and its access tokens, as its user may do at any time. Throws for an unknown token. */
  revoke(refreshToken: string): void;
  /** From now on Zoho answers differently: for one refresh token and those that replace it, or for all. */
  changeContract(change: ContractChange, refreshToken?: string): void;
  /** The refresh tokens of a user and client that Zoho accepts, oldest first. */
  refreshTokensOf(grantor: Omit<Consent, 'scope'>): readonly string[];
  /** Zoho stops to accept an access token. Its refresh token stays valid. */
  forget(accessToken: string): void;

  /** Whether Zoho accepts this access token now. */
  isValid(accessToken: string): boolean;
  /** When an access token expires, in ms since the epoch; undefined if it is unknown, revoked or has ten newer ones. */
  validUntil(accessToken: string): number | undefined;

  /** Every call of the token endpoint with its outcome, oldest first; it grows as calls come in. */
  readonly tokenCalls: readonly TokenCall[];
  /** The calls that were made with one refresh token. */
  tokenCallsWith(refreshToken: string): readonly TokenCall[];

  /** Injects a fault into calls of the token endpoint, the oldest matching rule first. Returns a function that removes the rule. */
  injectFault(rule: FaultRule): () => void;
  /** Removes all rules. Held calls and hooks stay. */
  clearFaults(): void;
  /** Calls `hook` before each call; a fault that it returns has priority over injected ones. Returns a function that removes it. */
  onTokenRequest(hook: TokenRequestHook): () => void;
  /** The same before each call of a product's API. */
  onApiRequest(hook: ApiRequestHook): () => void;
  /** Holds the next matching call until it is released or abandoned. Holds have priority over faults. */
  holdNextCall(request?: HoldRequest): HeldCall;

  /** Stops all listeners and cuts every connection, held and hanging ones included. */
  close(): Promise<void>;
}

/** Starts the simulator, one listener per data center, on free ports of 127.0.0.1. */
export async function startZohoSimulator(options: ZohoSimulatorOptions): Promise<ZohoSimulator> {
  const { clock, random = cryptoRandom, throttleVariant = 'english' } = options;
  const strings = createTokenStrings(random);
  const clients = new ClientRegistry(strings);
  const state = new OAuthState(clock, strings);
  const service = new TokenService(clock, strings, clients, state);
  const tokenEndpoint = new TokenEndpoint({ clock, state, service, throttleVariant });

  const users = new ZohoUsers();
  const productApi = new ProductApi(state, users);
  const services = { clients, state, service, tokenEndpoint, productApi, users };

  const listeners = await startListeners(
    (location) => (request) => route(location, request, services),
    clock,
  );

  const requireClient = ({ clientId, dataCenter }: Consent) => {
    if (clients.isKnownAt(dataCenter, clientId)) return;
    throw new Error(`client ${clientId} is not registered at ${dataCenter}: call registerClient first`);
  };

  return {
    origins: mapLocations((location) => listeners[location].origin),
    accountsHosts: mapLocations((location) => DATA_CENTERS[location].accounts),
    apiHosts: mapLocations((location) => DATA_CENTERS[location].api),
    productOrigins: Object.fromEntries(
      LOCATIONS.flatMap((location) =>
        productHosts(location).map((host) => [host, listeners[location].origin] as const),
      ),
    ),

    registerClient: (registration) => clients.register(registration),
    signIn: (user) => users.signIn(user),
    regenerateSecret: (clientId, options) => clients.regenerate(clientId, options),
    endOldSecrets: (clientId) => clients.endOldSecrets(clientId),
    grant: (consent) => {
      requireClient(consent);
      return state.grant(consent).refreshToken;
    },
    issueCode: (request) => {
      requireClient(request);
      return service.issueCode(request);
    },
    revoke: (refreshToken) => {
      if (state.ordinalOf(refreshToken) === undefined) throw new Error('this refresh token was never issued');
      state.revoke(refreshToken);
    },

    changeContract: (change, refreshToken) => state.changeContract(change, refreshToken),
    refreshTokensOf: (grantor) => state.grantsOf(grantor).map(({ refreshToken }) => refreshToken),
    forget: (accessToken) => state.forget(accessToken),

    isValid: (accessToken) => state.isValid(accessToken),
    validUntil: (accessToken) => state.validUntil(accessToken),

    tokenCalls: tokenEndpoint.calls,
    tokenCallsWith: (refreshToken) => {
      const ordinal = state.ordinalOf(refreshToken);
      if (ordinal === undefined) throw new Error('this refresh token was never issued');
      return tokenEndpoint.calls.filter((call) => call.refreshTokenOrdinal === ordinal);
    },

    injectFault: (rule) => tokenEndpoint.faults.add(rule),
    clearFaults: () => tokenEndpoint.faults.clear(),
    onTokenRequest: (hook) => {
      tokenEndpoint.hooks.add(hook);
      return () => tokenEndpoint.hooks.delete(hook);
    },
    onApiRequest: (hook) => {
      productApi.hooks.add(hook);
      return () => productApi.hooks.delete(hook);
    },
    holdNextCall: (request = {}) => tokenEndpoint.hold(request),

    close: async () => {
      await Promise.all(LOCATIONS.map((location) => listeners[location].close()));
    },
  };
}

async function startListeners(
  responderOf: (location: Location) => Parameters<typeof listenOnLoopback>[0],
  clock: Clock,
): Promise<Record<Location, Listener>> {
  const started = await Promise.all(
    LOCATIONS.map(
      async (location) => [location, await listenOnLoopback(responderOf(location), clock)] as const,
    ),
  );
  return Object.fromEntries(started) as Record<Location, Listener>;
}
