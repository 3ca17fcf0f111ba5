import type { Connection } from '../connection/connection.ts';
import { CLIENT_THROTTLED, OTHERS_THROTTLED } from './refresh-failures.ts';
import { URGENT_POLL_INTERVAL_MS } from './renewal-times.ts';

/** How many renewals of a client may start, while Zoho counts the tokens of all its connections together. */
export interface ClientLimit {
  /** How many may start now. */
  readonly startsLeft: number;
  /** How long none may, because Zoho throttles the client. */
  readonly quietMs: number;
  /** From one start to the next, on average. */
  readonly spacingMs: number;
  /** False while Zoho may have throttled everyone: then nothing is known but that no connection should ask now. */
  readonly isConfirmed: boolean;
}

/** No longer than after a throttle of one connection. */
const LONGEST_WAIT_MS = 30 * 60_000;

export interface Turns {
  /** Those whose turn it is, the oldest token first. */
  readonly start: readonly Connection[];
  /** The others, each with the row that makes it wait. */
  readonly wait: readonly { readonly row: Connection; readonly next: Connection }[];
}

/**
 * Who is renewed now, of the connections of a client that are due: those whose tokens expire or have expired first. `waiting` is when the
 * tokens of its connections expire that wait and are not due. A connection waits for half of the time until its turn, so that it is due
 * again when the turn comes earlier. It cools down meanwhile, so that no request on demand takes the turn of another one.
 */
export function planTurns(
  due: readonly Connection[],
  waiting: readonly number[],
  { startsLeft, quietMs, spacingMs, isConfirmed }: ClientLimit,
  nowMs: number,
): Turns {
  const others = waiting.toSorted((one, other) => one - other);
  const start: Connection[] = [];
  const wait: { readonly row: Connection; readonly next: Connection }[] = [];
  let olderOthers = 0;
  for (const [index, row] of due.toSorted((one, other) => expiryOf(one) - expiryOf(other)).entries()) {
    while ((others[olderOthers] ?? Number.POSITIVE_INFINITY) < expiryOf(row)) olderOthers += 1;
    const before = index + olderOthers - startsLeft;
    if (before < 0) {
      start.push(row);
      continue;
    }
    const untilTurnMs = quietMs + ((before + 1) * spacingMs) / 2;
    const waitMs = Math.max(URGENT_POLL_INTERVAL_MS, Math.min(LONGEST_WAIT_MS, Math.round(untilTurnMs)));
    wait.push({ row, next: inLine(row, { untilMs: nowMs + waitMs, nowMs, isConfirmed }) });
  }
  return { start, wait };
}

/** True if the row waits because Zoho counts the calls of its client. */
export function isInLine({ status, lastFailure }: Connection): boolean {
  return status === 'cooling-down' && lastFailure?.message === CLIENT_THROTTLED.message;
}

/** When its token expires. One without a token comes first. */
export function expiryOf({ token }: Connection): number {
  return token?.expiresAtMs ?? Number.NEGATIVE_INFINITY;
}

function inLine(
  row: Connection,
  {
    untilMs,
    nowMs,
    isConfirmed,
  }: { readonly untilMs: number; readonly nowMs: number } & Pick<ClientLimit, 'isConfirmed'>,
): Connection {
  return {
    ...row,
    status: 'cooling-down',
    nextAttemptAtMs: untilMs,
    lastFailure: { ...(isConfirmed ? CLIENT_THROTTLED : OTHERS_THROTTLED), atMs: nowMs },
  };
}
