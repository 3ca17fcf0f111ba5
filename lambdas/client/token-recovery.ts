import type { AwsTime } from '../adapters/aws-time.ts';
import { withDeadline } from './bound.ts';
import type { CompleteClock } from './client-clock.ts';
import { warnAboutExpiry } from './clock-warnings.ts';
import { createDoublingPauses } from './doubling-pauses.ts';
import type { RefreshAsker } from './refresher-invocation.ts';
import type { TokenCache } from './token-cache.ts';
import type { Warn } from './warn-once.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/** Waits between reads of the secret while a refresh is in progress, in milliseconds: ten seconds in all. */
const WAITS_MS = [100, 200, 400, 800, 1_500, 2_000, 2_000, 3_000];
/** How long callers wait for all of a recovery. Afterwards the next caller starts another. */
const RECOVERY_DEADLINE_MS = 30_000;
/** While the refresher may not be asked, the secret is read this often. */
const READ_PAUSE_MS = 5_000;

/** A consumer whose requests the refresher refuses does not ask again soon. */
const LONGEST_PAUSE_S = 60 * 60;

/** Outcomes after which the published token is valid. */
const IS_PUBLISHED: readonly string[] = ['refreshed', 'already-fresh'];
const WARNED_BY_ASKER = /^(refused|unavailable)$/;
/** Other text of an answer is not shown. */
const OUTCOME = /^[a-z-]{1,40}$/;

export interface TokenRecoveryOptions {
  readonly connection: string;
  readonly cache: Pick<TokenCache, 'newerThan' | 'readNewerThan' | 'trust'>;
  /** Undefined for a consumer that does not know the refresher's name: it only reads the secret. */
  readonly ask: RefreshAsker | undefined;
  readonly clock: CompleteClock;
  readonly time: AwsTime;
  readonly warn: Warn;
}

/**
 * Why a token is replaced. `rejected`: by Zoho, and the refresher is asked. `doubtful`: by Zoho, but a new token would hardly
 * help, so that only the secret is read. `expired`: the refresher is asked unless the token turns out to be valid, and says
 * whether it is.
 */
export type RecoveryReason = 'rejected' | 'doubtful' | 'expired';

/** A newer token, or the expired one if it is valid, or undefined when none is available now. Rejects only with bugs. */
export interface TokenRecovery {
  (generation: number, reason: RecoveryReason): Promise<ZohoAccessToken | undefined>;
  /** The last outcome of the refresher that brought no token. */
  lastOutcome?: string;
}

/**
 * Gets a newer token than a rejected one: reads the secret again and, if the rejected token is still the published one,
 * asks the refresher, once for any number of callers. As long as that brings nothing, the refresher is asked ever less often, so
 * that an outage is not made worse. The secret is read all the time: someone else may have had the token replaced.
 */
export const createTokenRecovery = (options: TokenRecoveryOptions): TokenRecovery => {
  const { connection, cache, ask, clock, time, warn } = options;
  const flights = new Map<string, Promise<ZohoAccessToken | undefined>>();
  /** Both by the elapsed time. */
  let readPausedUntilMs = 0;
  let askPausedUntilMs = 0;
  /** For tokens up to this generation. A newer one ends the pause, and begins with the shortest. */
  let askPausedFor = 0;
  const askPauses = createDoublingPauses();

  const recover = async (
    generation: number,
    reason: RecoveryReason,
    signal: AbortSignal,
  ): Promise<ZohoAccessToken | undefined> => {
    // After the read, the time is that of AWS: an expired token may turn out to be valid.
    const olderThanWanted = reason === 'expired' ? generation - 1 : generation;
    const inMemory = cache.newerThan(olderThanWanted);
    if (inMemory) return inMemory;
    const isAskPaused = generation <= askPausedFor && time.elapsed() < askPausedUntilMs;
    const mayAsk = ask && reason !== 'doubtful' && !isAskPaused;
    if (!mayAsk && time.elapsed() < readPausedUntilMs) return undefined;
    const published = await readAgain(olderThanWanted);
    if (published || signal.aborted) return published;
    if (!mayAsk) return pauseReading();
    const answer = await ask(connection, generation, reason === 'expired' ? reason : 'unauthorized');
    if (signal.aborted) return undefined;
    const { outcome, retryAfterSeconds } = answer;
    const isPublished = IS_PUBLISHED.includes(outcome);
    if (isPublished && reason === 'expired') cache.trust(answer.generation);
    const isComing = isPublished || outcome === 'in-progress';
    const newer = isComing ? await waitFor(olderThanWanted, signal) : undefined;
    if (!newer) {
      decline(outcome);
      return pauseAsking(generation, outcome === 'refused' ? LONGEST_PAUSE_S : retryAfterSeconds);
    }
    askPausedFor = 0;
    warnAboutExpiry(warn, connection, time.now() - newer.expiresAt.getTime());
    return newer;
  };

  /** Keeps an outcome, and warns of it. The asker has warned of its own failures. */
  const decline = (given: string): void => {
    const reason = OUTCOME.test(given) ? given : 'unknown';
    recovery.lastOutcome = reason;
    if (WARNED_BY_ASKER.test(reason)) return;
    const message = `The refresher has no new token of ${connection}: ${reason}. Zoho's 401s are returned.`;
    warn({ code: 'refresher_declined', message, reason });
  };

  /** Secrets Manager is eventually consistent, and another caller's refresh may still be in progress. */
  const waitFor = async (rejectedGeneration: number, signal: AbortSignal) => {
    for (const waitMs of WAITS_MS) {
      const token = await readAgain(rejectedGeneration);
      if (token || signal.aborted) return token;
      await clock.sleep(waitMs);
    }
    return readAgain(rejectedGeneration);
  };

  /** A failed read counts as one that found nothing newer, because the caller can still return Zoho's response. */
  const readAgain = async (rejectedGeneration: number): Promise<ZohoAccessToken | undefined> => {
    try {
      return await cache.readNewerThan(rejectedGeneration);
    } catch (error) {
      if (error instanceof ZohoClientError) return undefined;
      throw error;
    }
  };

  const pauseReading = (): undefined => {
    readPausedUntilMs = time.elapsed() + READ_PAUSE_MS;
  };

  /** A refresher that could not help is not asked again for as long as it says, and ever longer. */
  const pauseAsking = (generation: number, retryAfterSeconds = 0): undefined => {
    if (generation > askPausedFor) askPauses.reset();
    askPausedFor = Math.max(generation, askPausedFor);
    askPausedUntilMs = time.elapsed() + askPauses.next(retryAfterSeconds * 1000);
    return pauseReading();
  };

  const recovery: TokenRecovery = (generation, reason) => {
    const key = `${generation} ${reason}`;
    const flight =
      flights.get(key) ??
      withDeadline(
        clock,
        RECOVERY_DEADLINE_MS,
        (signal) => recover(generation, reason, signal),
        () => pauseAsking(generation),
      ).finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };
  return recovery;
};
