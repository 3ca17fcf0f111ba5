import type { Connection, Lease } from './connection.ts';
import { publishesToCount, recordMint } from './mint-budget.ts';

/**
 * A lease outlives the function that holds it by this many seconds: whoever could still be working is dead before
 * another may begin. It also covers clocks that differ by a few seconds.
 */
export const LEASE_MARGIN_SECONDS = 15;

/** Length of a lease for a function's timeout. */
export function leaseMsFor(functionTimeoutSeconds: number): number {
  return (functionTimeoutSeconds + LEASE_MARGIN_SECONDS) * 1000;
}

/** The row of a connection with the lease that its holder took. */
export type LeasedConnection = Connection & { readonly lease: Lease };

/** Clocks of two machines differ by less than this: whoever waits for the end of a lease may see it so much earlier. */
const CLOCKS_DIFFER_MS = 10_000;

/** Whether something that takes so long, begun now, is over before anybody can think that the lease is. */
export function outlasts({ untilMs }: Lease, nowMs: number, lengthMs: number): boolean {
  return nowMs + lengthMs + CLOCKS_DIFFER_MS <= untilMs;
}

export function isLeased(connection: Connection, nowMs: number): boolean {
  return connection.lease !== undefined && connection.lease.untilMs > nowMs;
}

/**
 * The row as the holder writes it. A holder that dies leaves its work due when its lease ends: nobody has to clean up.
 * The call of Zoho that is about to happen is counted before it is made, so that a crash cannot lose the count. When
 * the previous holder never reported back, it may have written a version of the secret: that is counted too.
 */
export function acquireLease(
  connection: Connection,
  { owner, nowMs, leaseMs }: { owner: string; nowMs: number; leaseMs: number },
): LeasedConnection {
  const untilMs = nowMs + leaseMs;
  return {
    ...connection,
    generation: connection.generation + 1,
    lease: { owner, untilMs },
    nextAttemptAtMs: untilMs,
    mintsMs: recordMint(connection.mintsMs, nowMs),
    publishesMs: publishesToCount(connection, nowMs),
  };
}

/**
 * The row without the lease of a holder that never reported back: whoever writes over it while the lease is over takes it
 * away, so that a report that comes too late finds that it is nobody's, and counts the version that may have been written.
 */
export function dropDeadLease(connection: Connection, nowMs: number): Connection {
  if (connection.lease === undefined) return connection;
  return { ...connection, lease: undefined, publishesMs: publishesToCount(connection, nowMs) };
}
