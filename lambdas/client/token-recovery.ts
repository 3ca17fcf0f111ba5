import type { RefreshAnswer, RefreshAsker } from './refresher-invocation.ts';
import type { TokenCache } from './token-cache.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/** Waits between reads of the secret while a refresh is in progress, in milliseconds: ten seconds in all. */
const WAITS_MS = [100, 200, 400, 800, 1_500, 2_000, 2_000, 3_000];
/** A refresher that could not help is not asked again for as long as it says, within these bounds. */
const MIN_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 60_000;
/** A consumer without permission to invoke the refresher only reads the secret for this long. */
const DENIED_PAUSE_MS = 5 * 60_000;

export interface TokenRecoveryOptions {
  readonly connection: string;
  readonly cache: TokenCache;
  /** Undefined for a consumer that does not know the refresher's name: it only reads the secret. */
  readonly ask: RefreshAsker | undefined;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Gets a newer token than a rejected one: reads the secret again and, if the rejected token is still the published one,
 * asks the refresher, once for any number of callers.
 */
export class TokenRecovery {
  readonly #options: TokenRecoveryOptions;
  readonly #flights = new Map<number, Promise<ZohoAccessToken | undefined>>();
  #pausedUntilMs = 0;
  #deniedUntilMs = 0;

  constructor(options: TokenRecoveryOptions) {
    this.#options = options;
  }

  /** A newer token, or undefined when none is available now. Rejects only with bugs. */
  recover(rejectedGeneration: number): Promise<ZohoAccessToken | undefined> {
    const inProgress = this.#flights.get(rejectedGeneration);
    if (inProgress !== undefined) return inProgress;
    const flight = this.#recover(rejectedGeneration).finally(() => this.#flights.delete(rejectedGeneration));
    this.#flights.set(rejectedGeneration, flight);
    return flight;
  }

  async #recover(rejectedGeneration: number): Promise<ZohoAccessToken | undefined> {
    const { ask, connection, now } = this.#options;
    if (now() < this.#pausedUntilMs) return undefined;
    const published = await this.#readAgain(rejectedGeneration);
    if (published !== undefined) return published;
    if (ask === undefined || now() < this.#deniedUntilMs) return this.#pause(MIN_PAUSE_MS);
    const answer = await ask(connection, rejectedGeneration);
    if (answer.kind === 'denied') this.#deniedUntilMs = now() + DENIED_PAUSE_MS;
    if (isWorthWaitingFor(answer))
      return (await this.#waitFor(rejectedGeneration)) ?? this.#pause(MIN_PAUSE_MS);
    return this.#pause(pauseAfter(answer));
  }

  /** Secrets Manager is eventually consistent, and another caller's refresh may still be in progress. */
  async #waitFor(rejectedGeneration: number): Promise<ZohoAccessToken | undefined> {
    for (const waitMs of WAITS_MS) {
      const token = await this.#readAgain(rejectedGeneration);
      if (token !== undefined) return token;
      await this.#options.sleep(waitMs);
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
    this.#pausedUntilMs = this.#options.now() + ms;
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
