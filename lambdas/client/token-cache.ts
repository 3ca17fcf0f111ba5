import type { PublishedToken, PublishedTokenReader } from '../adapters/published-token.ts';
import { InfrastructureError } from '../core/failures.ts';
import type { AccessToken } from '../core/secrets/access-token.ts';
import { ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/** A new token appears up to a tick after `refresh_after`: until it does, the secret is looked at this often. */
const LOOK_AGAIN_MS = 15_000;
/** How soon a read that failed is tried again, while the token at hand is still valid. */
const RETRY_READ_MS = 5_000;

export interface TokenCacheOptions {
  readonly connection: string;
  readonly secretName: string;
  readonly read: PublishedTokenReader;
  readonly now: () => number;
  /** Told when Secrets Manager failed and a valid token was served all the same. */
  readonly onUnavailable: () => void;
}

/**
 * The published token in memory. Concurrent readers share one flight; a forced read never joins an unforced one, which may
 * have begun before the token was rejected; a newer generation is never replaced by an older read.
 */
export class TokenCache {
  readonly #options: TokenCacheOptions;
  readonly #now: () => number;
  #current: AccessToken | undefined;
  #settled: Promise<ZohoAccessToken> | undefined;
  #freshUntilMs = 0;
  #flight: Promise<void> | undefined;
  #forcedFlight: Promise<void> | undefined;

  constructor(options: TokenCacheOptions) {
    this.#options = options;
    this.#now = options.now;
  }

  /** The token at hand while it need not be looked at again. Costs nothing. */
  fresh(): Promise<ZohoAccessToken> | undefined {
    return this.#now() < this.#freshUntilMs ? this.#settled : undefined;
  }

  /** The published token. It may have run out: the caller looks. */
  async load(): Promise<ZohoAccessToken> {
    this.#flight ??= this.#refill().finally(() => {
      this.#flight = undefined;
    });
    await this.#flight;
    if (this.#settled === undefined) throw new Error('A token cache that was filled is empty.');
    return this.#settled;
  }

  /** The published token, read now, if it is newer than a generation that was rejected. */
  async readNewerThan(rejectedGeneration: number): Promise<ZohoAccessToken | undefined> {
    if (this.#isNewer(rejectedGeneration)) return this.#settled;
    this.#forcedFlight ??= this.#refill().finally(() => {
      this.#forcedFlight = undefined;
    });
    await this.#forcedFlight;
    return this.#isNewer(rejectedGeneration) ? this.#settled : undefined;
  }

  #isNewer(generation: number): boolean {
    return (
      this.#current !== undefined && this.#current.generation > generation && this.#isValid(this.#current)
    );
  }

  async #refill(): Promise<void> {
    try {
      this.#accept(await this.#options.read());
    } catch (error) {
      this.#survive(error);
    }
  }

  #accept(published: PublishedToken): void {
    if (!published.ok) throw this.#unusable(published.faults);
    const { token } = published;
    const nowMs = this.#now();
    const isFirst = this.#current === undefined;
    const isNewer = this.#current !== undefined && token.generation > this.#current.generation;
    const replacesOneThatRanOut =
      this.#current !== undefined && !this.#isValid(this.#current) && this.#isValid(token);
    if (isFirst || isNewer || replacesOneThatRanOut) {
      this.#current = token;
      this.#settled = Promise.resolve(new ZohoAccessToken(token));
    }
    const { refreshAfterMs, expiresAtMs } = this.#current ?? token;
    this.#freshUntilMs = Math.min(Math.max(refreshAfterMs, nowMs + LOOK_AGAIN_MS), expiresAtMs);
  }

  /** While the token at hand is valid, nothing that happens to the secret or to Secrets Manager matters. */
  #survive(error: unknown): void {
    const isKnown = error instanceof InfrastructureError || error instanceof ZohoClientError;
    if (!isKnown) throw error;
    if (this.#current !== undefined && this.#isValid(this.#current)) {
      this.#freshUntilMs = Math.min(this.#now() + RETRY_READ_MS, this.#current.expiresAtMs);
      this.#options.onUnavailable();
      return;
    }
    if (error instanceof ZohoClientError) throw error;
    throw new ZohoClientError(
      'secret_unavailable',
      `No Zoho token of ${this.#options.connection}: ${error.message}`,
      {
        cause: error,
      },
    );
  }

  #isValid(token: AccessToken): boolean {
    return token.expiresAtMs > this.#now();
  }

  #unusable(faults: 'empty' | readonly string[]): ZohoClientError {
    const { connection, secretName } = this.#options;
    if (faults === 'empty') {
      return new ZohoClientError(
        'not_authorized',
        `The Zoho connection ${connection} is not authorized yet: the secret ${secretName} is empty. Its operator has to authorize it; the refresher's log and the connection's row say how.`,
      );
    }
    return new ZohoClientError(
      'malformed_token',
      `The secret ${secretName} does not hold a token as the refresher writes it: ${faults.join('; ')}. The next refresh replaces it.`,
    );
  }
}
