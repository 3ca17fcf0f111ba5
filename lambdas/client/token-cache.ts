import type { PublishedToken, PublishedTokenReader } from '../adapters/published-token.ts';
import { InfrastructureError } from '../core/failures.ts';
import type { AccessToken } from '../core/secrets/access-token.ts';
import type { AwsTime } from './aws-time.ts';
import { withDeadline } from './bound.ts';
import type { CompleteClock } from './client-clock.ts';
import { UnprintableAccessToken, type ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/** A new token is published up to a tick after `refresh_after`. Until then the secret is read this often. */
const REREAD_MS = 15_000;
/** How soon a failed read is retried while the token in memory is still valid. */
const RETRY_READ_MS = 5_000;
/** How long callers wait for a read. While the token in memory is valid, they do not wait long. */
const READ_DEADLINE_MS = 10_000;
const SHORT_READ_DEADLINE_MS = 2_000;
/** Within this time one look at the system's clock is enough to serve the token in memory. */
const CHECK_MS = 1_000;
/** Zoho issued the token a moment ago: a rejection is rarely about the token. */
const YOUNG_MS = 30_000;

export interface TokenCacheOptions {
  readonly connection: string;
  readonly secretName: string;
  readonly read: PublishedTokenReader;
  readonly clock: CompleteClock;
  readonly time: AwsTime;
  /** Called when the secret could not be read and the valid token in memory is served instead. */
  readonly onUnavailable: (error: InfrastructureError | ZohoClientError) => void;
}

/**
 * The published token in memory. Concurrent callers share one read. A forced read never joins an unforced one, which may
 * have started before the token was rejected. A newer token is never replaced by an older one.
 */
export class TokenCache {
  readonly #options: TokenCacheOptions;
  readonly #clock: CompleteClock;
  #current: AccessToken | undefined;
  #settled: Promise<ZohoAccessToken> | undefined;
  /** By AWS's clock. */
  #freshUntilMs = 0;
  /** By the system's clock: when freshness was checked, and until when that is good enough. */
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  #goodUntilMs = 0;
  #highestGeneration = 0;
  /** Whether generations have started again while the process was running: the deployment was destroyed and deployed anew. */
  #hasRestarted = false;
  #flight: Promise<void> | undefined;
  #forcedFlight: Promise<void> | undefined;

  constructor(options: TokenCacheOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** The token in memory, or undefined when the secret has to be read. Makes no request. */
  fresh(): Promise<ZohoAccessToken> | undefined {
    const systemMs = this.#clock.now();
    const isChecked = systemMs >= this.#checkedAtMs && systemMs < this.#goodUntilMs;
    return isChecked ? this.#settled : this.#check(systemMs);
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

  /** The token in memory, if it is valid and newer than a generation. */
  newerThan(generation: number): Promise<ZohoAccessToken> | undefined {
    return this.#isNewer(generation) ? this.#settled : undefined;
  }

  /** The published token, if it is newer than a rejected generation. Reads the secret, unless the token in memory is newer. */
  async readNewerThan(rejectedGeneration: number): Promise<ZohoAccessToken | undefined> {
    if (!this.#isNewer(rejectedGeneration)) await this.reread();
    return this.newerThan(rejectedGeneration);
  }

  /** Reads the secret after this call, not before. */
  reread(): Promise<void> {
    this.#forcedFlight ??= this.#refill().finally(() => {
      this.#forcedFlight = undefined;
    });
    return this.#forcedFlight;
  }

  /** Of the token in memory; 0 without one. */
  generation(): number {
    return this.#current?.generation ?? 0;
  }

  hasExpired({ expiresAt }: ZohoAccessToken): boolean {
    return expiresAt.getTime() <= this.#options.time.now();
  }

  /** Whether the token of this generation was published, as far as this process knows. */
  knows(generation: number): boolean {
    return generation <= this.#highestGeneration;
  }

  /** Whether this generation is the current token, and Zoho issued it a moment ago. */
  isYoung(generation: number): boolean {
    if (this.#current?.generation !== generation) return false;
    return Math.abs(this.#options.time.now() - this.#current.issuedAtMs) < YOUNG_MS;
  }

  /** A clock that was set back hides how much time has passed: only AWS knows. */
  #check(systemMs: number): Promise<ZohoAccessToken> | undefined {
    if (systemMs < this.#checkedAtMs - CHECK_MS) this.#freshUntilMs = 0;
    const leftMs = this.#freshUntilMs - this.#options.time.now();
    this.#checkedAtMs = systemMs;
    this.#goodUntilMs = systemMs + Math.min(leftMs, CHECK_MS);
    return leftMs > 0 ? this.#settled : undefined;
  }

  #isNewer(generation: number): boolean {
    if (this.#current === undefined || !this.#isValid(this.#current)) return false;
    // A rejected generation came from this cache. After a restart it may be higher than that of the token that replaced it.
    return (
      this.#current.generation > generation || (this.#hasRestarted && this.#current.generation < generation)
    );
  }

  /** The answer of a read that came too late is used only if it is newer. */
  async #refill(): Promise<void> {
    const { clock, read, secretName } = this.#options;
    const isServing = this.#current !== undefined && this.#isValid(this.#current);
    const deadlineMs = isServing ? SHORT_READ_DEADLINE_MS : READ_DEADLINE_MS;
    try {
      await withDeadline(
        clock,
        deadlineMs,
        async (signal) => this.#accept(await read(signal), signal.aborted),
        () => {
          const message = `secretsmanager:GetSecretValue on ${secretName} was not answered within ${deadlineMs / 1000} s. Check the network.`;
          throw new InfrastructureError({ code: 'aws_unavailable', message });
        },
      );
    } catch (error) {
      this.#serveFromMemory(error);
    }
  }

  #accept(published: PublishedToken, isLate: boolean): void {
    if (!published.ok) throw this.#unusable(published.problems);
    const { token } = published;
    this.#checkConnection(token);
    const current = this.#current;
    const isNewer = current !== undefined && isLater(token, current);
    const replacesExpired = current !== undefined && !this.#isValid(current) && this.#isValid(token);
    if (current === undefined || isNewer || replacesExpired) {
      if (current !== undefined && token.generation < current.generation) this.#hasRestarted = true;
      this.#current = token;
      this.#settled = Promise.resolve(new UnprintableAccessToken(token));
      this.#highestGeneration = Math.max(this.#highestGeneration, token.generation);
    } else if (isLate) return;
    const { refreshAfterMs, expiresAtMs } = this.#current ?? token;
    const rereadMs = this.#options.time.now() + REREAD_MS;
    this.#keepUntil(Math.min(Math.max(refreshAfterMs, rereadMs), expiresAtMs));
  }

  #keepUntil(freshUntilMs: number): void {
    this.#freshUntilMs = freshUntilMs;
    this.#goodUntilMs = 0;
  }

  /** While the token in memory is valid, a failed read is only reported. Otherwise it is an error. */
  #serveFromMemory(error: unknown): void {
    const isExpected = error instanceof InfrastructureError || error instanceof ZohoClientError;
    if (!isExpected) throw error;
    if (this.#current !== undefined && this.#isValid(this.#current)) {
      const retryMs = this.#options.time.now() + RETRY_READ_MS;
      this.#keepUntil(Math.min(retryMs, this.#current.expiresAtMs));
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
    return token.expiresAtMs > this.#options.time.now();
  }

  #checkConnection(token: AccessToken): void {
    const { connection, secretName } = this.#options;
    if (token.connection === '' || token.connection === connection) return;
    throw new ZohoClientError(
      'wrong_connection',
      `The secret ${secretName} contains the token of another connection, so it is not used. Find out who wrote it, and run: zoho-tokens refresh ${connection}.`,
    );
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
