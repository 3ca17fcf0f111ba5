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
}

/** A client id with the secret that goes with it at the data center of its registration. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Zoho's verdict on a pair of client id and secret. */
export type ClientVerdict = 'known' | 'invalid_client' | 'invalid_client_secret';

/** Which clients each data center knows, and by which secret. */
export class ClientRegistry {
  readonly #strings: TokenStrings;
  readonly #secrets = new Map<string, string>();

  constructor(strings: TokenStrings) {
    this.#strings = strings;
  }

  register(registration: ClientRegistration): ClientCredentials {
    const clientId = registration.clientId ?? this.#strings.clientId();
    const clientSecret = this.#strings.clientSecret();
    const knownAt = registration.sharedCredentials ? LOCATIONS : [registration.dataCenter];
    for (const location of knownAt) this.#secrets.set(keyOf(location, clientId), clientSecret);
    return { clientId, clientSecret };
  }

  isKnownAt(location: Location, clientId: string): boolean {
    return this.#secrets.has(keyOf(location, clientId));
  }

  /** An unknown client is told apart from a wrong secret, as Zoho does. */
  judge(location: Location, clientId: string | undefined, clientSecret: string | undefined): ClientVerdict {
    const secret = clientId === undefined ? undefined : this.#secrets.get(keyOf(location, clientId));
    if (secret === undefined) return 'invalid_client';
    return secret === clientSecret ? 'known' : 'invalid_client_secret';
  }
}

function keyOf(location: Location, clientId: string): string {
  return `${location} ${clientId}`;
}
