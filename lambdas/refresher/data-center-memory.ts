import { TICK_MS } from '../core/refresh/renewal-times.ts';

/** So many connections in a row that get no answer mean that the data center is the cause. */
const SUSPECTS = 5;

/** Less than a tick, so that each tick asks once, and longer than a call to Zoho may take. */
const PROBE_AGAIN_MS = TICK_MS - 15_000;

/**
 * Which data centers of Zoho do not answer, for as long as the Lambda environment lives. Every call to one that hangs holds a slot of
 * the tick for as long as a call may take, so the renewals of the others would wait. Each environment learns it by itself: with long
 * ticks two of them take turns, and the second one loses as many calls as the first. A row in the table would save those, and cost a
 * read in every tick.
 */
export interface DataCenterMemory {
  /** A call for a connection has ended. An HTTP 5xx, a timeout and a network error are no answers; a refusal is one. */
  record(dataCenter: string, call: { readonly connection: string; readonly isAnswered: boolean }): void;
  /**
   * Whether a refresh of a connection in this data center may start. While the data center does not answer, one of them may in every
   * tick, to find out whether it does again. Times are elapsed ones.
   */
  mayAsk(dataCenter: string, elapsedMs: number): boolean;
}

export function createDataCenterMemory(): DataCenterMemory {
  const suspects = new Map<string, Set<string>>();
  const probedAtMs = new Map<string, number>();

  return {
    record: (dataCenter, { connection, isAnswered }) => {
      if (isAnswered) suspects.delete(dataCenter);
      // One connection alone proves nothing, however often it fails.
      else suspects.set(dataCenter, (suspects.get(dataCenter) ?? new Set()).add(connection));
    },
    mayAsk: (dataCenter, elapsedMs) => {
      if ((suspects.get(dataCenter)?.size ?? 0) < SUSPECTS) return true;
      if (elapsedMs - (probedAtMs.get(dataCenter) ?? Number.NEGATIVE_INFINITY) < PROBE_AGAIN_MS) return false;
      probedAtMs.set(dataCenter, elapsedMs);
      return true;
    },
  };
}
