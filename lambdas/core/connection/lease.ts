import { recordComplaint, recordRenewal } from './complaints.ts';
import type { Complaints, Connection, Lease } from './connection.ts';
import { publishesToCount, recordMint } from './mint-budget.ts';

/**
 * A lease ends this many seconds after the timeout of the function that holds it, so that the holder has ended before
 * another attempt starts. It also covers clock skew of a few seconds.
 */
export const LEASE_MARGIN_SECONDS = 15;

/** Length of a lease for a function's timeout. */
export function leaseMsFor(functionTimeoutSeconds: number): number {
  return (functionTimeoutSeconds + LEASE_MARGIN_SECONDS) * 1000;
}

/** The row of a connection with the lease that its holder took. */
export type LeasedConnection = Connection & { readonly lease: Lease };

/** Assumed maximum of clock skew: another machine may see a lease end this much earlier. */
const CLOCKS_DIFFER_MS = 10_000;

/** True if work of this length that starts now ends before any machine sees the lease end. */
export function outlasts({ untilMs }: Lease, nowMs: number, lengthMs: number): boolean {
  return nowMs + lengthMs + CLOCKS_DIFFER_MS <= untilMs;
}

export function isLeased(connection: Connection, nowMs: number): boolean {
  return connection.lease !== undefined && connection.lease.untilMs > nowMs;
}

/** What a lease is taken for, as far as the row accounts for it. */
export type LeasePurpose = 'complaint' | 'renewal' | 'other';

/**
 * The row as the holder writes it. If the holder dies, the connection is due when the lease ends, and nothing has to be
 * cleaned up. The call to Zoho is counted before it is made, so that a crash cannot lose the count, and so is the complaint that led to it. If the previous
 * holder never reported back, it may have written a version of the secret, which is counted as well.
 */
export function acquireLease(
  connection: Connection,
  { owner, nowMs, leaseMs }: { owner: string; nowMs: number; leaseMs: number },
  purpose: LeasePurpose = 'other',
): LeasedConnection {
  const untilMs = nowMs + leaseMs;
  return {
    ...connection,
    generation: connection.generation + 1,
    lease: { owner, untilMs },
    nextAttemptAtMs: untilMs,
    mintsMs: recordMint(connection.mintsMs, nowMs),
    publishesMs: publishesToCount(connection, nowMs),
    complaints: complaintsWith(purpose, connection, nowMs),
    // The holder publishes what is pending once it has committed. If it dies, that is due when its lease ends.
    notifyAtMs: undefined,
  };
}

function complaintsWith(purpose: LeasePurpose, connection: Connection, nowMs: number): Complaints {
  switch (purpose) {
    case 'complaint':
      return recordComplaint(connection, nowMs);
    case 'renewal':
      return recordRenewal(connection);
    case 'other':
      return connection.complaints;
  }
}

/**
 * The row without the expired lease of a holder that never reported back. Every write to such a row removes the lease,
 * so that a late report is refused, and counts the version that may have been written.
 */
export function dropDeadLease(connection: Connection, nowMs: number): Connection {
  if (connection.lease === undefined) return connection;
  return { ...connection, lease: undefined, publishesMs: publishesToCount(connection, nowMs) };
}
