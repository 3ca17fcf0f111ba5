import type { AwsTime } from './aws-time.ts';
import { withDeadline } from './bound.ts';
import type { CompleteClock } from './client-clock.ts';
import type { RefreshAnswer, RefreshAsker } from './refresher-invocation.ts';
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

export interface TokenRecoveryOptions {
  readonly connection: string;
  readonly cache: TokenCache;
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

/**
 * Gets a newer token than a rejected one: reads the secret again and, if the rejected token is still the published one,
 * asks the refresher, once for any number of callers.
 */
export class TokenRecovery {
  readonly #options: TokenRecoveryOptions;
  readonly #flights = new Map<string, Promise<ZohoAccessToken | undefined>>();
  /** By the elapsed time. */
  #pausedUntilMs = 0;
  #readPausedUntilMs = 0;
  #refusedUntilMs = 0;

  constructor(options: TokenRecoveryOptions) {
    this.#options = options;
  }

  /** A newer token, or undefined when none is available now. Rejects only with bugs. */
  recover(generation: number, reason: RecoveryReason = 'rejected'): Promise<ZohoAccessToken | undefined> {
    const key = `${generation} ${reason}`;
    const inProgress = this.#flights.get(key);
    if (inProgress !== undefined) return inProgress;
    const flight = withDeadline(
      this.#options.clock,
      RECOVERY_DEADLINE_MS,
      (signal) => this.#recover(generation, reason, signal),
      () => this.#pause(MIN_PAUSE_MS),
    ).finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  async #recover(
    generation: number,
    reason: RecoveryReason,
    signal: AbortSignal,
  ): Promise<ZohoAccessToken | undefined> {
    const { ask, cache, connection, time } = this.#options;
    // After the read, the time is that of AWS: an expired token may turn out to be valid.
    const olderThanWanted = reason === 'expired' ? generation - 1 : generation;
    const inMemory = cache.newerThan(olderThanWanted);
    if (inMemory !== undefined) return inMemory;
    const isDoubtful = reason === 'doubtful';
    if (time.elapsed() < Math.max(this.#pausedUntilMs, isDoubtful ? this.#readPausedUntilMs : 0))
      return undefined;
    const published = await this.#readAgain(olderThanWanted);
    if (published !== undefined || signal.aborted) return published;
    if (isDoubtful) {
      this.#readPausedUntilMs = time.elapsed() + MIN_PAUSE_MS;
      return undefined;
    }
    if (ask === undefined || time.elapsed() < this.#refusedUntilMs) return this.#pause(MIN_PAUSE_MS);
    const answer = await ask(connection, generation);
    if (signal.aborted) return undefined;
    if (answer.kind === 'refused') this.#refusedUntilMs = time.elapsed() + REFUSED_PAUSE_MS;
    if (isWorthWaitingFor(answer))
      return (await this.#waitFor(generation, signal)) ?? this.#pause(MIN_PAUSE_MS);
    return this.#pause(pauseAfter(answer));
  }

  /** Secrets Manager is eventually consistent, and another caller's refresh may still be in progress. */
  async #waitFor(rejectedGeneration: number, signal: AbortSignal): Promise<ZohoAccessToken | undefined> {
    for (const waitMs of WAITS_MS) {
      const token = await this.#readAgain(rejectedGeneration);
      if (token !== undefined || signal.aborted) return token;
      await this.#options.clock.sleep(waitMs);
    }
    return this.#readAgain(rejectedGeneration);
  }

  /** A failed read counts as one that found nothing newer, because the caller can still return Zoho's response. */
  async #readAgain(rejectedGeneration: number): Promise<ZohoAccessToken | undefined> {
    try {
      return await this.#options.cache.readNewerThan(rejectedGeneration);
    } catch (error) {
      if (error instanceof ZohoClientError) return undefined;
      throw error;
    }
  }

  #pause(ms: number): undefined {
    this.#pausedUntilMs = this.#options.time.elapsed() + ms;
    return undefined;
  }
}

function isWorthWaitingFor(answer: RefreshAnswer): boolean {
  return answer.kind === 'answered' && ['refreshed', 'already-fresh', 'in-progress'].includes(answer.outcome);
}

function pauseAfter(answer: RefreshAnswer): number {
  const wantedMs = answer.kind === 'answered' ? (answer.retryAfterSeconds ?? 0) * 1000 : 0;
  return Math.min(Math.max(wantedMs, MIN_PAUSE_MS), MAX_PAUSE_MS);
}
