import { type CallOptions, runCall } from './call-options.ts';
import type { CompleteClock } from './client-clock.ts';
import { checkArgument, GENERATION } from './rules.ts';
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

export interface AccessTokensOptions {
  readonly connection: string;
  readonly cache: TokenCache;
  readonly recover: TokenRecovery;
  readonly clock: CompleteClock;
  readonly timeoutMs: number;
}

/** The tokens of one connection: from memory, from the secret, or from the refresher. */
export function createAccessTokens({ connection, cache, recover, clock, timeoutMs }: AccessTokensOptions) {
  async function load(): Promise<ZohoAccessToken> {
    const token = await cache.load();
    if (!cache.hasExpired(token)) return token;
    const newer = await recover(token.generation, 'expired');
    if (newer) return newer;
    throw new ZohoClientError(
      'token_expired',
      `The Zoho token of ${connection} (generation ${token.generation}) expired at ${token.expiresAt.toISOString()} and no newer one is available. Check the connection's alarms.`,
    );
  }

  /** A valid token, without a bound of its own. */
  const current = () => cache.fresh() ?? load();

  /** Throws `invalid_argument` for what is not a generation, or was never published, after a look at the secret. */
  async function checkKnown(name: string, generation: number): Promise<void> {
    checkArgument(name, GENERATION, generation);
    if (!cache.knows(generation)) await cache.reread();
    const isKnown = () => cache.knows(generation);
    checkArgument(name, [`the generation of a token that ${connection} has had`, isKnown], generation);
  }

  async function replace(rejectedGeneration: number): Promise<ZohoAccessToken> {
    await checkKnown('newerThan', rejectedGeneration);
    const newer = await recover(rejectedGeneration, 'rejected');
    if (newer) return newer;
    throw new ZohoClientError(
      'no_newer_token',
      `No Zoho token of ${connection} newer than generation ${rejectedGeneration} is available. Return Zoho's response, and check the connection's alarms.`,
    );
  }

  /** A valid token. Rejects with `ZohoClientError`, or with the signal's reason. */
  const get = (given: AccessTokenOptions = {}) =>
    runCall('getAccessToken', clock, { timeoutMs }, given, () =>
      given.newerThan === undefined ? current() : replace(given.newerThan),
    );

  return { get, current, checkKnown };
}
