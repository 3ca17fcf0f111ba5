import type { AwsTime } from './aws-time.ts';
import { withDeadline } from './bound.ts';
import type { CompleteClock } from './client-clock.ts';
import type { RefreshAsker } from './refresher-invocation.ts';
import type { TokenCache } from './token-cache.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/** Waits between reads of the secret while a refresh is in progress, in milliseconds: ten seconds in all. */
const WAITS_MS = [100, 200, 400, 800, 1_500, 2_000, 2_000, 3_000];
/** How long callers wait for all of a recovery. Afterwards the next caller starts another. */
const RECOVERY_DEADLINE_MS = 30_000;
/** A refresher that could not help is not asked again for as long as it says, within these bounds. */
const MIN_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 60_000;
/** A consumer whose requests the refresher refuses only reads the secret for this long. */
const REFUSED_PAUSE_MS = 5 * 60_000;

/** Outcomes after which a newer token is or will be published. */
const IS_COMING: readonly string[] = ['refreshed', 'already-fresh', 'in-progress'];

export interface TokenRecoveryOptions {
  readonly connection: string;
  readonly cache: Pick<TokenCache, 'newerThan' | 'readNewerThan'>;
  /** Undefined for a consumer that does not know the refresher's name: it only reads the secret. */
  readonly ask: RefreshAsker | undefined;
  readonly clock: CompleteClock;
  readonly time: AwsTime;
}

/**
 * Why a token is replaced. `rejected`: by Zoho, and the refresher is asked. `doubtful`: by Zoho, but a new token would hardly
 * help, so that only the secret is read. `expired`: the refresher is asked unless the token turns out to be valid.
 */
export type RecoveryReason = 'rejected' | 'doubtful' | 'expired';

/** A newer token, or undefined when none is available now. Rejects only with bugs. */
export type TokenRecovery = (
  generation: number,
  reason: RecoveryReason,
) => Promise<ZohoAccessToken | undefined>;

/**
 * Gets a newer token than a rejected one: reads the secret again and, if the rejected token is still the published one,
 * asks the refresher, once for any number of callers.
 */
export function createTokenRecovery(options: TokenRecoveryOptions): TokenRecovery {
  const { connection, cache, ask, clock, time } = options;
  const flights = new Map<string, Promise<ZohoAccessToken | undefined>>();
  /** By the elapsed time. */
  let pausedUntilMs = 0;
  let readPausedUntilMs = 0;
  let refusedUntilMs = 0;

  async function recover(
    generation: number,
    reason: RecoveryReason,
    signal: AbortSignal,
  ): Promise<ZohoAccessToken | undefined> {
    // After the read, the time is that of AWS: an expired token may turn out to be valid.
    const olderThanWanted = reason === 'expired' ? generation - 1 : generation;
    const isDoubtful = reason === 'doubtful';
    const inMemory = cache.newerThan(olderThanWanted);
    if (inMemory !== undefined) return inMemory;
    if (time.elapsed() < Math.max(pausedUntilMs, isDoubtful ? readPausedUntilMs : 0)) return undefined;
    const published = await readAgain(olderThanWanted);
    if (published !== undefined || signal.aborted) return published;
    if (isDoubtful) {
      readPausedUntilMs = time.elapsed() + MIN_PAUSE_MS;
      return undefined;
    }
    if (ask === undefined || time.elapsed() < refusedUntilMs) return pause();
    const { outcome, retryAfterSeconds = 0 } = await ask(connection, generation);
    if (signal.aborted) return undefined;
    if (outcome === 'refused') refusedUntilMs = time.elapsed() + REFUSED_PAUSE_MS;
    if (IS_COMING.includes(outcome)) return (await waitFor(generation, signal)) ?? pause();
    return pause(retryAfterSeconds * 1000);
  }

  /** Secrets Manager is eventually consistent, and another caller's refresh may still be in progress. */
  async function waitFor(rejectedGeneration: number, signal: AbortSignal) {
    for (const waitMs of WAITS_MS) {
      const token = await readAgain(rejectedGeneration);
      if (token !== undefined || signal.aborted) return token;
      await clock.sleep(waitMs);
    }
    return readAgain(rejectedGeneration);
  }

  /** A failed read counts as one that found nothing newer, because the caller can still return Zoho's response. */
  async function readAgain(rejectedGeneration: number): Promise<ZohoAccessToken | undefined> {
    try {
      return await cache.readNewerThan(rejectedGeneration);
    } catch (error) {
      if (error instanceof ZohoClientError) return undefined;
      throw error;
    }
  }

  function pause(wantedMs = 0): undefined {
    pausedUntilMs = time.elapsed() + Math.min(Math.max(wantedMs, MIN_PAUSE_MS), MAX_PAUSE_MS);
  }

  return (generation, reason) => {
    const key = `${generation} ${reason}`;
    const flight =
      flights.get(key) ??
      withDeadline(
        clock,
        RECOVERY_DEADLINE_MS,
        (signal) => recover(generation, reason, signal),
        pause,
      ).finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };
}
