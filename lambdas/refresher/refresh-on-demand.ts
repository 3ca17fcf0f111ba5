import type { Connection } from '../core/connection/connection.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import { firstOf } from '../core/describe-given.ts';
import { InfrastructureError } from '../core/failures.ts';
import { refusal } from '../core/refresh/admit-event.ts';
import type { RefresherEvent, RefreshResponse } from '../core/refresh/refresher-events.ts';
import { refreshConnection } from './refresh-connection.ts';
import type { RefreshContext } from './refresh-context.ts';
import type { RefreshResult } from './refresh-result.ts';
import { createRow, registerOne } from './register-declared.ts';

/** Declared connections that a message names. */
const MOST_NAMES = 10;

/** How long a caller waits that DynamoDB throttled: it asks too often. */
const THROTTLED_PAUSE_MS = 5_000;

/** Answers a `refresh` event of a consumer whose token was rejected, or of an operator. */
export async function refreshOnDemand(
  context: RefreshContext,
  event: RefresherEvent & { action: 'refresh' },
): Promise<RefreshResponse> {
  const { connection: name, reason, rejectedGeneration } = event;
  const seen = await tryToFind(context, name);
  if (!('name' in seen)) {
    context.log.warn('request refused', { connection: name, outcome: seen.outcome, reason: seen.message });
    return seen;
  }
  const result = await refreshConnection(context, seen, {
    kind: reason === 'operator' ? 'operator' : 'consumer',
    rejectedGeneration,
  });
  const { outcome, connection, retryAtMs } = result;
  const { publishedGeneration, token } = connection;
  return {
    connection: name,
    outcome: outcome === 'not-due' ? 'in-progress' : outcome,
    generation: publishedGeneration,
    expires_at: token === undefined ? null : new Date(token.expiresAtMs).toISOString(),
    ...retryAfter(
      outcome === 'refreshed' || outcome === 'already-fresh' ? undefined : retryAtMs,
      context.clock.now(),
    ),
    ...messageOf(result),
  };
}

/** What a caller has to know beyond the outcome: that it asks for something that does not help. */
function messageOf(result: RefreshResult): { message?: string } {
  if (result.kind !== 'declined') return {};
  const { reason, message } = result.decision;
  return reason === 'unknown-generation' || reason === 'tokens-rejected' ? { message } : {};
}

/**
 * The row, or the answer without one. A failed call of AWS is an error of ours, except that DynamoDB throttles: the callers of
 * one connection can cause that, and must not raise an alarm by it.
 */
async function tryToFind(
  context: RefreshContext,
  name: string,
): Promise<Connection | (RefreshResponse & { readonly message: string })> {
  try {
    return (
      (await findConnection(context, name)) ?? refusal(name, 'unknown-connection', unknown(context, name))
    );
  } catch (error) {
    if (!(error instanceof InfrastructureError) || error.code !== 'aws_throttled') throw error;
    return {
      ...refusal(name, 'failed', error.message),
      ...retryAfter(context.clock.now() + THROTTLED_PAUSE_MS, context.clock.now()),
    };
  }
}

/**
 * The row. A declared connection without one is registered. So is any other connection whose token secret exists: its row
 * was lost, because a disconnected connection keeps its row. A name without either costs two reads and writes nothing.
 */
async function findConnection(context: RefreshContext, name: string): Promise<Connection | undefined> {
  const row = await context.connections.read(name, context.deadlines.work);
  if (row !== undefined) return row;
  if (declarationOf(context.settings.declaredConnections, name) !== undefined)
    return registerOne(context, name);
  const published = await context.tokens.lastPublished(name, context.deadlines.work);
  return published === undefined ? undefined : createRow(context, name, 'connected', published);
}

function unknown({ settings }: RefreshContext, name: string): string {
  const declared = firstOf(Object.keys(settings.declaredConnections), MOST_NAMES).join(', ') || 'none';
  return `There is no connection "${name}" in the connections table. Declared connections: ${declared}.`;
}

function retryAfter(retryAtMs: number | undefined, nowMs: number): { retry_after_seconds?: number } {
  if (retryAtMs === undefined) return {};
  return { retry_after_seconds: Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000)) };
}
