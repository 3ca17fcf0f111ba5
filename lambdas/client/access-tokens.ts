import { Bound } from './bound.ts';
import {
  type CallOptions,
  checkCallOptions,
  checkGeneration,
  invalidArgument,
  timeoutError,
} from './call-options.ts';
import type { CompleteClock } from './client-clock.ts';
import type { TokenCache } from './token-cache.ts';
import type { TokenRecovery } from './token-recovery.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/**
 * What bounds a call of `getAccessToken`, and which token it is about.
 *
 * @example
 * const { accessToken } = await zoho.getAccessToken({ timeoutMs: 5_000 });
 */
export interface AccessTokenOptions extends CallOptions {
  /** Ends the waiting: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** @default - the client's `timeoutMs` */
  readonly timeoutMs?: number | undefined;
  /** The generation of a token that Zoho rejected: only a token that replaces it is returned. */
  readonly newerThan?: number | undefined;
}

/** The tokens of one connection: from memory, from the secret, or from the refresher. */
export class AccessTokens {
  readonly #connection: string;
  readonly #cache: TokenCache;
  readonly #recovery: TokenRecovery;
  readonly #clock: CompleteClock;
  readonly #timeoutMs: number;

  constructor(options: {
    readonly connection: string;
    readonly cache: TokenCache;
    readonly recovery: TokenRecovery;
    readonly clock: CompleteClock;
    readonly timeoutMs: number;
  }) {
    this.#connection = options.connection;
    this.#cache = options.cache;
    this.#recovery = options.recovery;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
  }

  /** A valid token. Rejects with `ZohoClientError`, or with the signal's reason. */
  async get(options: AccessTokenOptions = {}): Promise<ZohoAccessToken> {
    checkCallOptions(options);
    const { signal, timeoutMs = this.#timeoutMs, newerThan } = options;
    if (newerThan !== undefined) checkGeneration('newerThan', newerThan);
    const bound = new Bound(this.#clock, timeoutMs, () => timeoutError('getAccessToken', timeoutMs), signal);
    try {
      bound.signal.throwIfAborted();
      return await bound.wait(newerThan === undefined ? this.current() : this.#replace(newerThan));
    } finally {
      bound.end();
    }
  }

  /** A valid token, without a bound of its own. */
  current(): Promise<ZohoAccessToken> {
    return this.#cache.fresh() ?? this.#load();
  }

  /** Throws `invalid_argument` for a generation that was never published, after a look at the secret. */
  async checkKnown(name: string, generation: number): Promise<void> {
    if (this.#cache.knows(generation)) return;
    await this.#cache.reread();
    if (this.#cache.knows(generation)) return;
    throw invalidArgument(
      `${name} is ${generation}, but no token of ${this.#connection} has such a high generation. Pass the generation of the token that Zoho rejected`,
    );
  }

  async #load(): Promise<ZohoAccessToken> {
    const token = await this.#cache.load();
    if (!this.#cache.hasExpired(token)) return token;
    const newer = await this.#recovery.recover(token.generation, 'expired');
    if (newer !== undefined) return newer;
    throw new ZohoClientError(
      'token_expired',
      `The Zoho token of ${this.#connection} (generation ${token.generation}) expired at ${token.expiresAt.toISOString()} and no newer one is available: the connection is blocked, or the refresher is not running. Check its alarms.`,
    );
  }

  async #replace(rejectedGeneration: number): Promise<ZohoAccessToken> {
    await this.checkKnown('newerThan', rejectedGeneration);
    const newer = await this.#recovery.recover(rejectedGeneration);
    if (newer !== undefined) return newer;
    throw new ZohoClientError(
      'no_newer_token',
      `No Zoho token of ${this.#connection} that is newer than generation ${rejectedGeneration} is available now. Return Zoho's response, and check the connection's alarms.`,
    );
  }
}
