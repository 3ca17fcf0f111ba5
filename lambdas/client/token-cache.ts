import type { AwsTime } from '../adapters/aws-time.ts';
import type { PublishedToken, PublishedTokenReader } from '../adapters/published-token.ts';
import type { AccessToken } from '../core/secrets/access-token.ts';
import { withDeadline } from './bound.ts';
import type { CompleteClock } from './client-clock.ts';
import { createDoublingPauses } from './doubling-pauses.ts';
import { explainAwsError } from './explain-aws-error.ts';
import { createTightLoop } from './tight-loop.ts';
import { createTokenLife } from './token-life.ts';
import { TokenTableError } from './token-table.ts';
import { UnprintableAccessToken, type ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/** A new token is published up to a tick after `refresh_after`. Until then the secret is read this often. */
const REREAD_MS = 15_000;
/** How long callers wait for a read. While the token in memory is valid, they do not wait long. */
const READ_DEADLINE_MS = 10_000;
const SHORT_READ_DEADLINE_MS = 2_000;
/** Within this time one look at the system's clock is enough to serve the token in memory. */
const CHECK_MS = 1_000;
/** Zoho issued the token a moment ago: a rejection is rarely about the token. */
const YOUNG_MS = 30_000;

const ACTION = 'secretsmanager:GetSecretValue';

export interface TokenCacheOptions {
  readonly connection: string;
  /** The secret's name or ARN. */
  readonly secretId: string;
  readonly read: PublishedTokenReader;
  readonly clock: CompleteClock;
  readonly time: AwsTime;
  /** Called when the secret could not be read and the valid token in memory is served instead. */
  readonly onUnavailable: (problem: string) => void;
}

export type TokenCache = ReturnType<typeof createTokenCache>;

/**
 * The published token in memory. Concurrent callers share one read. A forced read never joins an unforced one, which may
 * have started before the token was rejected. A newer token is never replaced by an older one.
 */
export const createTokenCache = (options: TokenCacheOptions) => {
  const { connection, secretId, read, clock, time, onUnavailable } = options;
  const life = createTokenLife(time);
  /** Between failed reads while the token in memory is valid. */
  const pauses = createDoublingPauses();
  const loop = createTightLoop(clock);
  let current: AccessToken | undefined;
  let settled: Promise<ZohoAccessToken> | undefined;
  /** By AWS's clock. */
  let freshUntilMs = 0;
  /** By the system's clock: when freshness was checked, and until when that is good enough. */
  let checkedAtMs = -Infinity;
  let goodUntilMs = 0;
  /** By AWS's clock, at that check: how long the token was valid. 0 if the secret has to be read. */
  let leftMs = 0;
  let highestGeneration = 0;
  /** Whether generations have started again while the process was running: the deployment was destroyed and deployed anew. */
  let hasRestarted = false;

  const isValid = (token = current) => !!token && life.leftMs(token) > 0;

  /** Serves the token in memory without a read for this long, if it is valid. */
  const keepFor = (token: AccessToken, ms: number): void => {
    freshUntilMs = time.now() + Math.min(ms, life.leftMs(token));
    goodUntilMs = 0;
    loop.end();
  };

  /** A clock that was set back hides how much time has passed: only AWS knows. */
  const checkFreshness = (systemMs: number): Promise<ZohoAccessToken> | undefined => {
    if (systemMs < checkedAtMs - CHECK_MS) freshUntilMs = 0;
    const freshMs = freshUntilMs - time.now();
    checkedAtMs = systemMs;
    goodUntilMs = systemMs + Math.min(freshMs, CHECK_MS);
    leftMs = freshMs > 0 && current ? life.leftMs(current) : 0;
    return freshMs > 0 ? settled : undefined;
  };

  const checkClock = (): Promise<ZohoAccessToken> | undefined => {
    const systemMs = clock.now();
    const isGood = systemMs < goodUntilMs && systemMs >= checkedAtMs;
    const token = isGood ? settled : checkFreshness(systemMs);
    loop.noteReading(systemMs, leftMs);
    return token;
  };

  /** The answer of a read that came too late is used only if it is newer. */
  const refill = async (): Promise<void> => {
    const deadlineMs = isValid() ? SHORT_READ_DEADLINE_MS : READ_DEADLINE_MS;
    try {
      await withDeadline(
        clock,
        deadlineMs,
        async (signal) => accept(await read(signal).catch(fail), signal.aborted),
        fail,
      );
    } catch (error) {
      serveFromMemory(error);
    }
  };

  function fail(error: unknown): never {
    const problem =
      error instanceof TokenTableError ? error.message : explainAwsError(error, ACTION, secretId);
    throw new ZohoClientError('secret_unavailable', `The token of ${connection} cannot be read. ${problem}`);
  }

  const accept = (published: PublishedToken, isLate: boolean): void => {
    if (!published.ok) throw unusable(published.problems);
    const { token } = published;
    const nowMs = time.now();
    if (token.connection && token.connection !== connection) {
      throw new ZohoClientError(
        'wrong_connection',
        `The secret ${secretId} contains the token of another connection. Find out who wrote it, and run: zoho-tokens refresh ${connection}.`,
      );
    }
    if (!current || isLater(token, current, nowMs) || (!isValid() && isValid(token))) {
      if (current && token.generation < current.generation) hasRestarted = true;
      current = asOfNow(token, nowMs);
      settled = Promise.resolve(new UnprintableAccessToken(token));
      highestGeneration = Math.max(highestGeneration, token.generation);
    } else if (isLate) return;
    pauses.reset();
    keepFor(current, Math.max(current.refreshAfterMs - time.now(), REREAD_MS));
  };

  const unusable = (problems: 'empty' | readonly string[]): ZohoClientError => {
    if (problems === 'empty') {
      return new ZohoClientError(
        'not_authorized',
        `The connection ${connection} is not authorized: the secret ${secretId} is empty. Ask its operator to authorize it.`,
      );
    }
    return new ZohoClientError(
      'malformed_token',
      `The secret ${secretId} contains no valid token: ${problems.join('; ')}. The next refresh replaces it.`,
    );
  };

  /** While the token in memory is valid, a failed read is only reported. Otherwise it is an error. */
  const serveFromMemory = (error: unknown): void => {
    if (!current || !isValid() || !(error instanceof ZohoClientError)) throw error;
    keepFor(current, pauses.next());
    onUnavailable(error.message);
  };

  /** The token in memory, if it is valid and newer than a generation. */
  const newerThan = (generation: number): Promise<ZohoAccessToken> | undefined => {
    if (!current || !isValid()) return undefined;
    // A rejected generation came from this cache. After a restart it may be higher than that of the token that replaced it.
    const isNewer = hasRestarted ? current.generation !== generation : current.generation > generation;
    return isNewer ? settled : undefined;
  };

  const readOnce = shareFlights(refill);
  /** Reads the secret after this call, not before. */
  const reread = shareFlights(refill);

  return {
    newerThan,
    reread,
    /** The token in memory, or undefined when the secret has to be read. Makes no request. */
    fresh: (): Promise<ZohoAccessToken> | undefined => (loop.skip() ? settled : checkClock()),
    /** Reads the published token. It may have expired: the caller checks. Rejects with `ZohoClientError`. */
    async load(): Promise<ZohoAccessToken> {
      await readOnce();
      // A read either fills the cache or throws.
      return settled as Promise<ZohoAccessToken>;
    },
    /** The published token, if it is newer than a rejected generation. Reads the secret, unless the token in memory is newer. */
    async readNewerThan(rejectedGeneration: number): Promise<ZohoAccessToken | undefined> {
      if (!newerThan(rejectedGeneration)) await reread();
      return newerThan(rejectedGeneration);
    },
    /** Of the token in memory; 0 without one. */
    generation: () => current?.generation ?? 0,
    /** Whether the connection has a CloudWatch metric of its own, as the token in memory says. */
    hasOwnMetrics: () => current?.hasOwnMetrics !== false,
    /** The refresher says that the published token, which has this generation, is valid. It is believed for a minute at most. */
    trust: life.trust,
    /** Whether the token of this generation was published, as far as this process knows. */
    knows: (generation: number) => generation <= highestGeneration,
    /** Whether this generation is the current token, and Zoho issued it a moment ago. */
    isYoung: (generation: number) =>
      current?.generation === generation && Math.abs(time.now() - current.issuedAtMs) < YOUNG_MS,
  };
};

/** Callers during a run of `work` share it. */
const shareFlights = (work: () => Promise<void>): (() => Promise<void>) => {
  let flight: Promise<void> | undefined;
  return () => {
    flight ??= work().finally(() => {
      flight = undefined;
    });
    return flight;
  };
};

/** Clocks of two refreshers may differ: a token that was issued this much earlier may have the higher generation. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * A token from the future was issued by a wrong clock. It is used, but no newer token may look older than it, and the secret is read
 * again soon.
 */
const asOfNow = (token: AccessToken, nowMs: number): AccessToken =>
  isFromFuture(token, nowMs) ? { ...token, issuedAtMs: nowMs, refreshAfterMs: nowMs } : token;

const isFromFuture = ({ issuedAtMs }: AccessToken, nowMs: number): boolean =>
  issuedAtMs > nowMs + CLOCKS_DIFFER_MS;

/**
 * A later token has a higher generation and was issued no earlier. One that was issued later and has a lower generation comes
 * from a deployment that was destroyed and deployed anew, and then one with a higher generation that was issued earlier is a
 * stale read of the time before. No stale read returns a token that was issued later.
 */
const isLater = (token: AccessToken, current: AccessToken, nowMs: number): boolean => {
  if (token.generation < current.generation)
    return token.issuedAtMs > current.issuedAtMs && !isFromFuture(token, nowMs);
  const isOfBefore = token.issuedAtMs > 0 && token.issuedAtMs < current.issuedAtMs - CLOCKS_DIFFER_MS;
  return token.generation > current.generation && !isOfBefore;
};
