import { countWithin, MINT_BUDGET } from '../core/connection/mint-budget.ts';
import type { ClientLimit } from '../core/refresh/client-turns.ts';
import { THROTTLE_WINDOW_MS } from '../core/refresh/renewal-times.ts';

/** So many connections of a client that are throttled in a row mean that Zoho counts the tokens of all of them together. */
const SUSPECTS = 3;

/** A connection with more calls than this in the window may be throttled for its own. */
const MOST_OWN_CALLS = 4;

/** After a throttle, Zoho refuses until ten minutes have passed, and again for each call that comes earlier. */
const QUIET_MS = THROTTLE_WINDOW_MS + 15_000;

/**
 * The first time, Zoho may have throttled everyone for a while. If it comes back this soon although some calls succeeded, it counts the
 * calls of the client, and the limit is kept for hours.
 */
const COMES_BACK_WITHIN_MS = 2 * 60 * 60_000;
const KEPT_MS = 6 * 60 * 60_000;

/** How a kept limit grows with each window in which Zoho throttles nothing, so that one that is too low does not stay. */
const GROWTH = 1.25;

/** What one of Zoho's pages says: 10 access tokens in 10 minutes. */
const DOCUMENTED = 10;

/** Clients that are remembered. Those that were asked about longest ago are forgotten. */
const MOST_CLIENTS = 5_000;

/**
 * Which clients Zoho throttles, for as long as the Lambda environment lives. Most of Zoho's pages say that it counts access tokens per refresh
 * token; one says per client. Times are elapsed ones. What other environments have learned is in the rows that wait, see `adopt`.
 */
export interface ClientLimits {
  minted(client: string, elapsedMs: number): void;
  /** `callsMs`: the times of the calls of this connection, and the time now. */
  throttled(
    client: string,
    call: { readonly connection: string; readonly callsMs: readonly number[]; readonly nowMs: number },
    elapsedMs: number,
  ): void;
  /** A row waits for its turn, so another environment knows of a limit. */
  adopt(client: string, elapsedMs: number): void;
  /** Undefined if the client has no limit of its own. */
  limitOf(client: string, elapsedMs: number): ClientLimit | undefined;
}

interface Known {
  readonly sinceMs: number;
  readonly mintsMs: number[];
  readonly suspects: Set<string>;
  limit?: Limit;
  limitedAtMs?: number;
}

interface Limit {
  /** Infinity until the limit is confirmed: then it is only quiet. */
  perWindow: number;
  quietUntilMs: number;
  untilMs: number;
  /** When it grows. */
  growsAtMs: number;
}

export function createClientLimits(): ClientLimits {
  const clients = new Map<string, Known>();

  function know(client: string, elapsedMs: number): Known {
    const known: Known = clients.get(client) ?? { sinceMs: elapsedMs, mintsMs: [], suspects: new Set() };
    clients.delete(client);
    clients.set(client, known);
    const [oldest] = clients.keys();
    if (clients.size > MOST_CLIENTS && oldest !== undefined) clients.delete(oldest);
    const { mintsMs } = known;
    while ((mintsMs[0] ?? elapsedMs) < elapsedMs - MINT_BUDGET.windowMs) mintsMs.shift();
    if ((known.limit?.untilMs ?? Number.POSITIVE_INFINITY) <= elapsedMs) delete known.limit;
    return known;
  }

  function restrict(known: Known, elapsedMs: number): void {
    const succeeded = succeededBefore(known, elapsedMs);
    const isConfirmed = succeeded > 0 && wasLimitedLately(known, elapsedMs);
    const before = known.limit?.perWindow ?? Number.POSITIVE_INFINITY;
    const quietUntilMs = elapsedMs + QUIET_MS;
    known.limitedAtMs = elapsedMs;
    known.suspects.clear();
    known.limit = {
      perWindow: isConfirmed ? Math.min(before, succeeded) : Number.POSITIVE_INFINITY,
      quietUntilMs,
      untilMs: isConfirmed ? elapsedMs + KEPT_MS : quietUntilMs,
      growsAtMs: quietUntilMs + MINT_BUDGET.windowMs,
    };
  }

  return {
    minted: (client, elapsedMs) => {
      const known = know(client, elapsedMs);
      known.mintsMs.push(elapsedMs);
      known.suspects.clear();
    },
    throttled: (client, { connection, callsMs, nowMs }, elapsedMs) => {
      if (countWithin(MINT_BUDGET, callsMs, nowMs) > MOST_OWN_CALLS) return;
      const known = know(client, elapsedMs);
      // Until then, it is not known how many succeed.
      if (known.limit === undefined && elapsedMs - known.sinceMs < THROTTLE_WINDOW_MS) return;
      known.suspects.add(connection);
      const { limit } = known;
      if (limit !== undefined && elapsedMs < limit.quietUntilMs) {
        // It was on its way, or a request on demand. Zoho's ten minutes begin anew.
        limit.quietUntilMs = elapsedMs + QUIET_MS;
        limit.untilMs = Math.max(limit.untilMs, limit.quietUntilMs);
      } else if (limit !== undefined || known.suspects.size >= SUSPECTS) restrict(known, elapsedMs);
    },
    adopt: (client, elapsedMs) => {
      const known = know(client, elapsedMs);
      // Otherwise this environment knows better: it has seen that no limit is left, or sees soon that it comes back.
      if (known.limit !== undefined || wasLimitedLately(known, elapsedMs)) return;
      const perWindow = Math.max(DOCUMENTED, succeededBefore(known, elapsedMs));
      known.limitedAtMs = elapsedMs;
      const untilMs = elapsedMs + MINT_BUDGET.windowMs;
      known.limit = { perWindow, quietUntilMs: elapsedMs, untilMs, growsAtMs: untilMs };
      if (elapsedMs - known.sinceMs < THROTTLE_WINDOW_MS) assumeMints(known, perWindow, elapsedMs);
    },
    limitOf: (client, elapsedMs) => {
      if (!clients.has(client)) return undefined;
      const { limit, mintsMs } = know(client, elapsedMs);
      if (limit === undefined) return undefined;
      const isConfirmed = Number.isFinite(limit.perWindow);
      if (isConfirmed && elapsedMs >= limit.growsAtMs) {
        limit.perWindow = Math.ceil(limit.perWindow * GROWTH);
        limit.growsAtMs = elapsedMs + MINT_BUDGET.windowMs;
      }
      const { perWindow, quietUntilMs } = limit;
      const quietMs = Math.max(0, quietUntilMs - elapsedMs);
      const startsLeft = quietMs > 0 ? 0 : Math.max(0, perWindow - mintsMs.length);
      return { startsLeft, quietMs, spacingMs: MINT_BUDGET.windowMs / perWindow, isConfirmed };
    },
  };
}

/** The tokens that Zoho has issued in ten minutes. An environment that has watched for less knows what Zoho documents. */
function succeededBefore({ sinceMs, mintsMs }: Known, elapsedMs: number): number {
  if (elapsedMs - sinceMs < THROTTLE_WINDOW_MS) return DOCUMENTED;
  return mintsMs.filter((atMs) => atMs > elapsedMs - THROTTLE_WINDOW_MS).length;
}

function wasLimitedLately({ limitedAtMs = Number.NEGATIVE_INFINITY }: Known, elapsedMs: number): boolean {
  return elapsedMs - limitedAtMs < COMES_BACK_WITHIN_MS;
}

/** As if the environments before had used up the limit evenly: then one may start after the other. */
function assumeMints({ mintsMs }: Known, perWindow: number, elapsedMs: number): void {
  const spacingMs = MINT_BUDGET.windowMs / perWindow;
  const assumed = Array.from({ length: perWindow }, (_, index) => elapsedMs - index * spacingMs);
  mintsMs.splice(0, mintsMs.length, ...assumed.reverse());
}

/** When the tokens of connections expire that wait for their turn, and until when they do, by client. */
export type WaitingConnections = Map<
  string,
  Map<string, { readonly expiresAtMs: number; readonly untilMs: number }>
>;
