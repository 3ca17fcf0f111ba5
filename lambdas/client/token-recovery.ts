import type { RefreshAnswer, RefreshAsker } from './refresher-invocation.ts';
import type { TokenCache } from './token-cache.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';

/** How often and how long a token that another caller's refresh will publish is waited for, in milliseconds. */
const WAITS_MS = [100, 200, 400, 800, 1_500, 2_000, 2_000, 3_000];
/** After the refresher could not help, it is left alone for as long as it says, within these bounds. */
const MIN_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 60_000;
/** A consumer that may not ask the refresher only reads again for this long. */
const DENIED_PAUSE_MS = 5 * 60_000;

export interface TokenRecoveryOptions {
  readonly connection: string;
  readonly cache: TokenCache;
  /** Undefined for a consumer that was not given the refresher's name: it only reads again. */
  readonly ask: RefreshAsker | undefined;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Gets a newer token than one that was rejected: reads again, and if the rejected one is still published, asks the
 * refresher, once for any number of callers.
 */
export class TokenRecovery {
  readonly #options: TokenRecoveryOptions;
  readonly #flights = new Map<number, Promise<ZohoAccessToken | undefined>>();
  #pausedUntilMs = 0;
  #deniedUntilMs = 0;

  constructor(options: TokenRecoveryOptions) {
    this.#options = options;
  }

  /** A newer token, or undefined when there is none to be had now. Throws nothing but bugs. */
  recover(rejectedGeneration: number): Promise<ZohoAccessToken | undefined> {
    const underWay = this.#flights.get(rejectedGeneration);
    if (underWay !== undefined) return underWay;
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

  /** Secrets Manager is eventually consistent, and another holder may still be at it. */
  async #waitFor(rejectedGeneration: number): Promise<ZohoAccessToken | undefined> {
    for (const waitMs of WAITS_MS) {
      const token = await this.#readAgain(rejectedGeneration);
      if (token !== undefined) return token;
      await this.#options.sleep(waitMs);
    }
    return this.#readAgain(rejectedGeneration);
  }

  /** A read that fails is one that found nothing newer: the caller still has Zoho's answer to hand back. */
  async #readAgain(rejectedGeneration: number): Promise<ZohoAccessToken | undefined> {
    try {
      return await this.#options.cache.readNewerThan(rejectedGeneration);
    } catch (error) {
      if (error instanceof Error && error.name === 'ZohoClientError') return undefined;
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
