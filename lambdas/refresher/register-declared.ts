import pMap from 'p-map';
import {
  type Connection,
  type ConnectionSource,
  type Incident,
  isRetired,
} from '../core/connection/connection.ts';
import { dropDeadLease } from '../core/connection/lease.ts';
import { type LastPublished, NOTHING_PUBLISHED, registerAgain } from '../core/connection/lost-row.ts';
import { intendedPartition } from '../core/connection/partition.ts';
import { InfrastructureError } from '../core/failures.ts';
import type { RefreshContext } from './refresh-context.ts';
import { reportAborted } from './report-attempt.ts';

/** Rows that are read and written concurrently. */
const REGISTRATIONS_IN_FLIGHT = 10;

/**
 * Reconciles the table with the configuration; idempotent. A declared connection without a row gets one, a retired one
 * is enabled again, and one that was connected at run time becomes declared. Rows that are no longer declared are
 * retired when they are next due. A row that cannot be read or written does not stop the others: the result is false,
 * so that the next tick retries.
 */
export async function registerDeclared(context: RefreshContext): Promise<boolean> {
  const names = Object.keys(context.settings.declaredConnections);
  const done = await pMap(names, (name) => tryToRegister(context, name), {
    concurrency: REGISTRATIONS_IN_FLIGHT,
  });
  return done.every((isDone) => isDone);
}

async function tryToRegister(context: RefreshContext, name: string): Promise<boolean> {
  try {
    await registerOne(context, name);
    return true;
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    reportAborted(context, { name, failure: error.failure });
    return false;
  }
}

/** Registers one connection and returns its row. */
export async function registerOne(context: RefreshContext, name: string): Promise<Connection> {
  const existing = await context.connections.read(name, context.deadlines.work);
  if (existing === undefined) {
    const published = await context.tokens.lastPublished(name, context.deadlines.work);
    return createRow(context, name, 'declared', published ?? NOTHING_PUBLISHED);
  }
  const nowMs = context.clock.now();
  const reconciled = reconcile(existing, nowMs);
  if (reconciled === existing) return existing;
  const next = dropDeadLease(reconciled, nowMs);
  const result = await context.connections.replaceIfFree(existing, next, nowMs, context.deadlines.work);
  context.log.info('connection reconciled with the configuration', {
    connection: name,
    status: reconciled.status,
  });
  return result.written ? result.row : reconciled;
}

/**
 * Creates the row of a connection that has none. If it has a published token, its row was lost: the new one continues with
 * the generation of the token, the log says so, and the attempt that follows notifies on-call, unless many rows were lost. Returns the row of the table.
 */
export async function createRow(
  context: RefreshContext,
  name: string,
  source: ConnectionSource,
  published: LastPublished,
): Promise<Connection> {
  const nowMs = context.clock.now();
  const partition = intendedPartition({ name, source }, context.settings.fleetShards !== undefined);
  const again = {
    ...registerAgain(name, source, published, nowMs),
    ...(partition === undefined ? {} : { partition }),
  };
  // Without a token, it may be that connecting it has not finished.
  const isLost = again.generation > 0;
  const lost: Incident = { problem: 'row-lost', sinceMs: nowMs, state: 'begun' };
  const isNotified = isLost && context.lostRows.mayNotify(name, context.clock.elapsed());
  const row: Connection = isNotified ? { ...again, incidents: [lost] } : again;
  const { created } = await context.connections.create(row, context.deadlines.work);
  if (!created) return (await context.connections.read(name, context.deadlines.work)) ?? row;
  const { generation } = row;
  if (source === 'declared' && generation === 0) {
    context.log.info('connection registered', { connection: name });
  } else {
    context.log.warn('lost row registered again', { connection: name, source, generation });
  }
  return row;
}

function reconcile(existing: Connection, nowMs: number): Connection {
  if (isRetired(existing)) {
    return {
      ...existing,
      source: 'declared',
      status: existing.token === undefined ? 'pending' : 'active',
      nextAttemptAtMs: nowMs,
      failures: 0,
      lastFailure: undefined,
      refusedCredentials: [],
    };
  }
  return existing.source === 'declared' ? existing : { ...existing, source: 'declared' };
}
