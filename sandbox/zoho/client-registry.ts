import { LOCATIONS, type Location } from './data-centers.ts';
import type { TokenStrings } from './token-strings.ts';

/** What a developer enters in Zoho's API console. */
export interface ClientRegistration {
  /** Where the client is registered. */
  readonly dataCenter: Location;
  /**
   * "Use same credentials for all data centers": known everywhere by one secret.
   * @default false: known at `dataCenter` only
   */
  readonly sharedCredentials?: boolean;
  /**
   * An existing client to enable at one more data center: the id stays, the secret there is another.
   * @default a new client
   */
  readonly clientId?: string;
  /**
   * Where the consent page may send the user back to: http or https, compared character by character.
   * @default none are registered: any http URI of this machine (127.0.0.1, [::1], localhost) is accepted
   */
  readonly redirectUris?: readonly string[];
  /**
   * Where the account of the user who consents lives. The callback names it, and the code works there only; the client
   * has to be known there too, by `sharedCredentials` or by a registration of its own, or that exchange is refused.
   * @default the data center whose consent page is opened
   */
  readonly accountLocation?: Location;
}

/** A client id with the secret that goes with it at the data center of its registration. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A client as one data center knows it. */
export interface KnownClient extends ClientCredentials {
  /** Secrets of before, which are still accepted. */
  readonly oldSecrets?: readonly string[];
  /** None: any http URI of this machine. */
  readonly redirectUris: readonly string[];
  readonly accountLocation: Location | undefined;
}

/** Zoho's verdict on a pair of client id and secret. */
type ClientVerdict = 'known' | 'invalid_client' | 'invalid_client_secret';

/** The clients that each data center knows, with their secrets. */
export class ClientRegistry {
  readonly #strings: TokenStrings;
  readonly #clients = new Map<string, KnownClient>();

  constructor(strings: TokenStrings) {
    this.#strings = strings;
  }

  /** Throws if a redirect URI is not http or https, or has a fragment. */
  register(registration: ClientRegistration): ClientCredentials {
    const { redirectUris = [], accountLocation } = registration;
    for (const uri of redirectUris) requireRedirectUri(uri);

    const clientId = registration.clientId ?? this.#strings.clientId();
    const clientSecret = this.#strings.clientSecret();
    const knownAt = registration.sharedCredentials ? LOCATIONS : [registration.dataCenter];
    for (const location of knownAt) {
      const client = { clientId, clientSecret, redirectUris, accountLocation };
      this.#clients.set(keyOf(location, clientId), client);
    }
    return { clientId, clientSecret };
  }

  /**
   * A new secret, wherever the client is known by the old one. Zoho does not document whether the old one ends at once, so both can be
   * tried.
   */
  regenerate(clientId: string, { keepsOld = false } = {}): ClientCredentials {
    const clientSecret = this.#strings.clientSecret();
    for (const [key, client] of this.#clientsOf(clientId)) {
      const oldSecrets = keepsOld ? [...(client.oldSecrets ?? []), client.clientSecret] : [];
      this.#clients.set(key, { ...client, clientSecret, oldSecrets });
    }
    return { clientId, clientSecret };
  }

  /** From now on only the latest secret is accepted. */
  endOldSecrets(clientId: string): void {
    for (const [key, client] of this.#clientsOf(clientId))
      this.#clients.set(key, { ...client, oldSecrets: [] });
  }

  #clientsOf(clientId: string): readonly (readonly [string, KnownClient])[] {
    return [...this.#clients].filter(([, client]) => client.clientId === clientId);
  }

  find(location: Location, clientId: string): KnownClient | undefined {
    return this.#clients.get(keyOf(location, clientId));
  }

  isKnownAt(location: Location, clientId: string): boolean {
    return this.find(location, clientId) !== undefined;
  }

  /** Distinguishes an unknown client from a wrong secret, as Zoho does. */
  judge(location: Location, clientId: string | undefined, clientSecret: string | undefined): ClientVerdict {
    const client = clientId === undefined ? undefined : this.find(location, clientId);
    if (client === undefined) return 'invalid_client';
    const accepted = [client.clientSecret, ...(client.oldSecrets ?? [])];
    return accepted.some((secret) => secret === clientSecret) ? 'known' : 'invalid_client_secret';
  }
}

function requireRedirectUri(uri: string): void {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (isWeb && url?.hash === '') return;
  throw new Error(
    `A redirect URI is an http or https URL without a fragment; ${JSON.stringify(uri)} was given.`,
  );
}

function keyOf(location: Location, clientId: string): string {
  return `${location} ${clientId}`;
}
