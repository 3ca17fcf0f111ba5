import { isGeneration } from '../core/secrets/access-token.ts';
import { type CallOptions, runCall } from './call-options.ts';
import type { CompleteClock } from './client-clock.ts';
import { checkArgument } from './rules.ts';
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
export const createAccessTokens = ({ connection, cache, recover, clock, timeoutMs }: AccessTokensOptions) => {
  const noOther = () =>
    `No newer one is available (${recover.lastOutcome ?? 'not requested'}). Check the connection's alarms.`;

  const load = async (): Promise<ZohoAccessToken> => {
    const token = await cache.load();
    const valid = cache.newerThan(token.generation - 1) ?? (await recover(token.generation, 'expired'));
    if (valid) return valid;
    throw new ZohoClientError(
      'token_expired',
      `The token of ${connection} (generation ${token.generation}) expired at ${token.expiresAt.toISOString()}. ${noOther()}`,
    );
  };

  /** A valid token, without a bound of its own. */
  const current = () => cache.fresh() ?? load();

  /** Throws `invalid_argument` for what is not a generation, or was never published, after a look at the secret. */
  const checkKnown = async (name: string, generation: number): Promise<void> => {
    const isKnown = (given: unknown) => isGeneration(given) && cache.knows(given);
    if (isGeneration(generation) && !isKnown(generation)) await cache.reread();
    checkArgument(name, [`a generation of ${connection}`, isKnown], generation);
  };

  const replace = async (rejectedGeneration: number): Promise<ZohoAccessToken> => {
    await checkKnown('newerThan', rejectedGeneration);
    const newer = await recover(rejectedGeneration, 'rejected');
    if (newer) return newer;
    throw new ZohoClientError(
      'no_newer_token',
      `The token of ${connection} (generation ${rejectedGeneration}) was rejected. ${noOther()} Return Zoho's response.`,
    );
  };

  /** A valid token. Rejects with `ZohoClientError`, or with the signal's reason. */
  const get = (given: AccessTokenOptions = {}) =>
    runCall('getAccessToken', clock, { timeoutMs }, given, () =>
      given.newerThan === undefined ? current() : replace(given.newerThan),
    );

  return { get, current, checkKnown };
};
