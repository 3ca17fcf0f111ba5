import type { PublishedToken, PublishedTokenReader } from '../adapters/published-token.ts';
import { InfrastructureError } from '../core/failures.ts';
import type { AccessToken } from '../core/secrets/access-token.ts';
import { UnprintableAccessToken, type ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/** A new token is published up to a tick after `refresh_after`. Until then the secret is read this often. */
const REREAD_MS = 15_000;
/** How soon a failed read is retried while the token in memory is still valid. */
const RETRY_READ_MS = 5_000;

export interface TokenCacheOptions {
  readonly connection: string;
  readonly secretName: string;
  readonly read: PublishedTokenReader;
  readonly now: () => number;
  /** Called when the secret could not be read and the valid token in memory is served instead. */
  readonly onUnavailable: (error: InfrastructureError | ZohoClientError) => void;
}

/**
 * The published token in memory. Concurrent callers share one read. A forced read never joins an unforced one, which may
 * have started before the token was rejected. A newer token is never replaced by an older one.
 */
export class TokenCache {
  readonly #options: TokenCacheOptions;
  readonly #now: () => number;
  #current: AccessToken | undefined;
  #settled: Promise<ZohoAccessToken> | undefined;
  #freshUntilMs = 0;
  /** Whether generations have started again while the process was running: the deployment was destroyed and deployed anew. */
  #hasRestarted = false;
  #flight: Promise<void> | undefined;
  #forcedFlight: Promise<void> | undefined;

  constructor(options: TokenCacheOptions) {
    this.#options = options;
    this.#now = options.now;
  }

  /** The token in memory, or undefined when the secret has to be read. Makes no request. */
  fresh(): Promise<ZohoAccessToken> | undefined {
    return this.#now() < this.#freshUntilMs ? this.#settled : undefined;
  }

  /** Reads the published token. It may have expired: the caller checks. Rejects with `ZohoClientError`. */
  async load(): Promise<ZohoAccessToken> {
    this.#flight ??= this.#refill().finally(() => {
      this.#flight = undefined;
    });
    await this.#flight;
    if (this.#settled === undefined) throw new Error('The token cache is empty after a read.');
    return this.#settled;
  }

  /** The published token, if it is newer than a rejected generation. Reads the secret, unless the token in memory is newer. */
  async readNewerThan(rejectedGeneration: number): Promise<ZohoAccessToken | undefined> {
    if (this.#isNewer(rejectedGeneration)) return this.#settled;
    this.#forcedFlight ??= this.#refill().finally(() => {
      this.#forcedFlight = undefined;
    });
    await this.#forcedFlight;
    return this.#isNewer(rejectedGeneration) ? this.#settled : undefined;
  }

  #isNewer(generation: number): boolean {
    if (this.#current === undefined || !this.#isValid(this.#current)) return false;
    // A rejected generation came from this cache. After a restart it may be higher than that of the token that replaced it.
    return (
      this.#current.generation > generation || (this.#hasRestarted && this.#current.generation < generation)
    );
  }

  async #refill(): Promise<void> {
    try {
      this.#accept(await this.#options.read());
    } catch (error) {
      this.#serveFromMemory(error);
    }
  }

  #accept(published: PublishedToken): void {
    if (!published.ok) throw this.#unusable(published.problems);
    const { token } = published;
    const nowMs = this.#now();
    const isFirst = this.#current === undefined;
    const isNewer = this.#current !== undefined && isLater(token, this.#current);
    const replacesExpired =
      this.#current !== undefined && !this.#isValid(this.#current) && this.#isValid(token);
    if (isFirst || isNewer || replacesExpired) {
      if (this.#current !== undefined && token.generation < this.#current.generation)
        this.#hasRestarted = true;
      this.#current = token;
      this.#settled = Promise.resolve(new UnprintableAccessToken(token));
    }
    const { refreshAfterMs, expiresAtMs } = this.#current ?? token;
    this.#freshUntilMs = Math.min(Math.max(refreshAfterMs, nowMs + REREAD_MS), expiresAtMs);
  }

  /** While the token in memory is valid, a failed read is only reported. Otherwise it is an error. */
  #serveFromMemory(error: unknown): void {
    const isExpected = error instanceof InfrastructureError || error instanceof ZohoClientError;
    if (!isExpected) throw error;
    if (this.#current !== undefined && this.#isValid(this.#current)) {
      this.#freshUntilMs = Math.min(this.#now() + RETRY_READ_MS, this.#current.expiresAtMs);
      this.#options.onUnavailable(error);
      return;
    }
    if (error instanceof ZohoClientError) throw error;
    throw new ZohoClientError(
      'secret_unavailable',
      `No Zoho token for ${this.#options.connection}: ${error.message}`,
      { cause: error },
    );
  }

  #isValid(token: AccessToken): boolean {
    return token.expiresAtMs > this.#now();
  }

  #unusable(problems: 'empty' | readonly string[]): ZohoClientError {
    const { connection, secretName } = this.#options;
    if (problems === 'empty') {
      return new ZohoClientError(
        'not_authorized',
        `The Zoho connection ${connection} is not authorized yet: the secret ${secretName} is empty. Ask its operator to authorize it; the refresher's log says how.`,
      );
    }
    return new ZohoClientError(
      'malformed_token',
      `The secret ${secretName} does not contain a token as the refresher writes it: ${problems.join('; ')}. The next refresh replaces it.`,
    );
  }
}

/** Clocks of two refreshers may differ: a token that was issued this much earlier may have the higher generation. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * A later token has a higher generation and was issued no earlier. One that was issued later and has a lower generation comes
 * from a deployment that was destroyed and deployed anew, and then one with a higher generation that was issued earlier is a
 * stale read of the time before. No stale read returns a token that was issued later.
 */
function isLater(token: AccessToken, current: AccessToken): boolean {
  if (token.generation < current.generation) return token.issuedAtMs > current.issuedAtMs;
  const isOfBefore = token.issuedAtMs > 0 && token.issuedAtMs < current.issuedAtMs - CLOCKS_DIFFER_MS;
  return token.generation > current.generation && !isOfBefore;
}
