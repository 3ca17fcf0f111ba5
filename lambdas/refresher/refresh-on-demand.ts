import type { Connection } from '../core/connection/connection.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import type { RefresherEvent, RefreshResponse } from '../core/refresh/refresher-events.ts';
import { refreshConnection } from './refresh-connection.ts';
import type { RefreshContext } from './refresh-context.ts';
import { createRow, registerOne } from './register-declared.ts';

/** No connection has this name: most often a typing error. */
export class UnknownConnectionError extends Error {
  override readonly name = 'UnknownConnectionError';
  readonly code = 'unknown_connection';
}

/** Answers a `refresh` event of a consumer whose token was rejected, or of an operator. */
export async function refreshOnDemand(
  context: RefreshContext,
  event: RefresherEvent & { action: 'refresh' },
): Promise<RefreshResponse> {
  const seen = await findConnection(context, event.connection);
  const { reason, rejectedGeneration } = event;
  const { outcome, connection, retryAtMs } = await refreshConnection(context, seen, {
    kind: reason === 'operator' ? 'operator' : 'consumer',
    rejectedGeneration,
  });
  const { publishedGeneration, token } = connection;
  return {
    connection: event.connection,
    outcome: outcome === 'not-due' ? 'in-progress' : outcome,
    generation: publishedGeneration,
    expires_at: token === undefined ? null : new Date(token.expiresAtMs).toISOString(),
    ...retryAfter(
      outcome === 'refreshed' || outcome === 'already-fresh' ? undefined : retryAtMs,
      context.clock.now(),
    ),
  };
}

/**
 * The row. A declared connection without one is registered. So is any other connection whose token secret exists: its row
 * was lost, because a disconnected connection keeps its row. A name without either costs two reads and writes nothing.
 */
async function findConnection(context: RefreshContext, name: string): Promise<Connection> {
  const row = await context.connections.read(name, context.deadlines.work);
  if (row !== undefined) return row;
  const { declaredConnections } = context.settings;
  if (declarationOf(declaredConnections, name) !== undefined) return registerOne(context, name);
  const published = await context.tokens.lastPublished(name, context.deadlines.work);
  if (published !== undefined) return createRow(context, name, 'connected', published);
  const declared = Object.keys(declaredConnections).join(', ') || 'none';
  throw new UnknownConnectionError(
    `There is no connection "${name}" in the connections table. Declared connections: ${declared}.`,
  );
}

function retryAfter(retryAtMs: number | undefined, nowMs: number): { retry_after_seconds?: number } {
  if (retryAtMs === undefined) return {};
  return { retry_after_seconds: Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000)) };
}
