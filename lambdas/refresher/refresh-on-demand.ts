import type { Connection } from '../core/connection/connection.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import { firstOf } from '../core/describe-given.ts';
import { classOf, type FailureCode, InfrastructureError } from '../core/failures.ts';
import { refusal } from '../core/refresh/admit-event.ts';
import type { RefresherEvent, RefreshResponse } from '../core/refresh/refresher-events.ts';
import { AWS_PAUSE_MS, refreshConnection } from './refresh-connection.ts';
import type { RefreshContext } from './refresh-context.ts';
import type { RefreshResult } from './refresh-result.ts';
import { createRow, registerOne } from './register-declared.ts';

/** Declared connections that a message names. */
const MOST_NAMES = 10;

/** How long a caller waits when AWS does not return the row. If it throttles, the caller asks too often. */
const PAUSES_MS: Readonly<Partial<Record<FailureCode, number>>> = {
  aws_throttled: 5_000,
  aws_unavailable: AWS_PAUSE_MS,
};

/** Answers a `refresh` event of a consumer whose token was rejected or has expired, or of an operator. */
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
    ...(reason === 'expired' ? { claim: reason } : {}),
  });
  const { outcome, connection, retryAtMs } = result;
  const { publishedGeneration, token } = connection;
  return {
    connection: name,
    outcome: outcome === 'not-due' ? 'in-progress' : outcome,
    generation: publishedGeneration,
    expires_at: token === undefined ? null : new Date(token.expiresAtMs).toISOString(),
    ...retryAfter(retryAtMs, context.clock.now()),
    ...messageOf(result),
  };
}

/** What a caller has to know beyond the outcome: that it asks for something that does not help, or that AWS failed. */
function messageOf(result: RefreshResult): { message?: string } {
  if (result.kind === 'failed' && classOf(result.failure.code) === 'aws')
    return { message: result.failure.message };
  if (result.kind !== 'declined') return {};
  const { reason, message } = result.decision;
  return reason === 'unknown-generation' || reason === 'tokens-rejected' ? { message } : {};
}

/**
 * The row, or the answer without one. AWS that throttles or does not answer is an answer: the callers of one connection can cause
 * the first, and the schedule notices the second. Any other failure, such as a denied call, is an error of ours.
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
    const pauseMs = error instanceof InfrastructureError ? PAUSES_MS[error.code] : undefined;
    if (pauseMs === undefined) throw error;
    const nowMs = context.clock.now();
    return {
      ...refusal(name, 'failed', (error as InfrastructureError).message),
      ...retryAfter(nowMs + pauseMs, nowMs),
    };
  }
}

/**
 * The row. A declared connection without one is registered. So is any other connection whose token is stored: its row
 * was lost, because a disconnected connection keeps its row. A name without either costs two reads and writes nothing.
 */
async function findConnection(context: RefreshContext, name: string): Promise<Connection | undefined> {
  const row = await context.connections.read(name, context.deadlines.work);
  if (row !== undefined) return row;
  if (declarationOf(context.settings.declaredConnections, name) !== undefined)
    return registerOne(context, name);
  const { tokens, sealed, deadlines } = context;
  const published =
    (await tokens.lastPublished(name, deadlines.work)) ??
    (await sealed?.tokens.lastPublished(name, deadlines.work));
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
